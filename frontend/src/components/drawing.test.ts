import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barShape } from "./BudgetBar";
import { sparkGaps, sparkPaths } from "./Sparkline";

describe("budget bar", () => {
  it.each([
    [null, { kind: "unknown", fill: 0, clipped: false }],
    [Number.NaN, { kind: "unknown", fill: 0, clipped: false }],
    [0, { kind: "left", fill: 0, clipped: false }],
    [0.4, { kind: "left", fill: 0.4, clipped: false }],
    [-0.4, { kind: "overdrawn", fill: 0.4, clipped: false }],
    [-4.5, { kind: "overdrawn", fill: 1, clipped: true }],
    [1.2, { kind: "left", fill: 1, clipped: false }],
  ])("of %s", (remaining, shape) => {
    expect(barShape(remaining)).toEqual(shape);
  });
});

describe("sparkline", () => {
  it("draws one line for each stretch, and a dot for a lone point", () => {
    expect(sparkPaths([1, 0.5, null, 0.2, null, 0, 0], 0, 1)).toHaveLength(3);
    expect(sparkPaths([null, 0.5, null], 0, 1)[0]).toMatch(/^M([\d.]+ [\d.]+)L\1$/);
    expect(sparkPaths([], 0, 1)).toEqual([]);
    expect(sparkPaths([null, null], 0, 1)).toEqual([]);
  });

  it("never draws outside of its box, nor a number that is none", () => {
    const value = fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { nil: null });
    fc.assert(
      fc.property(fc.array(value), (values) => {
        for (const path of sparkPaths(values, -1, 1)) {
          for (const [, x, y] of path.matchAll(/([-\d.e]+) ([-\d.e]+)/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0);
            expect(Number(x)).toBeLessThanOrEqual(120);
            expect(Number(y)).toBeGreaterThanOrEqual(0);
            expect(Number(y)).toBeLessThanOrEqual(28);
          }
        }
      }),
    );
  });

  it("shades each gap once", () => {
    expect(sparkGaps([1, null, null, 1, null])).toHaveLength(2);
    expect(sparkGaps([1, 1])).toEqual([]);
  });
});
