import { type Client, createClient } from "graphql-ws";

/** How fresh the page can be: live, about to be again, or on its own. */
export type ConnectionState = "live" | "reconnecting" | "offline";

/** What the page knows about its socket. */
export interface Connection {
  state: ConnectionState;
  /** When the socket was lost; null while it is live or was never there. */
  since: Date | null;
  /** How often the socket was established; grows with every reconnection. */
  epoch: number;
}

// Two failed attempts in a row are a restart of the server; more is somebody's problem.
const patience = 3;
const longestPause = 20_000;

/** A socket for subscriptions that never gives up, and a store that says how it is doing. */
export class LiveSocket implements LiveStatus {
  readonly client: Client;
  #now: Connection = { state: "reconnecting", since: null, epoch: 0 };
  #listeners = new Set<() => void>();
  #failures = 0;
  #wake: (() => void) | null = null;

  constructor(url: string, socket?: unknown) {
    this.client = createClient({
      url,
      lazy: true,
      lazyCloseTimeout: 5_000,
      keepAlive: 15_000,
      connectionAckWaitTimeout: 10_000,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: (retries) => this.#pause(retries),
      ...(socket === undefined ? {} : { webSocketImpl: socket }),
      on: {
        connected: () => this.#connected(),
        closed: () => this.#lost(),
      },
    });
  }

  /** Tries again at once instead of after the pause. */
  readonly retry = (): void => this.#wake?.();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Connection => this.#now;

  #connected(): void {
    this.#failures = 0;
    this.#set({ state: "live", since: null, epoch: this.#now.epoch + 1 });
  }

  #lost(): void {
    this.#failures += 1;
    const state = this.#failures >= patience ? "offline" : "reconnecting";
    this.#set({ ...this.#now, state, since: this.#now.since ?? new Date() });
  }

  #set(next: Connection): void {
    this.#now = next;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  #pause(retries: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, retryDelay(retries, Math.random()));
      const self = this;
      function done() {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        self.#wake = null;
        resolve();
      }
      this.#wake = done;
      window.addEventListener("online", done);
    });
  }
}

/** Milliseconds before attempt number retries + 1: doubling from half a second to 20 s, half of it by chance. */
export function retryDelay(retries: number, chance: number): number {
  const full = Math.min(longestPause, 500 * 2 ** Math.min(retries, 10));
  return full / 2 + (full / 2) * chance;
}

/** What the page asks about its socket; LiveSocket answers. */
export interface LiveStatus {
  snapshot: () => Connection;
  subscribe: (listener: () => void) => () => void;
  retry: () => void;
}
