import { useSyncExternalStore } from "react";

// Ages are shown to the minute after the first one; ten seconds is as often as an eye would notice.
const tick = 10_000;

let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const l of listeners) {
      l();
    }
  }, tick);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function snapshot(): Date {
  if (timer === undefined && Date.now() - now.getTime() > tick) {
    now = new Date();
  }
  return now;
}

/** The time, for ages: changes every ten seconds. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, snapshot);
}
