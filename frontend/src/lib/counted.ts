import type { Budgeting, Unit } from "@/gql/graphql";
import { humanDuration, humanSeconds } from "./duration";
import { count } from "./number";

/** What a budget counts: events, seconds, or slices of time, each whole or by its share of errors. */
export type Counted = "events" | "seconds" | "slices" | "shares";

/** What the budget of an SLO counts; slices count whatever is in them. */
export function countedOf(method: Budgeting, unit: Unit): Counted {
  if (method === "TIMESLICES") {
    return "slices";
  }
  if (method === "RATIO_TIMESLICES") {
    return "shares";
  }
  return unit === "SECONDS" ? "seconds" : "events";
}

/** Headings of the figures of a budget. */
export const headings: Record<Counted, { spent: string; total: string }> = {
  events: { spent: "Errors spent", total: "Events" },
  seconds: { spent: "Bad time", total: "Time measured" },
  slices: { spent: "Bad slices", total: "Slices judged" },
  shares: { spent: "Slices lost", total: "Slices judged" },
};

/** An amount of what is counted: 12.3 k, or a length of time; "—" where it is unknown. */
export function amount(value: number | null | undefined, counted: Counted): string {
  return counted === "seconds" && value != null && Number.isFinite(value)
    ? humanSeconds(value)
    : count(value);
}

/** "248 / 173 slices", for narrow places; "" where a part is unknown. */
export function spentOfAllowed(
  b: { spent: number | null | undefined; allowed: number | null | undefined },
  counted: Counted,
): string {
  if (b.spent == null || b.allowed == null) {
    return "";
  }
  const sliced = counted === "slices" || counted === "shares";
  return `${amount(b.spent, counted)} / ${amount(b.allowed, counted)}${sliced ? " slices" : ""}`;
}

/** "248 of 173 allowed bad slices of 5 min"; null where a part is unknown. */
export function spentText(
  b: { spent?: number | null | undefined; allowed?: number | null | undefined },
  counted: Counted,
  sliceLength?: string | null,
): string | null {
  if (b.spent == null || b.allowed == null) {
    return null;
  }
  const pair = `${amount(b.spent, counted)} of ${amount(b.allowed, counted)}`;
  const of = sliceLength ? ` of ${humanDuration(sliceLength)}` : "";
  switch (counted) {
    case "slices":
      return `${pair} allowed bad slices${of}`;
    case "shares":
      return `the worth of ${pair} allowed slices${of}`;
    case "seconds":
      return `${pair} allowed`;
    default:
      return `${pair} allowed errors`;
  }
}
