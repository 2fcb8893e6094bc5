import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import type { Connection, LiveStatus } from "@/lib/connection";

const LiveContext = createContext<LiveStatus | null>(null);

/** Gives everything below the state of the live connection. */
export function LiveProvider({ status, children }: { status: LiveStatus; children: ReactNode }) {
  return <LiveContext value={status}>{children}</LiveContext>;
}

/** The live connection itself. */
export function useLiveStatus(): LiveStatus {
  const status = use(LiveContext);
  if (!status) {
    throw new Error("useLiveStatus needs a LiveProvider above it");
  }
  return status;
}

/** How the live connection is doing now. */
export function useConnection(): Connection {
  const status = useLiveStatus();
  return useSyncExternalStore(status.subscribe, status.snapshot);
}
