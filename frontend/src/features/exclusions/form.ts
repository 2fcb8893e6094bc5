import type { ExclusionDefinitionFragment, ExclusionInput, ExclusionKind } from "@/gql/graphql";
import { addDays, dateIn } from "@/lib/calendar";
import { durationSeconds } from "@/lib/duration";
import { fromField, rfc3339, toField } from "@/lib/time";
import { once, type Repeat, repeatError, repeatOf, ruleOf } from "./recurrence";

/** An exclusion as the form edits it. Date-times are those of its zone. */
export interface ExclusionForm {
  title: string;
  reason: string;
  kind: ExclusionKind;
  slos: string[];
  services: string[];
  /** name=value */
  labels: string[];
  zone: string;
  start: string;
  /** Whether the length is written, or the end. */
  by: "length" | "end";
  length: string;
  unit: "m" | "h" | "d";
  end: string;
  repeat: Repeat;
  exceptDates: string[];
}

export type FieldName = "title" | "reason" | "scope" | "start" | "length" | "repeat" | "zone";
export type FieldErrors = Partial<Record<FieldName, string>>;

const seconds = { m: 60, h: 3600, d: 86_400 } as const;

/** A new exclusion: two hours of tomorrow night, or what somebody pointed at. */
export function newForm(
  zone: string,
  now: Date,
  at?: { from?: string; to?: string; slo?: string },
): ExclusionForm {
  const form: ExclusionForm = {
    title: "",
    reason: "",
    kind: "MAINTENANCE",
    slos: at?.slo ? [at.slo] : [],
    services: [],
    labels: [],
    zone,
    start: `${addDays(dateIn(now, zone), 1)}T02:00`,
    by: "length",
    length: "2",
    unit: "h",
    end: `${addDays(dateIn(now, zone), 1)}T04:00`,
    repeat: once,
    exceptDates: [],
  };
  if (!at?.from) {
    return form;
  }
  const start = toField(new Date(at.from), zone);
  const end = at.to ? toField(new Date(at.to), zone) : "";
  return end ? { ...form, start, by: "end", end } : { ...form, start };
}

/** The form of what is saved. */
export function formOf(x: ExclusionDefinitionFragment, readerZone: string): ExclusionForm {
  const zone = x.timeZone ?? readerZone;
  const length = durationSeconds(x.length) ?? 3600;
  const unit = (["d", "h", "m"] as const).find((u) => length % seconds[u] === 0) ?? "m";
  const start = toField(new Date(x.start), zone);
  return {
    title: x.title,
    reason: x.reason,
    kind: x.kind,
    slos: [...x.scope.slos],
    services: [...x.scope.services],
    labels: x.scope.labels.map((l) => `${l.name}=${l.values[0] ?? ""}`),
    zone,
    start,
    by: "length",
    length: String(length / seconds[unit]),
    unit,
    end: toField(new Date(Date.parse(x.start) + length * 1000), zone),
    repeat: repeatOf(x.rrule, start, zone),
    exceptDates: [...x.exceptDates],
  };
}

/** Seconds that each occurrence lasts; null if the form does not say. */
export function lengthOf(form: ExclusionForm): number | null {
  if (form.by === "length") {
    const n = Number(form.length);
    return form.length.trim() !== "" && Number.isFinite(n) && n > 0
      ? Math.round(n * seconds[form.unit])
      : null;
  }
  const [start, end] = [fromField(form.start, form.zone), fromField(form.end, form.zone)];
  const length = start && end ? (end.getTime() - start.getTime()) / 1000 : 0;
  return length > 0 ? length : null;
}

/** What is wrong with a form; empty if nothing is. */
export function errorsOf(form: ExclusionForm): FieldErrors {
  const errors: FieldErrors = {};
  const add = (field: FieldName, message: string | undefined) => {
    if (message) {
      errors[field] = message;
    }
  };
  add("title", form.title.trim() ? undefined : "Write what it is, in a few words.");
  add(
    "reason",
    form.reason.trim()
      ? undefined
      : "Write why this time does not count; it is read when figures are questioned.",
  );
  const empty = form.slos.length + form.services.length + form.labels.length === 0;
  const bad = form.labels.find((l) => !/^[^=]+=.+$/.test(l));
  add(
    "scope",
    empty ? "Choose what it is about." : bad ? `Write labels as name=value; ${bad} is none.` : undefined,
  );
  add("start", fromField(form.start, form.zone) ? undefined : "Choose a day and a time.");
  const length = lengthOf(form);
  add(
    "length",
    length === null
      ? form.by === "end"
        ? "The end has to be after the start."
        : "Write how long it lasts: a number above 0."
      : length < 60
        ? "It has to last a minute at least: figures are kept by the minute."
        : undefined,
  );
  add("repeat", repeatError(form.repeat, form.start));
  return errors;
}

/** Where the page shows what the server blames. */
export function fieldOf(blamed: string | null): FieldName | null {
  const known: Record<string, FieldName> = {
    title: "title",
    name: "title",
    reason: "reason",
    scope: "scope",
    labels: "scope",
    start: "start",
    length: "length",
    rrule: "repeat",
    exceptDates: "repeat",
    timeZone: "zone",
  };
  return known[blamed?.split(".")[0] ?? ""] ?? null;
}

/** What the server is told. The form has no errors. */
export function inputOf(
  form: ExclusionForm,
  by: string,
  saved: { id: string; name: string } | null,
): ExclusionInput {
  const start = fromField(form.start, form.zone) ?? new Date(Number.NaN);
  const rrule = ruleOf(form.repeat, form.start, form.zone);
  return {
    ...(saved ? { id: saved.id, name: saved.name } : {}),
    title: form.title.trim(),
    reason: form.reason.trim(),
    kind: form.kind,
    scope: {
      slos: form.slos,
      services: form.services,
      labels: Object.fromEntries(
        form.labels.map((l) => [l.slice(0, l.indexOf("=")), l.slice(l.indexOf("=") + 1)]),
      ),
    },
    start: rfc3339(start),
    length: durationText(lengthOf(form) ?? 0),
    rrule,
    timeZone: rrule ? form.zone : null,
    exceptDates: rrule ? form.exceptDates : [],
    by: by.trim(),
  };
}

/** A length as the server reads it: 90m. What is no whole number of minutes is told in seconds, not rounded. */
export function durationText(length: number): string {
  const unit = (["d", "h", "m"] as const).find((u) => length % seconds[u] === 0);
  return unit ? `${length / seconds[unit]}${unit}` : `${length}s`;
}

/** What makes a deleted exclusion again: it is a new one, so that what reaches back has to be approved again. */
export function restored(x: ExclusionDefinitionFragment, by: string): ExclusionInput {
  return {
    name: x.name,
    title: x.title,
    reason: x.reason,
    kind: x.kind,
    scope: {
      slos: [...x.scope.slos],
      services: [...x.scope.services],
      labels: Object.fromEntries(x.scope.labels.map((l) => [l.name, l.values[0] ?? ""])),
    },
    start: x.start,
    length: x.length,
    rrule: x.rrule ?? null,
    timeZone: x.rrule ? (x.timeZone ?? null) : null,
    exceptDates: [...x.exceptDates],
    by,
  };
}
