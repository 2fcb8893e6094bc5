/** Months, weeks and days in a time zone, where a day may have 23 or 25 hours. */

import { fromField, toField } from "./time";

/** One day of a calendar: (from, to] in milliseconds since 1970. */
export interface Day {
  /** 2026-11-23 */
  date: string;
  from: number;
  to: number;
}

const DAY = 86_400_000;
const QUARTER = 900_000;

/** The date that calendars in a zone show: 2026-11-23. */
export function dateIn(at: Date, zone: string): string {
  return toField(at, zone).slice(0, 10);
}

/** The date some days after another; dates have no zone. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The month some months after another: 2026-12 and 1 is 2027-01. */
export function addMonths(month: string, months: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

/** The instant at which a date begins; where clocks skip midnight, the first instant that has the date. */
export function startOf(date: string, zone: string): number {
  let at = (fromField(`${date}T00:00`, zone) ?? new Date(`${date}T00:00:00Z`)).getTime();
  // Where midnight is skipped, the arithmetic of offsets may land before it.
  while (dateIn(new Date(at), zone) < date) {
    at += QUARTER;
  }
  return at;
}

/** One day of a calendar in a zone. */
export function dayOf(date: string, zone: string): Day {
  return { date, from: startOf(date, zone), to: startOf(addDays(date, 1), zone) };
}

/** The weeks that hold the days of a month, from Monday to Sunday. */
export function weeksOf(month: string, zone: string): Day[][] {
  const first = `${month}-01`;
  const weekday = (new Date(`${first}T00:00:00Z`).getUTCDay() + 6) % 7;
  const weeks: Day[][] = [];
  for (let date = addDays(first, -weekday); date < `${addMonths(month, 1)}-01`; date = addDays(date, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, i) => dayOf(addDays(date, i), zone)));
  }
  return weeks;
}

/** A stretch of time that a calendar shows. */
export interface Event {
  from: string;
  to: string;
}

/** What one day shows of an event. */
export interface Piece<E extends Event> {
  event: E;
  begins: boolean;
  ends: boolean;
}

const touches = (event: Event, day: Day) =>
  Date.parse(event.from) < day.to && Date.parse(event.to) > day.from;

/**
 * The events of a week as lanes of each day: an event keeps its lane from day to
 * day, null is an empty place above another.
 */
export function lanesOf<E extends Event>(week: readonly Day[], events: readonly E[]): (Piece<E> | null)[][] {
  const days: (Piece<E> | null)[][] = week.map(() => []);
  for (const event of events.toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from))) {
    const on = week.flatMap((day, i) => (touches(event, day) ? [i] : []));
    let lane = 0;
    while (on.some((i) => days[i]?.[lane])) {
      lane += 1;
    }
    for (const i of on) {
      const [places, day] = [days[i], week[i]];
      if (places && day) {
        while (places.length < lane) {
          places.push(null);
        }
        places[lane] = {
          event,
          begins: Date.parse(event.from) >= day.from,
          ends: Date.parse(event.to) <= day.to,
        };
      }
    }
  }
  return days;
}

/** Months as people write them: November 2026. */
export function monthName(month: string): string {
  return new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-15T12:00:00Z`),
  );
}

/** Dates as people write them: Monday 23 November 2026. */
export function dateName(date: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  })
    .format(new Date(`${date}T12:00:00Z`))
    .replace(",", "");
}
