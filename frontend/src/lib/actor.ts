import { useSyncExternalStore } from "react";

const key = "hindcast-actor";
const listeners = new Set<() => void>();
let unkept = ""; // where a browser keeps nothing, the name lasts until the page is left

function snapshot(): string {
  try {
    return localStorage.getItem(key) ?? unkept;
  } catch {
    return unkept;
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Who the reader says to be, kept across visits; "" until somebody said it. */
export function useActor(): string {
  return useSyncExternalStore(subscribe, snapshot);
}

/** Notes who the reader is. */
export function setActor(name: string): void {
  try {
    localStorage.setItem(key, name);
  } catch {
    unkept = name;
  }
  for (const listener of listeners) {
    listener();
  }
}
