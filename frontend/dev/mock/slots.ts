/** Invented measurements for development and tests: deterministic, plausible, with incidents and gaps. */

export const SLOT = 600; // seconds per slot

export interface MockSlot {
  good: number;
  total: number;
  state: "measured" | "estimated" | "gap";
}

export interface Incident {
  /** Hours before now. */
  ago: number;
  hours: number;
  /** Share of events that failed. */
  errors: number;
}

export interface Shape {
  seed: number;
  perSlot: number;
  /** Share of errors outside incidents. */
  noise: number;
  /** 0 = flat, 1 = nothing at night. */
  night: number;
  incidents: Incident[];
  gaps: { ago: number; hours: number; state: "gap" | "estimated" }[];
  /** Hours of history; older slots are gaps. */
  history: number;
}

/** Mulberry32: small, fast, good enough to look at. */
export function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Slots of the days before end (Unix seconds), oldest first. */
export function makeSlots(shape: Shape, end: number, days: number): MockSlot[] {
  const next = random(shape.seed);
  const n = Math.floor((days * 86_400) / SLOT);
  return Array.from({ length: n }, (_, i) => {
    const at = end - (n - 1 - i) * SLOT;
    const ago = (end - at) / 3600;
    const noise = next();
    if (ago > shape.history) {
      return { good: 0, total: 0, state: "gap" };
    }
    const gap = shape.gaps.find((g) => ago <= g.ago && ago > g.ago - g.hours);
    if (gap?.state === "gap") {
      return { good: 0, total: 0, state: "gap" };
    }
    const hour = ((at % 86_400) / 3600 + 24) % 24;
    const day = 1 - shape.night * (0.5 + 0.5 * Math.cos(((hour - 15) / 24) * 2 * Math.PI + Math.PI));
    const total = Math.round(shape.perSlot * day * (0.9 + 0.2 * noise));
    const incident = shape.incidents.find((x) => ago <= x.ago && ago > x.ago - x.hours);
    const errors = incident ? incident.errors * (0.7 + 0.6 * next()) : shape.noise * (0.4 + 1.2 * next());
    return { good: Math.round(total * (1 - Math.min(1, errors))), total, state: gap?.state ?? "measured" };
  });
}
