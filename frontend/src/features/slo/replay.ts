import type { SloMarksQuery, SloReplayQuery } from "@/gql/graphql";
import { fromField, toField } from "@/lib/time";

export type Track = NonNullable<SloReplayQuery["slo"]>["wouldHaveFired"][number];

interface Stretch {
  from: string;
  to: string;
}

/** Something with a beginning; without an end while it lasts. */
interface Lasting {
  from: string;
  to?: string | null;
}

/** Where something lies on a line of time: 0 to 1. What lies outside has no width. */
export function placeOf(stretch: Stretch, thing: Lasting): { start: number; width: number } {
  const [from, to] = [Date.parse(stretch.from), Date.parse(stretch.to)];
  const on = (at: number) => Math.min(1, Math.max(0, (at - from) / (to - from)));
  const start = on(Date.parse(thing.from));
  return { start, width: on(thing.to ? Date.parse(thing.to) : to) - start };
}

/** How long something lasted, or has lasted by the end of the stretch: seconds. */
export function secondsOf(stretch: Stretch, thing: Lasting): number {
  return (Date.parse(thing.to ?? stretch.to) - Date.parse(thing.from)) / 1000;
}

export type Firing = Track["firings"][number] & Pick<Track, "policy" | "objective" | "severity">;

/** All firings, the newest first. */
export function firingsOf(tracks: readonly Track[]): Firing[] {
  return tracks
    .flatMap(({ policy, objective, severity, firings }) =>
      firings.map((f) => ({ ...f, policy, objective, severity })),
    )
    .toSorted((a, b) => Date.parse(b.from) - Date.parse(a.from));
}

/** The stretch around a firing, with as much before and after so that its beginning and its end are seen. */
export function around(stretch: Stretch, firing: Lasting): { from: number; to: number } {
  const pad = Math.max(secondsOf(stretch, firing) * 1000, 3_600_000);
  return {
    from: Date.parse(firing.from) - pad,
    to: Math.min(Date.parse(firing.to ?? stretch.to) + pad, Date.parse(stretch.to)),
  };
}

const DAY = 86_400_000;

/** Four midnights of the reader's zone, a whole number of days apart, that a line of time is marked with. */
export function midnights(stretch: Stretch, zone: string): Date[] {
  const [from, to] = [Date.parse(stretch.from), Date.parse(stretch.to)];
  const step = Math.max(1, Math.round((to - from) / DAY / 4)) * DAY;
  const marks: Date[] = [];
  for (let at = to - step / 2; at > from; at -= step) {
    const midnight = fromField(`${toField(new Date(at), zone).slice(0, 10)}T00:00`, zone);
    if (midnight && midnight.getTime() > from) {
      marks.unshift(midnight);
    }
  }
  return marks;
}

/** What is known to have gone wrong, to hold the firings against. */
export function incidentsOf(marks: SloMarksQuery["slo"]) {
  return (marks?.annotations ?? []).filter((a) => a.kind === "INCIDENT");
}
