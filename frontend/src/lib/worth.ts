import type { BudgetFiguresFragment } from "@/gql/graphql";

type Figures = Pick<BudgetFiguresFragment, "from" | "to" | "target" | "remaining">;

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
