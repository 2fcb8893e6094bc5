import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PlotSeriesFragment } from "@/gql/graphql";
import { parseSearch, stringifySearch } from "@/lib/search-params";
import { errorFraction, timeWorth } from "@/lib/worth";
import { known } from "./BurnRates";
import { csvOf } from "./PlotTable";
import { aboveZero, burnDownLimits, sliLimits } from "./plot-kinds";
import {
  groupKey,
  labelsOf,
  labelText,
  parseSloSearch,
  windowChoices,
  windowInput,
  windowTitle,
} from "./search";
import { stepOf, within } from "./series";
import { steadied } from "./use-series";

describe("the address of an SLO", () => {
  it("is read and written without change", () => {
    const search = {
      objective: "within 1 s",
      window: "month",
      tz: "Europe/Berlin",
      asOf: "2026-11-01T00:00:00Z",
      from: "2026-10-01T00:00:00Z",
      to: "2026-10-02T00:00:00Z",
      group: '{"region":"<b>&\\"eu"}',
      explain: "1",
    };
    expect(parseSloSearch(parseSearch(stringifySearch(search)))).toEqual(search);
  });

  it("leaves out what makes no sense", () => {
    expect(
      parseSloSearch({
        window: "9y",
        tz: "Mars/Base",
        asOf: "soon",
        from: "2026-10-02T00:00:00Z",
        to: "2026-10-01T00:00:00Z",
        group: "[1]",
        explain: "yes",
      }),
    ).toEqual({});
  });

  it("means the same when it is read twice, whatever somebody typed", () => {
    const keys = fc.constantFrom("objective", "window", "tz", "asOf", "from", "to", "group", "explain");
    fc.assert(
      fc.property(
        fc.dictionary(keys, fc.oneof(fc.string(), fc.constant("2026-01-01T00:00:00.5Z"), fc.json())),
        (typed) => {
          const once = parseSloSearch(typed);
          expect(parseSloSearch(parseSearch(stringifySearch({ ...once })))).toEqual(once);
        },
      ),
    );
  });
});

describe("windows", () => {
  it("of the SLO itself are not asked for", () => {
    expect(windowInput({}, "Europe/Berlin")).toBeNull();
  });

  it("of a calendar have the zone of the address, else the reader's; rolling ones have none", () => {
    expect(windowInput({ window: "month" }, "Europe/Berlin")).toEqual({
      duration: "1M",
      calendar: true,
      timeZone: "Europe/Berlin",
    });
    expect(windowInput({ window: "day", tz: "Asia/Tokyo" }, "UTC")?.timeZone).toBe("Asia/Tokyo");
    expect(windowInput({ window: "7d", tz: "Asia/Tokyo" }, "Europe/Berlin")?.timeZone).toBe("UTC");
  });

  it("are told apart by their values", () => {
    expect(new Set(windowChoices.map((w) => w.value)).size).toBe(windowChoices.length);
  });
});

describe("the window that is shown", () => {
  it("is told as it is, calendars with their zone", () => {
    expect(windowTitle({}, "rolling 30 days", "UTC")).toBe("rolling 30 days");
    expect(windowTitle({ window: "7d" }, "rolling 30 days", "UTC")).toBe("rolling 7 days");
    expect(windowTitle({ window: "month" }, "rolling 30 days", "Europe/Berlin")).toBe(
      "calendar month (Europe/Berlin)",
    );
  });
});

describe("burn pairs", () => {
  const pair = { long: 0.5, short: 0.5, longCoverage: 1, shortCoverage: 0.95 };

  it("are known only if enough of both windows was measured", () => {
    expect(known(pair)).toBe(true);
    expect(known({ ...pair, short: null })).toBe(false);
    expect(known({ ...pair, longCoverage: 0.001 })).toBe(false);
  });
});

describe("groups", () => {
  it("have one address, however their labels are ordered", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { minKeys: 1, noNullPrototype: true }),
        (labels) => {
          const turned = Object.fromEntries(Object.entries(labels).toReversed());
          expect(groupKey(turned)).toBe(groupKey(labels));
          expect(labelsOf(groupKey(labels))).toEqual(labels);
        },
      ),
    );
  });

  it("are read from nothing but an object of strings", () => {
    for (const text of [undefined, "", "{", "null", "[]", "{}", '{"a":1}', '"a"']) {
      expect(labelsOf(text)).toBeNull();
    }
    expect(labelText({ a: "1", b: "2" })).toBe("a = 1, b = 2");
  });
});

describe("what a budget is worth", () => {
  const budget = {
    from: "2026-10-01T00:00:00Z",
    to: "2026-10-31T00:00:00Z",
    target: "0.999",
    remaining: 0.5,
  };

  it("is a length of full outage", () => {
    expect(timeWorth(budget)?.whole).toBeCloseTo(2592, 9);
    expect(timeWorth(budget)?.left).toBeCloseTo(1296, 9);
    expect(timeWorth({ ...budget, remaining: -1 })?.left).toBeCloseTo(-2592, 9);
    expect(timeWorth({ ...budget, remaining: null })).toBeNull();
  });

  it("is formed on the decimals", () => {
    expect(errorFraction("0.999")).toBe(0.001);
    expect(errorFraction("0.9")).toBe(0.1);
    expect(errorFraction("0.99995")).toBe(0.00005);
  });
});

const data = (values: (number | null)[]) => ({
  x: values.map((_, i) => i),
  columns: [values],
  gaps: [],
  estimated: [],
});

describe("limits of plots", () => {
  it("show an overdrawn budget and the zero line, but no bottomless pit", () => {
    expect(burnDownLimits(data([1, 0.5]))[0]).toBeLessThanOrEqual(0);
    expect(burnDownLimits(data([1, -0.5]))[0]).toBeLessThan(-0.5);
    expect(burnDownLimits(data([1, -80]))[0]).toBeGreaterThan(-3.3);
  });

  it("always have room, for every series", () => {
    const value = fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { nil: null });
    const ratio = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(value), fc.array(ratio), (any, ratios) => {
        for (const [low, high] of [
          burnDownLimits(data(any)),
          aboveZero(data(any), 1),
          sliLimits(data(ratios), 0.999),
        ]) {
          expect(high).toBeGreaterThan(low);
        }
      }),
    );
  });

  it("of an SLI show the target even if nothing came near it", () => {
    expect(sliLimits(data([1, 1]), 0.99)[0]).toBeLessThan(0.99);
    expect(sliLimits(data([]), 0.99)[0]).toBeLessThan(0.99);
  });
});

describe("the stretch of the plots", () => {
  const day = (n: number, minute = 0) =>
    `2026-11-${String(n).padStart(2, "0")}T00:${String(minute).padStart(2, "0")}:00Z`;

  it("follows the clock in steps", () => {
    const held = { from: day(1), to: day(20) };
    expect(steadied(held, { from: day(1, 2), to: day(20, 2) })).toBe(held);
    expect(steadied(held, { from: day(1, 9), to: day(20, 9) })).not.toBe(held);
  });

  it("changes at once when another window or instant is chosen", () => {
    const held = { from: day(1), to: day(20) };
    expect(steadied(held, { from: day(13), to: day(20) })).toEqual({ from: day(13), to: day(20) });
    expect(steadied(held, { from: day(1), to: day(19) })).toEqual({ from: day(1), to: day(19) });
    expect(steadied(null, held)).toBe(held);
  });
});

describe("a series", () => {
  const series: PlotSeriesFragment = {
    kind: "SLI",
    from: "2026-11-01T00:00:00Z",
    to: "2026-11-01T00:03:00Z",
    step: "1m",
    columns: ["sli", "=cmd|' /C calc'!A0"],
    points: [1, 2, 3].map((m) => ({
      at: `2026-11-01T00:0${m}:00Z`,
      values: [m === 2 ? null : 0.5, 0.9],
      coverage: m === 2 ? 0 : 1,
      estimated: m === 3,
    })),
  };

  it("is saved with unknown cells empty and names disarmed", () => {
    expect(csvOf(series)).toBe(
      "at,sli,'=cmd|' /C calc'!A0,coverage,note\r\n2026-11-01T00:01:00Z,0.5,0.9,1,\r\n2026-11-01T00:02:00Z,,0.9,0,\r\n2026-11-01T00:03:00Z,0.5,0.9,1,estimated\r\n",
    );
  });

  it("knows its step, by its points if it must", () => {
    expect(stepOf(series)).toBe(60);
    expect(stepOf({ ...series, step: "1M" })).toBe(60);
  });

  it("is cut to what is shown", () => {
    expect(within(series, { from: "2026-11-01T00:01:00Z", to: "2026-11-01T00:01:30Z" }).points).toHaveLength(
      1,
    );
  });
});
