import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, addMonths, dateIn, dayOf, lanesOf, startOf, weeksOf } from "./calendar";

const HOUR = 3_600_000;
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago", // skips midnight
  "Africa/Cairo", // skips midnight
  "America/Havana", // has midnight twice
  "Australia/Lord_Howe", // half an hour
  "Asia/Kathmandu",
];
const dates = fc.date({ min: new Date("2023-01-01"), max: new Date("2028-01-01"), noInvalidDate: true });

describe("days", () => {
  it("begin with the first instant that has their date, in every zone", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), dates, (zone, at) => {
        const date = at.toISOString().slice(0, 10);
        const from = startOf(date, zone);
        expect(dateIn(new Date(from), zone)).toBe(date);
        expect(dateIn(new Date(from - 60_000), zone)).toBe(addDays(date, -1));
      }),
    );
  });

  it("have 23 and 25 hours where clocks change", () => {
    const hours = (date: string, zone: string) => (dayOf(date, zone).to - dayOf(date, zone).from) / HOUR;
    expect(hours("2026-03-29", "Europe/Berlin")).toBe(23);
    expect(hours("2026-10-25", "Europe/Berlin")).toBe(25);
    expect(hours("2026-09-06", "America/Santiago")).toBe(23);
    expect(hours("2026-11-01", "America/Havana")).toBe(25);
    expect(hours("2026-10-25", "UTC")).toBe(24);
  });
});

describe("months", () => {
  it("are whole weeks from Monday that follow one another and hold every day of the month", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), dates, (zone, at) => {
        const month = at.toISOString().slice(0, 7);
        const days = weeksOf(month, zone).flat();
        expect(days.length % 7).toBe(0);
        expect(new Date(`${days[0]?.date}T00:00:00Z`).getUTCDay()).toBe(1);
        days.slice(1).forEach((day, i) => {
          expect(day.from).toBe(days[i]?.to);
        });
        const own = days.filter((d) => d.date.startsWith(month)).length;
        expect(own).toBe(new Date(Date.parse(`${addMonths(month, 1)}-01T00:00:00Z`) - 1).getUTCDate());
      }),
      { numRuns: 40 },
    );
  });

  it("go on over the turn of the year", () => {
    expect(addMonths("2026-12", 1)).toBe("2027-01");
    expect(addMonths("2026-01", -1)).toBe("2025-12");
  });
});

describe("lanes", () => {
  const week = weeksOf("2026-11", "UTC")[0] ?? [];
  const start = week[0]?.from ?? 0;
  const iso = (hours: number) => new Date(start + hours * HOUR).toISOString();

  it("keep an event in one place from day to day, and never put two into one", () => {
    const event = fc.record({
      from: fc.integer({ min: -30, max: 160 }),
      length: fc.integer({ min: 1, max: 80 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (made) => {
        const events = made.map((m, id) => ({ id, from: iso(m.from), to: iso(m.from + m.length) }));
        const days = lanesOf(week, events);
        for (const e of events) {
          const places = days.flatMap((day, i) =>
            day.flatMap((piece, lane) => (piece?.event.id === e.id ? [{ i, lane }] : [])),
          );
          const touched = week.filter((d) => Date.parse(e.from) < d.to && Date.parse(e.to) > d.from);
          expect(places.map((p) => p.i)).toEqual(touched.map((d) => week.indexOf(d)));
          expect(new Set(places.map((p) => p.lane)).size).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("end at midnight without showing on the next day", () => {
    const days = lanesOf(week, [{ from: iso(22), to: iso(24) }]);
    expect(days.map((d) => d.length)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(days[0]?.[0]).toMatchObject({ begins: true, ends: true });
  });
});
