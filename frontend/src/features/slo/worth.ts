import type { BudgetFiguresFragment, Unit } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { count } from "@/lib/number";

type Figures = Pick<BudgetFiguresFragment, "from" | "to" | "target" | "allowed" | "spent" | "remaining">;

/** "12.3 k of 40.1 k allowed errors", or seconds as a length of time; null where a part is unknown. */
export function spentText(b: Figures, unit: Unit): string | null {
  if (b.spent == null || b.allowed == null) {
    return null;
  }
  return unit === "SECONDS"
    ? `${humanSeconds(b.spent)} of ${humanSeconds(b.allowed)} allowed`
    : `${count(b.spent)} of ${count(b.allowed)} allowed errors`;
}

/**
 * The budget as time: (1 − target) · length of the window is how long a full
 * outage may last at even traffic; remaining is the share of it that is left.
 */
export function timeWorth(b: Figures): { left: number; whole: number } | null {
  if (b.remaining == null) {
    return null;
  }
  const length = (Date.parse(b.to) - Date.parse(b.from)) / 1000;
  const whole = length * errorFraction(b.target);
  return Number.isFinite(whole) ? { left: whole * b.remaining, whole } : null;
}

/** 1 − target, formed on the decimals so that 1 − 0.999 is 0.001. */
export function errorFraction(target: string): number {
  const digits = target.split(".")[1]?.length ?? 0;
  const unit = 10 ** digits;
  return (unit - Math.round(Number(target) * unit)) / unit;
}
