import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { burn, count, coverage, decimalsOf, exact, percent, raw, remaining, sli, UNKNOWN } from "./number";

describe("coverage", () => {
  it("is whole only if all was measured, and none only if nothing was", () => {
    expect(coverage(1)).toBe("100 %");
    expect(coverage(0.99999)).toBe("99.9 %");
    expect(coverage(0.0007)).toBe("< 0.1 %");
    expect(coverage(0)).toBe("0 %");
    expect(coverage(null)).toBe("—");
  });
});

describe("what is unknown is never a number", () => {
  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])("%s", (value) => {
    for (const text of [
      percent(value),
      sli(value, "99.9"),
      remaining(value),
      count(value),
      exact(value),
      burn(value),
    ]) {
      expect(text).toBe(UNKNOWN);
    }
    expect(raw(value)).toBe("");
  });
});

describe("percent", () => {
  it.each([
    [1, 1, "100.0 %"],
    [0.9999999, 1, "99.9 %"],
    [0.29, 0, "29 %"],
    [0.57, 1, "57.0 %"],
    [-0.0001, 1, "−0.1 %"],
    [0, 1, "0.0 %"],
  ])("%s with %s decimals is %s", (value, digits, text) => {
    expect(percent(value, digits)).toBe(text);
  });

  it("never shows 100 % for less than everything", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 0, max: 6 }),
        (v, digits) => {
          expect(Number.parseFloat(percent(v, digits))).toBeLessThan(100);
        },
      ),
    );
  });

  it("never shows more than there is", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 6 }), (v, digits) => {
        const shown = Number.parseFloat(percent(v, digits));
        expect(shown).toBeLessThanOrEqual(v * 100 + 1e-7);
        expect(shown).toBeGreaterThan(v * 100 - 10 ** -digits - 1e-7);
      }),
    );
  });
});

describe("sli", () => {
  it("has two decimals more than the target", () => {
    expect(sli(0.99953, "99.9")).toBe("99.953 %");
    expect(sli(0.5, "99")).toBe("50.00 %");
  });

  it("stays on its side of the target", () => {
    const targets = fc.constantFrom("90", "99", "99.5", "99.9", "99.95", "99.99");
    fc.assert(
      fc.property(targets, fc.double({ min: 1e-9, max: 0.05, noNaN: true }), (target, miss) => {
        const shown = Number.parseFloat(sli(Number(target) / 100 - miss, target));
        expect(shown).toBeLessThan(Number(target));
      }),
    );
  });

  it("knows the decimals of a target", () => {
    expect(decimalsOf("99.95")).toBe(2);
    expect(decimalsOf("99")).toBe(0);
  });
});

describe("remaining", () => {
  it.each([
    [1, "100 %"],
    [0.9996, "99.9 %"],
    [0.372, "37.2 %"],
    [0.0003, "< 0.1 %"],
    [0, "0 %"],
    [-0.0003, "−0.1 %"],
    [-4.525, "−452.5 %"],
    [-12.3456, "−1,235 %"],
    [-1234, "−1,234×"],
  ])("%s is %s", (value, text) => {
    expect(remaining(value)).toBe(text);
  });

  it("shows a minus exactly when overdrawn", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1, noNaN: true }), (v) => {
        expect(remaining(v).startsWith("−")).toBe(v < 0);
      }),
    );
  });
});

describe("count", () => {
  it.each([
    [0, "0"],
    [7, "7"],
    [1234, "1,234"],
    [0.181, "0.18"],
    [0.001, "< 0.01"],
    [12_345, "12.3 k"],
    [999_960, "1.00 M"],
    [1_240_000, "1.24 M"],
    [-12_345, "−12.3 k"],
    [3e18, "3000 P"],
  ])("%s is %s", (value, text) => {
    expect(count(value)).toBe(text);
  });

  it("keeps three significant digits", () => {
    const sizes: Record<string, number> = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
    fc.assert(
      fc.property(fc.double({ min: 10_000, max: 9.9e17, noNaN: true }), (v) => {
        const [digits = "", unit = ""] = count(v).split(" ");
        const shown = Number(digits) * (sizes[unit] ?? Number.NaN);
        expect(Math.abs(shown - v) / v).toBeLessThan(0.0051);
        expect(digits.length).toBeLessThanOrEqual(4);
      }),
    );
  });

  it("is zero for zero only", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }), (v) => {
        expect(count(v) === "0").toBe(v === 0);
      }),
    );
  });
});
