import type { MockSlo } from "./fleet.ts";
import { type MockSlot, makeSlots, SLOT } from "./slots.ts";

const DAYS = 100;

const cache = new Map<string, { end: number; slots: MockSlot[] }>();

/** The slots of an SLO up to now. */
export function slotsOf(s: MockSlo, now: number, salt = 0): { end: number; slots: MockSlot[] } {
  const end = Math.floor(now / SLOT) * SLOT;
  const key = `${s.name}/${salt}/${end}`;
  let found = cache.get(key);
  if (!found) {
    const shape =
      salt === 0 ? s.shape : { ...s.shape, seed: s.shape.seed + salt, perSlot: s.shape.perSlot / (salt + 3) };
    found = { end, slots: makeSlots(shape, end, DAYS) };
    cache.set(key, found);
  }
  return found;
}

export interface Tally {
  good: number;
  total: number;
  covered: number;
  estimated: number;
  slots: number;
}

/** Sums the slots of (from, to]. */
export function tally(data: { end: number; slots: MockSlot[] }, from: number, to: number): Tally {
  const sum: Tally = { good: 0, total: 0, covered: 0, estimated: 0, slots: 0 };
  const n = data.slots.length;
  const first = Math.max(0, n - Math.round((data.end - from) / SLOT));
  const last = Math.min(n, n - Math.round((data.end - to) / SLOT));
  sum.slots = Math.max(0, Math.round((to - from) / SLOT));
  for (let i = first; i < last; i++) {
    const x = data.slots[i];
    if (x && x.state !== "gap") {
      sum.good += x.good;
      sum.total += x.total;
      sum.covered += 1;
      sum.estimated += x.state === "estimated" ? 1 : 0;
    }
  }
  return sum;
}

const lengths: Record<string, number> = {
  d: 86_400,
  h: 3600,
  w: 604_800,
  M: 30 * 86_400,
  Q: 90 * 86_400,
  Y: 365 * 86_400,
};

/** Seconds of a window's notation; calendar units roughly, this is a mock. */
export function lengthOf(window: string): number {
  return Number.parseInt(window, 10) * (lengths[window.at(-1) ?? "d"] ?? 86_400);
}

/** The instant in RFC 3339. */
export function iso(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
}

export interface MockBudget {
  from: string;
  to: string;
  target: string;
  good: number | null;
  total: number | null;
  sli: number | null;
  allowed: number | null;
  spent: number | null;
  remaining: number | null;
  burnRate: number | null;
  coverage: number;
  state: string;
  exhaustsAt: string | null;
  asOf: string | null;
  excluded: { minutes: number; good: number | null; total: number | null };
  warnings: string[];
}

/** The budget over the window that ends at to. */
export function budget(s: MockSlo, percent: string, window: string, to: number, salt = 0): MockBudget {
  const data = slotsOf(s, Date.now() / 1000, salt);
  const from = to - lengthOf(window);
  const t = tally(data, from, to);
  const coverage = t.slots === 0 ? 0 : t.covered / t.slots;
  const bad = 1 - Number(percent) / 100;
  const base = {
    from: iso(from),
    to: iso(to),
    target: String(Number((Number(percent) / 100).toFixed(6))),
    coverage,
    asOf: t.covered > 0 ? iso(to - (s.stale ? 7000 : 0)) : null,
    exhaustsAt: null,
    excluded: { minutes: 0, good: null, total: null },
    warnings: warningsOf(s, coverage, t),
  };
  if (t.total === 0) {
    const state = coverage < 0.9 ? "NO_DATA" : "NO_TRAFFIC";
    const none = { sli: null, allowed: null, remaining: null, burnRate: null };
    return {
      ...base,
      ...none,
      good: t.covered ? 0 : null,
      total: t.covered ? 0 : null,
      spent: t.covered ? 0 : null,
      state,
    };
  }
  const spent = t.total - t.good;
  const allowed = bad * t.total;
  const remaining = 1 - spent / allowed;
  const recent = tally(data, to - 21_600, to);
  const rate = recent.total > 0 ? (recent.total - recent.good) / recent.total / bad : null;
  const left =
    remaining > 0 && rate !== null && rate > 1 ? ((remaining * lengthOf(window)) / rate) * 1 : null;
  return {
    ...base,
    good: t.good,
    total: t.total,
    sli: t.good / t.total,
    allowed,
    spent,
    remaining,
    burnRate: rate,
    exhaustsAt: left === null ? null : iso(to + left),
    state: verdict(s, coverage, remaining, rate),
  };
}

function verdict(s: MockSlo, coverage: number, remaining: number, rate: number | null): string {
  if (coverage < 0.9) {
    return "NO_DATA";
  }
  if (s.stale) {
    return "STALE";
  }
  if (remaining < 0) {
    return "BREACHED";
  }
  return remaining < 0.2 || (rate ?? 0) > 6 ? "AT_RISK" : "HEALTHY";
}

function warningsOf(s: MockSlo, coverage: number, t: Tally): string[] {
  const out: string[] = [];
  if (coverage < 0.9) {
    out.push(`coverage ${(coverage * 100).toFixed(1)} % is below the floor of 90 %: the figures are partial`);
  }
  if (t.estimated > 0) {
    out.push(`${t.estimated * 10} minutes are estimated across scrape gaps`);
  }
  if (s.stale) {
    out.push("the newest slot is 1 h 57 min old; the source may be late");
  }
  return out;
}
