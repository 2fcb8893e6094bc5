import type { AnnotationFieldsFragment, AnnotationInput, AnnotationKind } from "@/gql/graphql";
import { fromField, parseInstant, rfc3339, toField } from "@/lib/time";

/** An annotation as the form edits it. Date-times are those of its zone. */
export interface AnnotationForm {
  saved: AnnotationFieldsFragment | null;
  kind: AnnotationKind;
  title: string;
  url: string;
  from: string;
  /** "" while it goes on. */
  to: string;
  zone: string;
  slo: string;
  service: string;
  about: "slo" | "service" | "kept";
}

interface Place {
  slo: string;
  service: string;
  zone: string;
}

export type AnnotationField = "title" | "url" | "from" | "to" | "kind" | "scope";

/** A stretch as an address says it. */
export function stretchOf(text: string | undefined): { from: string; to: string } | null {
  const [from, to] = (text ?? "").split("/").map((part) => parseInstant(part));
  return from && to && from < to ? { from: rfc3339(from), to: rfc3339(to) } : null;
}

/** A new annotation of a stretch. */
export function annotationForm({
  from,
  to,
  zone,
  ...place
}: Place & { from: string; to: string }): AnnotationForm {
  return {
    saved: null,
    kind: "INCIDENT",
    title: "",
    url: "",
    from: toField(new Date(from), zone),
    to: toField(new Date(to), zone),
    zone,
    ...place,
    about: "slo",
  };
}

/** The form of what is saved; its scope stays unless it is chosen anew. */
export function formOfAnnotation(a: AnnotationFieldsFragment, place: Place): AnnotationForm {
  return {
    saved: a,
    kind: a.kind,
    title: a.title,
    url: a.url ?? "",
    from: toField(new Date(a.from), place.zone),
    to: a.to ? toField(new Date(a.to), place.zone) : "",
    ...place,
    about: "kept",
  };
}

/** What is wrong with a form; empty if nothing is. */
export function annotationErrors(form: AnnotationForm): Partial<Record<AnnotationField, string>> {
  const errors: Partial<Record<AnnotationField, string>> = {};
  const [from, to] = [fromField(form.from, form.zone), fromField(form.to, form.zone)];
  if (form.title.trim() === "") {
    errors.title = "Write what happened, in a few words.";
  }
  if (!from) {
    errors.from = "Choose a day and a time.";
  }
  if (form.to !== "" && (!to || (from && to <= from))) {
    errors.to = "The end has to be after the start; leave it empty while it goes on.";
  }
  if (form.url.trim() !== "" && !/^https?:\/\//.test(form.url.trim())) {
    errors.url = "Write an address that begins with https:// or http://.";
  }
  return errors;
}

/** Where the page shows what the server blames. */
export function annotationField(blamed: string | null): AnnotationField | null {
  const root = blamed?.split(".")[0] ?? "";
  return (["title", "url", "from", "to", "kind", "scope"] as const).find((f) => f === root) ?? null;
}

type Pairs = readonly { name: string; values: readonly string[] }[];
const record = (pairs: Pairs) => Object.fromEntries(pairs.map((l) => [l.name, l.values[0] ?? ""]));

function scopeOf(a: AnnotationFieldsFragment): AnnotationInput["scope"] {
  return { slos: [...a.scope.slos], services: [...a.scope.services], labels: record(a.scope.labels) };
}

/** What the server is told. The form has no errors. */
export function annotationInput(form: AnnotationForm, by: string): AnnotationInput {
  const { saved } = form;
  const end = fromField(form.to, form.zone);
  const chosen =
    form.about === "service" ? { slos: [], services: [form.service] } : { slos: [form.slo], services: [] };
  return {
    ...(saved ? { id: saved.id, name: saved.name } : {}),
    kind: form.kind,
    title: form.title.trim(),
    url: form.url.trim() || null,
    scope: saved && form.about === "kept" ? scopeOf(saved) : chosen,
    from: rfc3339(fromField(form.from, form.zone) ?? new Date(Number.NaN)),
    to: end ? rfc3339(end) : null,
    labels: saved ? record(saved.labels) : null,
    by: by.trim(),
  };
}

/** What makes a deleted annotation again. */
export function restoredAnnotation(a: AnnotationFieldsFragment, by: string): AnnotationInput {
  return {
    name: a.name,
    kind: a.kind,
    title: a.title,
    url: a.url ?? null,
    scope: scopeOf(a),
    from: a.from,
    to: a.to ?? null,
    labels: record(a.labels),
    by,
  };
}
