import { iso, lengthOf, slotsOf, tally } from "./figures.ts";
import type { MockSlo } from "./fleet.ts";
import { SLOT } from "./slots.ts";

const columns: Record<string, string[]> = {
  BURN_DOWN: ["remaining", "ideal"],
  SLI: ["sli", "target"],
  BURN_RATE: ["burn rate"],
  VOLUME: ["good", "bad"],
};

export interface SeriesArgs {
  kind: string;
  from?: string | null;
  to?: string | null;
  maxPoints?: number | null;
  group?: Record<string, string> | null;
  /** The number of the group's slots, 0 for the whole. */
  member?: number;
}

/** Points of one objective for a plot. */
export function series(s: MockSlo, percent: string, args: SeriesArgs): object {
  const data = slotsOf(s, Date.now() / 1000, args.member ?? 0);
  const to = args.to ? Date.parse(args.to) / 1000 : data.end;
  const from = args.from ? Date.parse(args.from) / 1000 : to - lengthOf(s.window);
  const step = Math.max(SLOT, Math.ceil((to - from) / (args.maxPoints ?? 300) / SLOT) * SLOT);
  const points: object[] = [];
  const length = Math.max(to - from, 1);
  const whole = tally(data, from, to);
  for (let at = from + step; at <= to + step / 2; at += step) {
    const t = tally(data, at - step, at);
    const bad = 1 - Number(percent) / 100;
    let values: (number | null)[] = columns[args.kind]?.map(() => null) ?? [];
    if (t.covered > 0) {
      const used = tally(data, from, at);
      values = valuesOf(args.kind, t, used, whole, bad, (at - from) / length);
    } else if (args.kind === "BURN_DOWN") {
      values = [null, 1 - (at - from) / length];
    } else if (args.kind === "SLI") {
      values = [null, 1 - bad];
    }
    points.push({
      at: iso(at),
      values,
      coverage: t.covered / Math.max(1, t.slots),
      estimated: t.estimated > 0,
    });
  }
  return {
    kind: args.kind,
    from: iso(from),
    to: iso(to),
    step: `${step / 60}m`,
    columns: columns[args.kind],
    points,
  };
}

type Sum = ReturnType<typeof tally>;

function valuesOf(
  kind: string,
  t: Sum,
  used: Sum,
  whole: Sum,
  bad: number,
  share: number,
): (number | null)[] {
  const ratio = t.total > 0 ? t.good / t.total : null;
  switch (kind) {
    case "BURN_DOWN":
      return [whole.total > 0 ? 1 - (used.total - used.good) / (bad * whole.total) : null, 1 - share];
    case "SLI":
      return [ratio, 1 - bad];
    case "BURN_RATE":
      return [ratio === null ? null : (1 - ratio) / bad];
    default:
      return [t.good, t.total - t.good];
  }
}

/** The four pairs of the workbook. */
export function burnRates(s: MockSlo, percent: string, asOf?: string | null, member = 0): object[] {
  const data = slotsOf(s, Date.now() / 1000, member);
  const to = asOf ? Date.parse(asOf) / 1000 : data.end;
  const bad = 1 - Number(percent) / 100;
  const rate = (length: number) => {
    const t = tally(data, to - length, to);
    return t.total > 0 ? (t.total - t.good) / t.total / bad : null;
  };
  const pairs = [
    ["page", 3600, 600, 14.4, 0.02, "1h", "5m"],
    ["page", 21_600, 1800, 6, 0.05, "6h", "30m"],
    ["ticket", 86_400, 7200, 3, 0.1, "1d", "2h"],
    ["ticket", 259_200, 21_600, 1, 0.1, "3d", "6h"],
  ] as const;
  return pairs.map(([severity, long, short, factor, budgetFraction, longWindow, shortWindow]) => {
    const l = rate(long);
    const r = rate(short);
    const coverage = (n: number) => {
      const t = tally(data, to - n, to);
      return t.covered / Math.max(1, t.slots);
    };
    return {
      severity,
      longWindow,
      shortWindow,
      factor,
      budgetFraction,
      long: l,
      short: r,
      longCoverage: coverage(long),
      shortCoverage: coverage(short),
      firing: (l ?? 0) >= factor && (r ?? 0) >= factor,
    };
  });
}
