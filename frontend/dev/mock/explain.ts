import { budget, iso, lengthOf, slotsOf, tally } from "./figures.ts";
import type { MockSlo } from "./fleet.ts";
import { SLOT } from "./slots.ts";

/** What stands behind the mock's figures. */
export function explain(
  s: MockSlo,
  percent: string,
  window: string,
  at: string | null | undefined,
  member: number,
): object {
  const data = slotsOf(s, Date.now() / 1000, member);
  const to = at ? Date.parse(at) / 1000 : data.end;
  const from = to - lengthOf(window);
  const b = budget(s, percent, window, to, member);
  const t = tally(data, from, to);
  const minutes = SLOT / 60;
  return {
    at: iso(to),
    from: b.from,
    to: b.to,
    formula:
      b.remaining === null
        ? "no events were measured: there is no ratio"
        : `allowed = (1 − ${b.target}) · ${b.total} = ${b.allowed?.toFixed(3)}\nspent = ${b.total} − ${b.good} = ${b.spent}\nremaining = 1 − ${b.spent} / ${b.allowed?.toFixed(3)} = ${b.remaining.toFixed(6)}`,
    queries: [
      {
        role: "good",
        source: "embedded",
        text: `http_requests_total{job="${s.service}",code!~"5.."}`,
        note: "folded from raw samples",
      },
      {
        role: "total",
        source: "embedded",
        text: `http_requests_total{job="${s.service}"}`,
        note: "folded from raw samples",
      },
    ],
    minutes: t.slots * minutes,
    measured: (t.covered - t.estimated) * minutes,
    estimated: t.estimated * minutes,
    gapMinutes: (t.slots - t.covered) * minutes,
    gaps: s.shape.gaps
      .filter((g) => g.state === "gap")
      .map((g) => ({ from: iso(data.end - g.ago * 3600), to: iso(data.end - (g.ago - g.hours) * 3600) })),
    revisions: [
      {
        at: iso(to - 7200),
        from: iso(to - 10_800),
        to: iso(to - 10_200),
        changed: 3,
        goodDelta: 118,
        totalDelta: 121,
        reason: "late samples",
      },
    ],
    worstDays: worstDays(s, from, to, b.allowed),
    firstMeasured: iso(Math.max(from, data.end - s.shape.history * 3600)),
    lastMeasured: b.asOf,
    settledUntil: b.asOf,
    warnings: b.warnings,
  };
}

function worstDays(s: MockSlo, from: number, to: number, allowed: number | null): object[] {
  const data = slotsOf(s, Date.now() / 1000);
  const out: { day: string; good: number; total: number; spent: number; share: number | null }[] = [];
  for (let day = Math.floor(from / 86_400) * 86_400; day < to; day += 86_400) {
    const t = tally(data, Math.max(day, from), Math.min(day + 86_400, to));
    const spent = t.total - t.good;
    out.push({
      day: iso(day).slice(0, 10),
      good: t.good,
      total: t.total,
      spent,
      share: allowed ? spent / allowed : null,
    });
  }
  return out.sort((a, b) => b.spent - a.spent).slice(0, 10);
}
