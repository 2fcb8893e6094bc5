import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bandAt, extent, plotData, type SeriesPoint } from "./plot-data";

const start = Date.parse("2026-11-01T00:00:00Z") / 1000;
const at = (i: number) => new Date((start + i * 60) * 1000).toISOString();
const point = (i: number, value: number | null, more: Partial<SeriesPoint> = {}): SeriesPoint => ({
  at: at(i),
  values: [value, 0.5],
  coverage: value === null ? 0 : 1,
  estimated: false,
  ...more,
});
const forever = Number.POSITIVE_INFINITY;

describe("plot data", () => {
  it("keeps unknown values unknown and marks the stretch that they stand for", () => {
    const data = plotData([point(1, 0.9), point(2, null), point(3, null), point(4, 0.7)], 2, 60, forever);
    expect(data.columns[0]).toEqual([0.9, null, null, 0.7]);
    expect(data.gaps).toEqual([{ from: start + 60, to: start + 180 }]);
  });

  it("tells a minute without events from one that nobody saw", () => {
    const data = plotData([point(1, null, { coverage: 1 })], 2, 60, forever);
    expect(data.columns[0]).toEqual([null]);
    expect(data.gaps).toEqual([]);
  });

  it("does not call the future missing", () => {
    const data = plotData([point(1, 0.9), point(2, null), point(3, null)], 2, 60, start + 90);
    expect(data.gaps).toEqual([{ from: start + 60, to: start + 90 }]);
  });

  it("marks estimated stretches and joins neighbours", () => {
    const data = plotData(
      [point(1, 1, { estimated: true }), point(2, 1, { estimated: true }), point(3, 1)],
      2,
      60,
      forever,
    );
    expect(data.estimated).toEqual([{ from: start, to: start + 120 }]);
  });

  it("takes what is no number for unknown", () => {
    expect(plotData([point(1, Number.NaN)], 2, 60, forever).columns[0]).toEqual([null]);
    expect(plotData([{ ...point(1, 1), values: [] }], 2, 60, forever).columns).toEqual([[null], [null]]);
  });

  it("has a band over exactly the points without coverage", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (seen) => {
        const data = plotData(
          seen.map((s, i) => point(i + 1, s ? 0.5 : null)),
          2,
          60,
          forever,
        );
        seen.forEach((s, i) => {
          expect(bandAt(data.gaps, start + (i + 1) * 60) === undefined).toBe(s);
        });
        data.gaps.slice(1).forEach((g, i) => {
          expect(g.from).toBeGreaterThan(data.gaps[i]?.to ?? 0);
        });
      }),
    );
  });
});

describe("extent", () => {
  it("passes over what is unknown", () => {
    expect(extent([[null, 3, -1], [2]])).toEqual([-1, 3]);
    expect(extent([[null], []])).toBeNull();
  });
});
