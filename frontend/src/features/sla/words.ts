import type { ExclusionKind, SlaCombination, SlaDefinitionFragment, State } from "@/gql/graphql";
import { amount, type Counted, countedOf, spentText } from "@/lib/counted";
import { compareDecimals, isDecimal, money } from "@/lib/decimal";
import { humanDuration, humanSeconds } from "@/lib/duration";
import { coverage, UNKNOWN } from "@/lib/number";
import type { StateLook } from "@/lib/state";
import { counted, listed } from "@/lib/words";
import { timeWorth } from "@/lib/worth";

/** Lengths of periods that an agreement can have. */
export const periodChoices: readonly { value: string; label: string; noun: string }[] = [
  { value: "1d", label: "Calendar day", noun: "day" },
  { value: "1w", label: "Calendar week", noun: "week" },
  { value: "1M", label: "Calendar month", noun: "month" },
  { value: "1Q", label: "Calendar quarter", noun: "quarter" },
  { value: "1Y", label: "Calendar year", noun: "year" },
];

/** What a period of that length is called: month. */
export function periodNoun(duration: string): string {
  return periodChoices.find((p) => p.value === duration)?.noun ?? "period";
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The name of a period where there is little room: Oct, Jan 26, Q4, 2026. */
export function shortPeriod(name: string): string {
  const [, year = "", rest = ""] = /^(\d{4})-(.+)$/.exec(name) ?? [];
  const month = /^\d\d$/.test(rest) ? months[Number(rest) - 1] : undefined;
  if (month) {
    return rest === "01" ? `${month} ${year.slice(2)}` : month;
  }
  if (/^Q\d$/.test(rest)) {
    return rest === "Q1" ? `${rest} ${year.slice(2)}` : rest;
  }
  return rest || name;
}

/** What each way to make one figure of several streams means. */
export const combinations: Record<SlaCombination, { label: string; meaning: string }> = {
  WORST: {
    label: "The worst stream decides",
    meaning:
      "Every stream is promised by itself: the lowest SLI of all is what was achieved. A stream without figures leaves the whole without.",
  },
  TOTAL: {
    label: "All streams are added",
    meaning: "Good and total events of all streams are summed: a large stream weighs more than a small one.",
  },
};

/** Kinds of exclusions, in words. */
export const kindWords: Record<ExclusionKind, string> = {
  MAINTENANCE: "announced maintenance",
  DEPENDENCY: "failures of others",
  MEASUREMENT: "wrong measurement",
  OTHER: "other reasons",
};

/** Which exclusions count, in one sentence. */
export function termsText(terms: SlaDefinitionFragment["terms"]): string {
  if (!terms.exclusions) {
    return "No exclusion counts: what was measured is what was achieved.";
  }
  const kinds =
    terms.kinds.length === 0 ? "of every kind" : `for ${listed(terms.kinds.map((k) => kindWords[k]))}`;
  const notice = terms.notice ? `, made known ${humanDuration(terms.notice)} before they begin` : "";
  const most = terms.most ? `, ${humanDuration(terms.most)} of a period at most` : "";
  return `Exclusions ${kinds} count${notice}${most}.`;
}

/** The parts of a budget that the words below need. */
export interface Outcome {
  state: State;
  from: string;
  to: string;
  target: string;
  sli?: number | null;
  spent?: number | null;
  allowed?: number | null;
  remaining?: number | null;
  coverage: number;
}

/** How a period stands against its target. */
export interface Standing {
  label: string;
  tone: StateLook["tone"];
  /** Whether anybody can tell. */
  known: boolean;
}

/** Kept or missed, or nobody can tell: too little was measured, or nothing happened. */
export function standing(budget: Pick<Outcome, "state" | "remaining">, settled: boolean): Standing {
  if (budget.state === "NO_DATA" || (budget.remaining == null && budget.state !== "NO_TRAFFIC")) {
    return { label: "Cannot be told", tone: "nodata", known: false };
  }
  if (budget.remaining == null) {
    return { label: "No traffic", tone: "quiet", known: false };
  }
  if (budget.remaining < 0) {
    return { label: settled ? "Missed" : "Missed so far", tone: "breached", known: true };
  }
  return { label: settled ? "Kept" : "Kept so far", tone: "healthy", known: true };
}

/** The same of a statement, which says only the state that its budget had. */
export function statedStanding(state: State): Standing {
  const remaining = { BREACHED: -1, HEALTHY: 1, AT_RISK: 1, STALE: null, NO_DATA: null, NO_TRAFFIC: null }[
    state
  ];
  return standing({ state, remaining }, true);
}

/** An achieved percentage as the server reckoned it. */
export function achievedText(percent: string | null | undefined): string {
  return percent == null ? UNKNOWN : `${percent} %`;
}

/** What is left of what may fail in the period, in words; null where nobody knows. */
export function leftText(budget: Outcome, counted: Counted, noun: string): string | null {
  const spent = spentText(budget, counted);
  const worth = timeWorth({ ...budget, remaining: budget.remaining ?? null });
  if (!spent || !worth) {
    return null;
  }
  const left =
    worth.left >= 0
      ? `the worth of ${humanSeconds(worth.left)} of full outage is left of the ${humanSeconds(worth.whole)} that a ${noun} allows`
      : `the worth of ${humanSeconds(-worth.left)} of full outage more than the ${humanSeconds(worth.whole)} that a ${noun} allows`;
  return `${spent}: ${left}.`;
}

/** A credit in words: 120.00 EUR (10 %), 10 % of the fee, none, unknown. */
export function dueText(
  due: { percent?: string | null; amount?: string | null; currency?: string | null } | undefined,
  known: boolean,
): string {
  if (!due || due.percent == null || isZero(due.percent)) {
    return known ? "none" : UNKNOWN;
  }
  return due.amount == null
    ? `${due.percent} % of the fee`
    : `${money(due.amount, due.currency)} (${due.percent} %)`;
}

function isZero(text: string): boolean {
  return isDecimal(text) && compareDecimals(text, "0") === 0;
}

/** Minutes that are excluded, as a length of time. */
export function excludedText(minutes: number): string {
  return minutes === 0 ? "none" : humanSeconds(minutes * 60);
}

/** Why the figures of a period are no verdict; null where they are one. */
export function doubt(budget: Outcome): string | null {
  return budget.state === "NO_DATA"
    ? `Only ${coverage(budget.coverage)} of the minutes were measured: no verdict, and no credit while it is so.`
    : null;
}

/** What the streams of an agreement count together: events as soon as they differ. */
export function countedBy(streams: SlaDefinitionFragment["streams"]): Counted {
  const all = new Set(streams.flatMap((s) => (s.slo ? [countedOf(s.slo.method, s.slo.unit)] : [])));
  const [one] = all;
  return one && all.size === 1 ? one : "events";
}

/** An amount of what is counted, with its name where the number alone would not say it. */
export function countText(value: number | null | undefined, counted: Counted): string {
  return counted === "events" ? `${amount(value, counted)} events` : amount(value, counted);
}

/** What a statement differs in from the figures of today, in one sentence. */
export function driftText(n: number): string {
  return `${counted(n, "figure has", "figures have")} changed since it was issued, by late data or by an exclusion.`;
}
