import { describe, expect, it } from "vitest";
import { amount, countedOf, headings, spentOfAllowed, spentText } from "./counted";

describe("what a budget counts", () => {
  it("is slices whenever time is sliced, whatever is in them", () => {
    expect(countedOf("TIMESLICES", "EVENTS")).toBe("slices");
    expect(countedOf("TIMESLICES", "SECONDS")).toBe("slices");
    expect(countedOf("RATIO_TIMESLICES", "SECONDS")).toBe("shares");
    expect(countedOf("OCCURRENCES", "SECONDS")).toBe("seconds");
    expect(countedOf("OCCURRENCES", "EVENTS")).toBe("events");
  });

  it("is told in its own words", () => {
    expect(spentText({ spent: 12_300, allowed: 40_100 }, "events")).toBe("12.3 k of 40.1 k allowed errors");
    expect(spentText({ spent: 90, allowed: 2592 }, "seconds")).toBe("1 min 30 s of 43 min allowed");
    expect(spentText({ spent: 248, allowed: 172.8 }, "slices", "5m")).toBe(
      "248 of 173 allowed bad slices of 5 min",
    );
    expect(spentText({ spent: 324.8, allowed: 403.2 }, "shares")).toBe(
      "the worth of 325 of 403 allowed slices",
    );
    expect(headings.slices.spent).toBe("Bad slices");
  });

  it("fits into a row", () => {
    expect(spentOfAllowed({ spent: 248, allowed: 172.8 }, "slices")).toBe("248 / 173 slices");
    expect(spentOfAllowed({ spent: 3330, allowed: 3024 }, "seconds")).toBe("55 min / 50 min");
    expect(spentOfAllowed({ spent: 1, allowed: 2 }, "events")).toBe("1 / 2");
  });

  it("stays unknown where it is unknown", () => {
    for (const counted of ["events", "seconds", "slices", "shares"] as const) {
      expect(amount(null, counted)).toBe("—");
      expect(amount(Number.NaN, counted)).toBe("—");
      expect(spentText({ spent: 1, allowed: null }, counted)).toBeNull();
      expect(spentOfAllowed({ spent: null, allowed: 1 }, counted)).toBe("");
    }
  });
});
