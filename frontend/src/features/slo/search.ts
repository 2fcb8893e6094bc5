import type { LineKind, WindowInput } from "@/gql/graphql";
import { compact, oneOf, text } from "@/lib/search-params";
import { isZone, parseInstant, rfc3339 } from "@/lib/time";

export type SloTab = "statement" | "alerts";

/** Kinds of lines of a statement, in the order in which minutes are given to them. */
export const lineKinds: readonly LineKind[] = [
  "EXCLUSION",
  "INCIDENT",
  "DEPLOY",
  "MAINTENANCE",
  "OTHER",
  "UNATTRIBUTED",
];

/** What the address of an SLO's page says. */
export interface SloSearch {
  objective?: string;
  /** Another window than the SLO's own: a choice of windowChoices. */
  window?: string;
  /** The zone of a calendar window. */
  tz?: string;
  /** Another instant than now. */
  asOf?: string;
  /** The stretch that the plots show, if not the whole window. */
  from?: string;
  to?: string;
  /** The member of a grouped SLO that is shown: its labels as JSON. */
  group?: string;
  /** Whether the drawer that explains the number is open. */
  explain?: "1";
  /** What of the objective is looked at; the overview if absent. */
  tab?: SloTab;
  /** The figures are those that were measured, with no exclusion left out. */
  measured?: "1";
  /** The kind of lines that the statement shows; all if absent. */
  line?: LineKind;
  /** The stretch that is being explained, 2026-11-23T14:05:00Z/2026-11-23T15:05:00Z, or the name of what explains it already. */
  annotate?: string;
  /** How many days back the alerts tab looks. */
  days?: "90";
}

/** Windows that can be looked at besides the SLO's own. */
export const windowChoices: readonly {
  value: string;
  label: string;
  input: Omit<WindowInput, "timeZone">;
}[] = [
  { value: "1d", label: "1 day", input: { duration: "1d", calendar: false } },
  { value: "7d", label: "7 days", input: { duration: "7d", calendar: false } },
  { value: "28d", label: "28 days", input: { duration: "28d", calendar: false } },
  { value: "30d", label: "30 days", input: { duration: "30d", calendar: false } },
  { value: "90d", label: "90 days", input: { duration: "90d", calendar: false } },
  { value: "day", label: "Calendar day", input: { duration: "1d", calendar: true } },
  { value: "week", label: "Calendar week", input: { duration: "1w", calendar: true } },
  { value: "month", label: "Calendar month", input: { duration: "1M", calendar: true } },
  { value: "quarter", label: "Calendar quarter", input: { duration: "1Q", calendar: true } },
];

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseSloSearch(search: Record<string, unknown>): SloSearch {
  const instant = (name: string) => {
    const at = parseInstant(text(search, name));
    return at ? rfc3339(at) : undefined;
  };
  const from = instant("from");
  const to = instant("to");
  const zone = text(search, "tz", 64);
  const group = text(search, "group", 2000);
  const zoomed = from !== undefined && to !== undefined && from < to;
  return compact({
    objective: text(search, "objective"),
    window: windowChoices.find((w) => w.value === search.window)?.value,
    tz: zone !== undefined && isZone(zone) ? zone : undefined,
    asOf: instant("asOf"),
    from: zoomed ? from : undefined,
    to: zoomed ? to : undefined,
    group: group !== undefined && labelsOf(group) !== null ? group : undefined,
    explain: search.explain === "1" ? ("1" as const) : undefined,
    tab: oneOf(search, "tab", ["statement", "alerts"] as const),
    measured: search.measured === "1" ? ("1" as const) : undefined,
    line: oneOf(search, "line", lineKinds),
    annotate: text(search, "annotate", 63),
    days: search.days === "90" ? ("90" as const) : undefined,
  });
}

/** The window to ask the server for; null for the SLO's own. */
export function windowInput(search: SloSearch, readerZone: string): WindowInput | null {
  const choice = windowChoices.find((w) => w.value === search.window);
  if (!choice) {
    return null;
  }
  return { ...choice.input, timeZone: choice.input.calendar ? (search.tz ?? readerZone) : "UTC" };
}

/** What every figure on the page is asked for: variables of a query. */
export function questionOf(search: SloSearch, readerZone: string) {
  return {
    window: windowInput(search, readerZone),
    asOf: search.asOf ?? null,
    group: labelsOf(search.group),
  };
}

/** The window that is shown, in words. */
export function windowTitle(search: SloSearch, ownTitle: string, readerZone: string): string {
  const choice = windowChoices.find((w) => w.value === search.window);
  if (!choice) {
    return ownTitle;
  }
  return choice.input.calendar
    ? `${choice.label.toLowerCase()} (${search.tz ?? readerZone})`
    : `rolling ${choice.label}`;
}

/** Labels from their JSON form; null if it is none. */
export function labelsOf(json: string | undefined): Record<string, string> | null {
  if (json === undefined) {
    return null;
  }
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return null;
    }
    const pairs = Object.entries(value).filter((e): e is [string, string] => typeof e[1] === "string");
    return pairs.length === Object.keys(value).length && pairs.length > 0 ? Object.fromEntries(pairs) : null;
  } catch {
    return null;
  }
}

/** Labels as JSON with sorted names: the same group always has the same address. */
export function groupKey(labels: Record<string, string>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** Labels for people: region = eu-west, tier = gold. */
export function labelText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}
