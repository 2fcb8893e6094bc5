import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareDecimals, groupedDecimal, isDecimal, minorUnits, money, percentOf, shareOf } from "./decimal";

/** A decimal with up to four places, and the same as a whole number of ten-thousandths. */
const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 4 }))
  .map(([units, digits]) => {
    const text = String(units).padStart(digits + 1, "0");
    return {
      text: digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`,
      tenThousandths: units * 10n ** BigInt(4 - digits),
    };
  });

describe("decimals", () => {
  it("are plain numbers that are not negative", () => {
    for (const text of ["0", "99.9", "1200.00", "007"]) {
      expect(isDecimal(text), text).toBe(true);
    }
    for (const text of ["", ".5", "1.", "-1", "1e3", "1,200", "99.9 %", "٣", "1".repeat(19)]) {
      expect(isDecimal(text), text).toBe(false);
    }
  });

  it("compare as numbers do, whatever they look like", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const want = a.tenThousandths < b.tenThousandths ? -1 : a.tenThousandths > b.tenThousandths ? 1 : 0;
        expect(compareDecimals(a.text, b.text)).toBe(want);
        expect(compareDecimals(`${a.text}${a.text.includes(".") ? "" : "."}0`, a.text)).toBe(0);
      }),
    );
    // As floating-point numbers these two are one.
    expect(compareDecimals("123456789012345678.2", "123456789012345678.1")).toBe(1);
    expect(() => compareDecimals("1", "x")).toThrow(/not a decimal/);
  });

  it("have shares that are off by half a cent at most, to the even cent where they lie between two", () => {
    fc.assert(
      fc.property(decimal, decimal, (amount, percent) => {
        const share = shareOf(amount.text, percent.text, 2);
        expect(share).toMatch(/^(0|[1-9]\d*)\.\d\d$/);
        const cents = BigInt(share.replace(".", ""));
        const off = cents * 10n ** 8n - amount.tenThousandths * percent.tenThousandths;
        const size = (off < 0n ? -off : off) * 2n;
        expect(size).toBeLessThanOrEqual(10n ** 8n);
        if (size === 10n ** 8n) {
          expect(cents % 2n).toBe(0n);
        }
      }),
    );
    expect(shareOf("1200.00", "10", 2)).toBe("120.00");
    expect(shareOf("0.10", "25", 2)).toBe("0.02"); // 2.5 cents
    expect(shareOf("0.30", "25", 2)).toBe("0.08"); // 7.5 cents
    expect(shareOf("1.005", "100", 2)).toBe("1.00"); // and not what binary numbers make of it
  });

  it("have as many decimals as the currency", () => {
    expect(["EUR", "JPY", "KWD", "CLF"].map(minorUnits)).toEqual([2, 0, 3, 4]);
    expect(shareOf("1005", "50", minorUnits("JPY"))).toBe("502"); // 502.5
    expect(shareOf("1.001", "50", minorUnits("KWD"))).toBe("0.500"); // 0.5005
  });

  it("become percentages without losing a digit", () => {
    const cases = {
      "0.995": "99.5",
      "0.9950": "99.50",
      "0.9": "90",
      "0.05": "5",
      "0.0001": "0.01",
      "1": "100",
      "0": "0",
    };
    for (const [fraction, percent] of Object.entries(cases)) {
      expect(percentOf(fraction)).toBe(percent);
    }
    fc.assert(
      fc.property(decimal, ({ text }) => {
        // A hundredth of the percentage is the fraction again.
        expect(compareDecimals(shareOf("1", percentOf(text), 12), text)).toBe(0);
      }),
    );
  });

  it("are written with their thousands apart and every digit kept", () => {
    expect(groupedDecimal("1234567.50")).toBe("1,234,567.50");
    expect(groupedDecimal("999")).toBe("999");
    expect(groupedDecimal("-1000")).toBe("−1,000");
    expect(groupedDecimal("about 5")).toBe("about 5");
    expect(money("1200.00", "EUR")).toBe("1,200.00 EUR");
    expect(money("5", null)).toBe("5");
  });
});
