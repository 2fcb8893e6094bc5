import { createContext, type ReactNode, use, useSyncExternalStore } from "react";
import type { ZonePreference } from "@/lib/preferences";
import { dateTime, fullDateTime, zoneName } from "@/lib/time";

const ZoneContext = createContext<ZonePreference | null>(null);

/** Gives everything below the reader's choice of time zone. */
export function ZoneProvider({ preference, children }: { preference: ZonePreference; children: ReactNode }) {
  return <ZoneContext value={preference}>{children}</ZoneContext>;
}

/** The preference itself, for the control that changes it. */
export function useZonePreference(): ZonePreference {
  const preference = use(ZoneContext);
  if (!preference) {
    throw new Error("useZonePreference needs a ZoneProvider above it");
  }
  return preference;
}

/** The reader's choice: "browser", "UTC" or an IANA name. */
export function useZoneChoice(): string {
  const preference = useZonePreference();
  return useSyncExternalStore(preference.subscribe, preference.snapshot);
}

/** The IANA name of the zone in which instants are shown. */
export function useZone(): string {
  return zoneName(useZoneChoice());
}

/** An instant in the reader's zone, in full in its title. */
export function Instant({ at }: { at: string }) {
  const zone = useZone();
  const date = new Date(at);
  return (
    <time dateTime={at} title={fullDateTime(date, zone)}>
      {dateTime(date, zone)}
    </time>
  );
}
