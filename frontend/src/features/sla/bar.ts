/** Where things lie on a bar between a percentage a little below all that matters, and 100. */

export interface BarMarks {
  /** The percentage at the left end. */
  low: number;
  /** Shares of the bar's width, 0 to 1. */
  achieved: number | null;
  target: number;
  bands: number[];
  /** The achieved percentage lies left of the bar's end. */
  clipped: boolean;
}

// As much room below the target as above it shows a miss as clearly as what was spared.
const ROOM = 1.2;
// What lies below this many allowances would squeeze everything else into nothing.
const FURTHEST = 6;

/**
 * The marks of a bar. The positions are for the eye alone, so that floating
 * point does here; the texts beside the bar are exact.
 */
export function barMarks(
  targetPercent: string,
  achievedPercent: string | null | undefined,
  belows: readonly string[],
): BarMarks {
  const target = Number(targetPercent);
  const achieved = achievedPercent == null ? null : Number(achievedPercent);
  const allowance = Math.max(1e-9, 100 - target);
  const wanted = Math.min(
    target - allowance * ROOM,
    ...belows.map((b) => Number(b) - allowance * 0.4),
    achieved === null ? target : achieved - allowance * 0.4,
  );
  const low = Math.max(0, wanted, target - allowance * FURTHEST);
  const at = (percent: number) => Math.min(1, Math.max(0, (percent - low) / (100 - low)));
  return {
    low,
    achieved: achieved === null || !Number.isFinite(achieved) ? null : at(achieved),
    target: at(target),
    bands: belows.map((b) => at(Number(b))).filter((x) => x > 0),
    clipped: achieved !== null && achieved < low,
  };
}
