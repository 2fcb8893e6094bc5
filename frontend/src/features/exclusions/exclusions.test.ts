import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExclusionForm, errorsOf, fieldOf, inputOf, lengthOf, newForm } from "./form";
import {
  once,
  type Repeat,
  repeatError,
  repeatOf,
  repeatText,
  ruleOf,
  weekdayOf,
  weekdays,
} from "./recurrence";
import { parseExclusionsSearch } from "./search";
import { samePerson, stretchText } from "./words";

const start = "2026-11-29T02:00"; // the fifth Sunday
const weekly: Repeat = { ...once, every: "weekly", days: ["SU", "MO"] };

describe("a recurrence", () => {
  it("is written as a rule", () => {
    expect(ruleOf(once, start, "UTC")).toBeNull();
    expect(ruleOf(weekly, start, "UTC")).toBe("FREQ=WEEKLY;BYDAY=MO,SU");
    expect(ruleOf({ ...once, every: "monthly", monthly: "last" }, start, "UTC")).toBe(
      "FREQ=MONTHLY;BYDAY=-1SU",
    );
    expect(ruleOf({ ...once, every: "monthly", monthly: "weekday" }, start, "UTC")).toBe(
      "FREQ=MONTHLY;BYDAY=5SU",
    );
    expect(ruleOf({ ...once, every: "daily", interval: "2", ends: "after", count: "5" }, start, "UTC")).toBe(
      "FREQ=DAILY;INTERVAL=2;COUNT=5",
    );
    expect(ruleOf({ ...once, every: "custom", custom: " RRULE:FREQ=YEARLY " }, start, "UTC")).toBe(
      "FREQ=YEARLY",
    );
  });

  it("ends with the last second of its last day in its own zone", () => {
    const rule = ruleOf({ ...once, every: "daily", ends: "on", until: "2026-12-31" }, start, "Europe/Berlin");
    expect(rule).toBe("FREQ=DAILY;UNTIL=20261231T225959Z");
  });

  it("is read back from the rule that it was written as", () => {
    const digits = (max: number) => fc.integer({ min: 1, max }).map(String);
    const repeat = fc.record({
      every: fc.constantFrom("daily", "weekly", "monthly"),
      interval: digits(99),
      days: fc.subarray(
        weekdays.map((d) => d.code),
        { minLength: 1 },
      ),
      monthly: fc.constantFrom("date", "weekday", "last"),
      ends: fc.constantFrom("never", "on", "after"),
      until: fc.constantFrom("2026-12-31", "2027-03-28", "2027-10-31"),
      count: digits(500),
    }) as fc.Arbitrary<Omit<Repeat, "custom">>;
    fc.assert(
      fc.property(repeat, fc.constantFrom("UTC", "Europe/Berlin", "America/Havana"), (made, zone) => {
        const rule = ruleOf({ ...made, custom: "" }, start, zone);
        const read = repeatOf(rule, start, zone);
        expect(read.every).toBe(made.every);
        expect(ruleOf(read, start, zone)).toBe(rule);
        expect(repeatText(read, start)).toBe(repeatText({ ...made, custom: "" }, start));
      }),
    );
  });

  it("stays as it is written where the fields cannot say it", () => {
    for (const rule of [
      "FREQ=YEARLY;BYMONTH=12",
      "FREQ=MONTHLY;BYDAY=2TU", // begins on a Sunday
      "FREQ=WEEKLY;BYDAY=MO;BYHOUR=3",
      "FREQ=WEEKLY;BYDAY=MO;WKST=SU",
    ]) {
      const read = repeatOf(rule, start, "UTC");
      expect(read.every).toBe("custom");
      expect(ruleOf(read, start, "UTC")).toBe(rule);
    }
  });

  it("is told in words", () => {
    expect(repeatText(weekly, start)).toBe("every week on Monday and Sunday");
    expect(repeatText({ ...once, every: "monthly", monthly: "last", interval: "3" }, start)).toBe(
      "every 3 months on the last Sunday",
    );
    expect(weekdayOf(start)).toMatchObject({ code: "SU", nth: 5, day: 29 });
  });

  it("says what is wrong with it", () => {
    expect(repeatError({ ...weekly, days: [] }, start)).toMatch(/one day/);
    expect(repeatError({ ...weekly, interval: "0" }, start)).toMatch(/whole number/);
    expect(repeatError({ ...weekly, ends: "on", until: "2026-11-01" }, start)).toMatch(/not before/);
    expect(repeatError({ ...once, every: "custom" }, start)).toMatch(/RRULE|FREQ/);
    expect(repeatError(weekly, start)).toBeUndefined();
  });
});

describe("the form", () => {
  const now = new Date("2026-11-25T10:00:00Z");
  const filled: ExclusionForm = {
    ...newForm("Europe/Berlin", now, { slo: "checkout" }),
    title: "Upgrade",
    reason: "announced",
  };

  it("begins with tomorrow night, or with what somebody pointed at", () => {
    expect(filled.start).toBe("2026-11-26T02:00");
    const pointed = newForm("UTC", now, { from: "2026-11-01T10:00:00Z", to: "2026-11-01T11:30:00Z" });
    expect(lengthOf(pointed)).toBe(5400);
  });

  it("is sent as instants of its zone", () => {
    expect(inputOf({ ...filled, labels: ["team=a=b"], length: "90", unit: "m" }, " Ada ", null)).toEqual({
      title: "Upgrade",
      reason: "announced",
      kind: "MAINTENANCE",
      scope: { slos: ["checkout"], services: [], labels: { team: "a=b" } },
      start: "2026-11-26T01:00:00Z",
      length: "90m",
      rrule: null,
      timeZone: null,
      exceptDates: [],
      by: "Ada",
    });
    expect(inputOf({ ...filled, repeat: weekly }, "Ada", null).timeZone).toBe("Europe/Berlin");
  });

  it("counts what passes from wall clock to wall clock when clocks change", () => {
    const over: ExclusionForm = { ...filled, by: "end", start: "2026-03-29T01:00", end: "2026-03-29T04:00" };
    expect(lengthOf(over)).toBe(2 * 3600);
  });

  it("says at which field something is wrong", () => {
    expect(errorsOf(filled)).toEqual({});
    expect(
      Object.keys(errorsOf({ ...filled, title: " ", reason: "", slos: [], start: "", length: "-1" })),
    ).toEqual(["title", "reason", "scope", "start", "length"]);
    expect(errorsOf({ ...filled, labels: ["team"] }).scope).toMatch(/name=value/);
    expect(errorsOf({ ...filled, by: "end", end: filled.start }).length).toMatch(/after the start/);
    expect(fieldOf("rrule")).toBe("repeat");
    expect(fieldOf("scope.slos")).toBe("scope");
    expect(fieldOf("nonsense")).toBeNull();
  });
});

describe("the address", () => {
  it("keeps what makes sense and drops the rest", () => {
    expect(
      parseExclusionsSearch({
        month: "2026-11",
        view: "list",
        kind: "MAINTENANCE",
        open: "a",
        from: "2026-11-01T00:00:00Z",
      }),
    ).toEqual({
      month: "2026-11",
      view: "list",
      kind: "MAINTENANCE",
      open: "a",
      from: "2026-11-01T00:00:00Z",
    });
    expect(parseExclusionsSearch({ month: "2026-13", view: "x", kind: "X", state: 3, from: "soon" })).toEqual(
      {},
    );
    expect(parseExclusionsSearch({ create: "1", edit: "a" })).toEqual({ edit: "a" });
  });
});

describe("words", () => {
  it("name the second day only where it is another", () => {
    expect(stretchText("2026-11-29T01:00:00Z", "2026-11-29T03:00:00Z", "Europe/Berlin")).toBe(
      "2026-11-29 02:00 – 04:00",
    );
    expect(stretchText("2026-11-29T22:00:00Z", "2026-11-29T23:30:00Z", "Europe/Berlin")).toBe(
      "2026-11-29 23:00 – 2026-11-30 00:30",
    );
  });

  it("know one person by another spelling", () => {
    expect(samePerson("Ada  Lovelace", "ada lovelace")).toBe(true);
    expect(samePerson("Ada", "Grace")).toBe(false);
  });
});
