/** Lengths of time: OpenSLO's notation in, words out. */

const seconds: Record<string, number> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Seconds of a duration such as 30d, 1h30m or 5m; null where it has no fixed length (1M, 1Q, 1Y) or is malformed. */
export function durationSeconds(text: string): number | null {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join("") !== text) {
    return null;
  }
  return parts.reduce((sum, [, n = "0", unit = "s"]) => sum + Number(n) * (seconds[unit] ?? 0), 0);
}

const units = [
  { size: 86_400, name: "d" },
  { size: 3600, name: "h" },
  { size: 60, name: "min" },
  { size: 1, name: "s" },
] as const;

/** A length of time in its two largest units: 3 d 4 h, 12 min, 45 s, 400 ms. */
export function humanSeconds(value: number): string {
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size > 0 && size < 0.9995) {
    return size < 0.001 ? "< 1 ms" : `${sign}${Math.round(size * 1000)} ms`;
  }
  if (size < 9.95) {
    return `${sign}${Number(size.toFixed(1))} s`;
  }
  const whole = Math.round(size);
  const first = units.find((u) => whole >= u.size) ?? units[3];
  const second = units[units.indexOf(first) + 1];
  const head = Math.floor(whole / first.size);
  const tail = second && head < 10 ? Math.floor((whole % first.size) / second.size) : 0;
  return `${sign}${head} ${first.name}${tail > 0 && second ? ` ${tail} ${second.name}` : ""}`;
}

/** A duration in OpenSLO's notation, in words: 30 d, 1 h; unknown notations stay as they are. */
export function humanDuration(text: string): string {
  const length = durationSeconds(text);
  return length === null ? text : humanSeconds(length);
}

/** How long ago, roughly: just now, 40 s ago, 3 h ago. */
export function age(from: Date, now: Date): string {
  const passed = (now.getTime() - from.getTime()) / 1000;
  if (passed < 5) {
    return passed < -60 ? `in ${coarse(-passed)}` : "just now";
  }
  return `${coarse(passed)} ago`;
}

/** A length of time in its largest unit. */
export function coarse(value: number): string {
  const unit = units.find((u) => value >= u.size) ?? units[3];
  return `${Math.floor(value / unit.size)} ${unit.name}`;
}
