/** Whether a statement of a period can be issued. */

// What arrives late may do so for an hour; the server waits as long.
const LATE = 3600_000;

/** Why a statement cannot be issued yet; null if it can. */
export function waitFor(period: { to: string; settled: boolean }, noun: string, now: Date): string | null {
  if (period.settled) {
    return null;
  }
  const end = Date.parse(period.to);
  if (now.getTime() < end) {
    return `The ${noun} is not over yet.`;
  }
  return now.getTime() < end + LATE
    ? `The ${noun} is over; late data are waited for, for an hour.`
    : `The ${noun} is over, but its last minutes are not read yet. The sources page says why.`;
}
