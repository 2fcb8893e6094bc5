import type { ExclusionDefinitionFragment } from "@/gql/graphql";
import { humanDuration } from "@/lib/duration";
import { dateTime } from "@/lib/time";
import { counted, listed } from "@/lib/words";

/** A stretch of time: 2026-11-23 02:00 – 04:00, with the second date where it is another. */
export function stretchText(from: string, to: string, zone: string): string {
  const [start, end] = [dateTime(new Date(from), zone), dateTime(new Date(to), zone)];
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
}

/** When an exclusion takes place, in words. */
export function whenText(x: ExclusionDefinitionFragment, zone: string): string {
  const first = dateTime(new Date(x.start), zone);
  return x.rrule
    ? `${x.recurrenceText ?? x.rrule}, ${humanDuration(x.length)} each`
    : `${first}, ${humanDuration(x.length)}`;
}

/** What an exclusion is about: checkout-latency and the service search. */
export function scopeText(scope: ExclusionDefinitionFragment["scope"]): string {
  const labels = scope.labels.map((l) => `${l.name} = ${l.values.join(", ")}`).join(" and ");
  return listed([
    ...scope.slos,
    ...(scope.services.length > 0
      ? [`${scope.services.length > 1 ? "the services" : "the service"} ${listed(scope.services)}`]
      : []),
    ...(labels ? [`everything with ${labels}`] : []),
  ]);
}

/** "1 objective", "12 objectives". */
export const objectives = (n: number) => counted(n, "objective");

/** Whether two names are of one person, as the server compares them. */
export function samePerson(a: string, b: string): boolean {
  const plain = (name: string) => name.toLowerCase().replaceAll(/\s+/g, "");
  return plain(a) === plain(b);
}
