import { isZone, type ZoneChoice } from "./time";

const key = "hindcast-time-zone";

/** The time zone that the reader chose, kept across visits. A browser that keeps nothing forgets it on reload. */
export class ZonePreference {
  #choice: ZoneChoice;
  #listeners = new Set<() => void>();

  constructor() {
    this.#choice = stored() ?? "browser";
  }

  readonly snapshot = (): ZoneChoice => this.#choice;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  choose(choice: ZoneChoice): void {
    this.#choice = choice;
    try {
      localStorage.setItem(key, choice);
    } catch {
      // storage is switched off: the choice lasts until the page is left
    }
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

function stored(): ZoneChoice | null {
  try {
    const choice = localStorage.getItem(key);
    return choice !== null && (choice === "browser" || isZone(choice)) ? choice : null;
  } catch {
    return null;
  }
}
