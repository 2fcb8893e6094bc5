/**
 * Numbers as people read them. Two rules stand above taste: what is unknown is
 * never written as a number, and rounding never crosses a line that matters —
 * a ratio below 1 is not shown as 100 %, a miss of the target is not rounded up
 * to the target, an overdrawn budget is not shown as empty.
 */

/** What stands where a figure is unknown. */
export const UNKNOWN = "—";

type Known = number | null | undefined;

const minus = (text: string) => text.replace("-", "−");

/** Decimals of a decimal number's text: 1 for "99.9". */
export function decimalsOf(text: string): number {
  return text.split(".")[1]?.length ?? 0;
}

/** Rounds towards minus infinity at a decimal place, immune to the binary form of decimals such as 0.29. */
function floorAt(value: number, digits: number): number {
  const scaled = value * 10 ** digits;
  const near = Math.round(scaled);
  const same = Math.abs(scaled - near) < 1e-12 * Math.max(1, Math.abs(scaled));
  return (same ? near : Math.floor(scaled)) / 10 ** digits;
}

/** A fraction as a percentage, rounded down: what is below 1 is never "100 %". */
export function percent(fraction: Known, digits = 1): string {
  if (fraction == null || !Number.isFinite(fraction)) {
    return UNKNOWN;
  }
  let shown = floorAt(fraction * 100, digits);
  if (fraction < 1 && shown >= 100) {
    shown = 100 - 10 ** -digits;
  }
  return `${minus(shown.toFixed(digits))} %`;
}

/**
 * An SLI with two decimals more than its target has, so that a reader sees on
 * which side of the target it lies.
 */
export function sli(fraction: Known, targetPercent: string): string {
  return percent(fraction, Math.min(8, Math.max(2, decimalsOf(targetPercent) + 2)));
}

/** A target exactly as it was written. */
export function target(targetPercent: string): string {
  return `${targetPercent} %`;
}

const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

/**
 * What is left of a budget. Between 0 and 0.1 % it says "< 0.1 %", because 0 is
 * another fact; far below zero it says how many budgets were spent.
 */
export function remaining(fraction: Known): string {
  if (fraction == null || !Number.isFinite(fraction)) {
    return UNKNOWN;
  }
  if (fraction !== 0 && Math.abs(fraction) < 0.001) {
    return fraction > 0 ? "< 0.1 %" : "−0.1 %";
  }
  if (fraction <= -100) {
    return `−${count(-fraction)}×`;
  }
  if (fraction <= -10) {
    return `−${grouped.format(Math.ceil(-fraction * 100))} %`;
  }
  return percent(fraction, fraction === 1 || fraction === 0 ? 0 : 1);
}

const steps = [
  { from: 1e15, unit: "P" },
  { from: 1e12, unit: "T" },
  { from: 1e9, unit: "G" },
  { from: 1e6, unit: "M" },
  { from: 1e3, unit: "k" },
] as const;

/** A count with at most four significant digits: 1,234 · 12.3 k · 1.24 M · 0.18. */
export function count(value: Known): string {
  if (value == null || !Number.isFinite(value)) {
    return UNKNOWN;
  }
  const size = Math.abs(value);
  if (size < 10_000) {
    return minus(small(value, size));
  }
  // Three digits first: 999,960 is 1.00 M and not 1000 k.
  const rounded = Number(value.toPrecision(3));
  const step = steps.find((s) => Math.abs(rounded) >= s.from) ?? steps[steps.length - 1];
  const scaled = rounded / (step?.from ?? 1);
  return minus(`${scaled.toFixed(digitsFor(Math.abs(scaled)))} ${step?.unit ?? ""}`);
}

function small(value: number, size: number): string {
  if (value === 0) {
    return "0"; // and not −0
  }
  if (Number.isInteger(value) || size >= 1000) {
    return grouped.format(value);
  }
  if (size > 0 && size < 0.01) {
    return value > 0 ? "< 0.01" : "> −0.01";
  }
  return value.toFixed(digitsFor(size));
}

function digitsFor(size: number): number {
  if (size >= 100) {
    return 0;
  }
  return size >= 10 ? 1 : 2;
}

/** A count in full, for titles and tables: 1,234,567.25. */
export function exact(value: Known): string {
  if (value == null || !Number.isFinite(value)) {
    return UNKNOWN;
  }
  return minus(new Intl.NumberFormat("en-GB", { maximumFractionDigits: 6 }).format(value));
}

/** How much of a window was measured: whole only if all of it was, and none only if nothing was. */
export function coverage(fraction: Known): string {
  if (fraction != null && fraction > 0 && fraction < 0.001) {
    return "< 0.1 %";
  }
  return percent(fraction, fraction === 1 || fraction === 0 ? 0 : 1);
}

/** A burn rate: how many times faster than sustainable. */
export function burn(rate: Known): string {
  if (rate == null || !Number.isFinite(rate)) {
    return UNKNOWN;
  }
  if (rate > 0 && rate < 0.01) {
    return "< 0.01×";
  }
  return rate === 0 ? "0×" : `${count(rate)}×`;
}

/** The raw figure for attributes that programs read: "" if there is none. */
export function raw(value: Known): string {
  return value == null || !Number.isFinite(value) ? "" : String(value);
}
