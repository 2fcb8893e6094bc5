import { dateIn } from "@/lib/calendar";
import { fromField, rfc3339 } from "@/lib/time";
import { listed } from "@/lib/words";

/** How often something repeats, as the form edits it. */
export interface Repeat {
  every: "once" | "daily" | "weekly" | "monthly" | "custom";
  /** Every so many days, weeks or months. */
  interval: string;
  /** Days of a weekly rule: MO, TU, … */
  days: string[];
  /** Whether a monthly rule keeps the date (the 14th) or the weekday (the 2nd Tuesday, the last Sunday). */
  monthly: "date" | "weekday" | "last";
  ends: "never" | "on" | "after";
  /** The last day: 2026-12-31. */
  until: string;
  count: string;
  /** The rule itself, where it is written by hand. */
  custom: string;
}

/** Days of the week, Monday first. */
export const weekdays: readonly { code: string; short: string; long: string }[] = [
  { code: "MO", short: "Mo", long: "Monday" },
  { code: "TU", short: "Tu", long: "Tuesday" },
  { code: "WE", short: "We", long: "Wednesday" },
  { code: "TH", short: "Th", long: "Thursday" },
  { code: "FR", short: "Fr", long: "Friday" },
  { code: "SA", short: "Sa", long: "Saturday" },
  { code: "SU", short: "Su", long: "Sunday" },
];

/** What does not repeat. */
export const once: Repeat = {
  every: "once",
  interval: "1",
  days: [],
  monthly: "date",
  ends: "never",
  until: "",
  count: "10",
  custom: "",
};

const frequencies = { daily: "DAILY", weekly: "WEEKLY", monthly: "MONTHLY" } as const;

/** The weekday of a date-time as fields have it, and the how-manieth it is in its month. */
export function weekdayOf(start: string): { code: string; long: string; nth: number; day: number } {
  const date = new Date(`${start.slice(0, 10)}T00:00:00Z`);
  const found = weekdays[(date.getUTCDay() + 6) % 7];
  const day = Number.isNaN(date.getTime()) ? 1 : date.getUTCDate();
  return { code: found?.code ?? "MO", long: found?.long ?? "Monday", nth: Math.ceil(day / 7), day };
}

/** The rule that a form describes, for a first occurrence at a date-time in a zone; null for once. */
export function ruleOf(repeat: Repeat, start: string, zone: string): string | null {
  if (repeat.every === "once") {
    return null;
  }
  if (repeat.every === "custom") {
    return repeat.custom.trim().replace(/^RRULE:/i, "");
  }
  const parts = [`FREQ=${frequencies[repeat.every]}`];
  if (Number(repeat.interval) > 1) {
    parts.push(`INTERVAL=${Number(repeat.interval)}`);
  }
  if (repeat.every === "weekly") {
    parts.push(`BYDAY=${weekdays.flatMap((d) => (repeat.days.includes(d.code) ? [d.code] : [])).join(",")}`);
  }
  if (repeat.every === "monthly") {
    const { code, nth, day } = weekdayOf(start);
    const dates = { date: `BYMONTHDAY=${day}`, weekday: `BYDAY=${nth}${code}`, last: `BYDAY=-1${code}` };
    parts.push(dates[repeat.monthly]);
  }
  return [...parts, ...endOf(repeat, zone)].join(";");
}

function endOf(repeat: Repeat, zone: string): string[] {
  switch (repeat.ends) {
    case "on": {
      const last = fromField(`${repeat.until}T23:59:59`, zone);
      return last ? [`UNTIL=${rfc3339(last).replaceAll(/[-:]/g, "")}`] : [];
    }
    case "after":
      return [`COUNT=${Number(repeat.count)}`];
    default:
      return [];
  }
}

/** The form of a rule; what the fields cannot say stays as it is written. */
export function repeatOf(rule: string | null | undefined, start: string, zone: string): Repeat {
  if (!rule) {
    return once;
  }
  const custom: Repeat = { ...once, every: "custom", custom: rule };
  const parts = new Map(
    rule.split(";").map((p): [string, string] => [p.split("=")[0] ?? "", p.split("=")[1] ?? ""]),
  );
  const every = (["daily", "weekly", "monthly"] as const).find((f) => frequencies[f] === parts.get("FREQ"));
  if (!every) {
    return custom;
  }
  const until = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(parts.get("UNTIL") ?? "");
  const guess: Repeat = {
    ...once,
    every,
    interval: parts.get("INTERVAL") ?? "1",
    days: every === "weekly" ? (parts.get("BYDAY") ?? "").split(",") : [],
    monthly: parts.has("BYMONTHDAY") ? "date" : parts.get("BYDAY")?.startsWith("-1") ? "last" : "weekday",
    ...(parts.has("COUNT") ? { ends: "after" as const, count: parts.get("COUNT") ?? "" } : {}),
    ...(until
      ? {
          ends: "on" as const,
          until: dateIn(
            new Date(rule.replace(/.*UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*/, "$1-$2-$3T$4:$5:$6Z")),
            zone,
          ),
        }
      : {}),
  };
  // Whatever the form would write differently, it would change without being asked.
  return ruleOf(guess, start, zone) === sorted(rule) ? guess : custom;
}

/** The parts of a rule in the order in which the form writes them. */
function sorted(rule: string): string {
  const order = ["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "UNTIL", "COUNT"];
  const rank = (part: string) => order.indexOf(part.split("=")[0] ?? "");
  return rule
    .split(";")
    .filter((p) => p !== "INTERVAL=1")
    .toSorted((a, b) => rank(a) - rank(b))
    .join(";");
}

const ordinals = ["", "first", "second", "third", "fourth", "fifth"];

/** The rule in words, without its time of day; "" where only the server can say it. */
export function repeatText(repeat: Repeat, start: string): string {
  const n = Number(repeat.interval);
  const often = (one: string, many: string) => (n > 1 ? `every ${n} ${many}` : `every ${one}`);
  const { long, nth, day } = weekdayOf(start);
  const ends =
    repeat.ends === "on" && repeat.until
      ? ` until ${repeat.until}`
      : repeat.ends === "after"
        ? `, ${Number(repeat.count)} times`
        : "";
  switch (repeat.every) {
    case "once":
      return "once";
    case "daily":
      return `${often("day", "days")}${ends}`;
    case "weekly": {
      const names = weekdays.flatMap((d) => (repeat.days.includes(d.code) ? [d.long] : []));
      return `${often("week", "weeks")} on ${listed(names)}${ends}`;
    }
    case "monthly": {
      const which = { date: `day ${day}`, weekday: `the ${ordinals[nth]} ${long}`, last: `the last ${long}` };
      return `${often("month", "months")} on ${which[repeat.monthly]}${ends}`;
    }
    default:
      return "";
  }
}

/** What is wrong with a form of a recurrence; undefined if nothing is. */
export function repeatError(repeat: Repeat, start: string): string | undefined {
  if (repeat.every === "once") {
    return undefined;
  }
  if (repeat.every === "custom") {
    return repeat.custom.trim() === ""
      ? "Write a rule, for example FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24."
      : undefined;
  }
  if (!/^[1-9]\d{0,2}$/.test(repeat.interval)) {
    return "Write how many days, weeks or months lie between: a whole number from 1 to 999.";
  }
  if (repeat.every === "weekly" && repeat.days.length === 0) {
    return "Choose at least one day of the week.";
  }
  if (repeat.ends === "on" && !(repeat.until >= start.slice(0, 10))) {
    return "Choose a last day that is not before the first.";
  }
  return repeat.ends === "after" && !/^[1-9]\d{0,3}$/.test(repeat.count)
    ? "Write how often it takes place: a whole number from 1 to 9999."
    : undefined;
}
