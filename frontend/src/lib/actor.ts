import { useSyncExternalStore } from "react";

const key = "hindcast-actor";
const listeners = new Set<() => void>();
let actor = stored();

function stored(): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Who the reader says to be, kept across visits; "" until somebody said it. */
export function useActor(): string {
  return useSyncExternalStore(subscribe, () => actor);
}

/** Notes who the reader is. */
export function setActor(name: string): void {
  actor = name;
  try {
    localStorage.setItem(key, name);
  } catch {
    // storage is switched off: the name lasts until the page is left
  }
  for (const listener of listeners) {
    listener();
  }
}
