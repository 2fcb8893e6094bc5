/** Instants in the time zone that the reader chose. */

/** "browser", "UTC" or an IANA name. */
export type ZoneChoice = string;

/** The IANA name behind a choice. */
export function zoneName(choice: ZoneChoice): string {
  return choice === "browser" ? Intl.DateTimeFormat().resolvedOptions().timeZone : choice;
}

/** Whether the platform knows a zone of that name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}\n${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, found);
  }
  return found;
}

interface Civil {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

function civil(at: Date, zone: string): Civil {
  const parts = format(zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(at);
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.find((p) => p.type === type)?.value ?? "";
  return {
    year: get("year").padStart(4, "0"),
    month: get("month"),
    day: get("day"),
    hour: get("hour"),
    minute: get("minute"),
    second: get("second"),
  };
}

/** 2026-11-23 14:05 */
export function dateTime(at: Date, zone: string): string {
  const c = civil(at, zone);
  return `${c.year}-${c.month}-${c.day} ${c.hour}:${c.minute}`;
}

/** 2026-11-23 14:05:09 UTC: for titles, where nothing may be in doubt. */
export function fullDateTime(at: Date, zone: string): string {
  const c = civil(at, zone);
  return `${c.year}-${c.month}-${c.day} ${c.hour}:${c.minute}:${c.second} ${zoneLabel(at, zone)}`;
}

/** 14:05:09 */
export function clock(at: Date, zone: string): string {
  const c = civil(at, zone);
  return `${c.hour}:${c.minute}:${c.second}`;
}

/** 23 Nov 14:05, with the year if it is another than now's. */
export function shortDateTime(at: Date, zone: string, now: Date): string {
  const sameYear = civil(at, zone).year === civil(now, zone).year;
  const c = civil(at, zone);
  const month = format(zone, { month: "short" }).format(at);
  return `${Number(c.day)} ${month}${sameYear ? "" : ` ${c.year}`} ${c.hour}:${c.minute}`;
}

/** UTC, CET, GMT+5:30 */
export function zoneLabel(at: Date, zone: string): string {
  const part = format(zone, { timeZoneName: "short" }).formatToParts(at);
  return part.find((p) => p.type === "timeZoneName")?.value ?? zone;
}

/** The value of a datetime-local field: 2026-11-23T14:05 */
export function toField(at: Date, zone: string): string {
  return dateTime(at, zone).replace(" ", "T");
}

/** The instant at which clocks in zone show the value of a datetime-local field; null if it is malformed. */
export function fromField(text: string, zone: string): Date | null {
  const naive = new Date(`${text}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text) || Number.isNaN(naive.getTime())) {
    return null;
  }
  // The offset at the guess may be that before a change of clocks: the second step uses the offset at the result.
  const first = new Date(naive.getTime() - offset(naive, zone));
  return new Date(naive.getTime() - offset(first, zone));
}

/** Milliseconds by which clocks in zone are ahead of UTC. */
export function offset(at: Date, zone: string): number {
  const c = civil(at, zone);
  const shown = Date.UTC(
    Number(c.year),
    Number(c.month) - 1,
    Number(c.day),
    Number(c.hour),
    Number(c.minute),
    Number(c.second),
  );
  return shown - Math.floor(at.getTime() / 1000) * 1000;
}

/** An instant from text; null if it is none. */
export function parseInstant(text: string | undefined): Date | null {
  if (!text || !/^\d{4}-\d\d-\d\dT/.test(text)) {
    return null;
  }
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** RFC 3339 in UTC without a fraction of a second, as the server writes it. */
export function rfc3339(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
