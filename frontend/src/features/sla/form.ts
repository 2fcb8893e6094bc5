import type { ExclusionKind, SlaCombination, SlaDefinitionFragment, SlaInput } from "@/gql/graphql";
import { compareDecimals, isDecimal } from "@/lib/decimal";

/** What the fields of the form hold: texts, as they are typed. */
export interface SlaForm {
  displayName: string;
  name: string;
  description: string;
  service: string;
  targetPercent: string;
  /** 1d, 1w, 1M, 1Q or 1Y. */
  period: string;
  timeZone: string;
  combination: SlaCombination;
  /** Keys of promised objectives, see streamKey. */
  streams: string[];
  customers: CustomerField[];
  credits: CreditField[];
  exclusions: boolean;
  /** Which kinds count; none chosen means all. */
  kinds: ExclusionKind[];
  notice: string;
  most: string;
}

/** A customer; the key tells rows apart while they are edited. */
export interface CustomerField {
  key: number;
  name: string;
  displayName: string;
  fee: string;
  currency: string;
}

/** A credit band. */
export interface CreditField {
  key: number;
  below: string;
  credit: string;
}

/** The form of an agreement that is not there yet. */
export function emptyForm(timeZone: string): SlaForm {
  return {
    displayName: "",
    name: "",
    description: "",
    service: "",
    targetPercent: "",
    period: "1M",
    timeZone,
    combination: "WORST",
    streams: [],
    customers: [{ key: 0, name: "", displayName: "", fee: "", currency: "" }],
    credits: [],
    exclusions: true,
    kinds: [],
    notice: "",
    most: "",
  };
}

/** The form of an agreement as it is. */
export function formOf(s: SlaDefinitionFragment): SlaForm {
  return {
    displayName: s.displayName,
    name: s.name,
    description: s.description,
    service: s.service ?? "",
    targetPercent: s.targetPercent,
    period: s.window.duration,
    timeZone: s.window.timeZone ?? "UTC",
    combination: s.combination,
    streams: s.streams.map((p) => streamKey(p.sloName, p.objective)),
    customers: s.customers.map((c, key) => ({
      key,
      name: c.name,
      displayName: c.displayName,
      fee: c.fee ?? "",
      currency: c.currency ?? "",
    })),
    credits: s.credits.map((c, key) => ({ key, below: c.belowPercent, credit: c.creditPercent })),
    exclusions: s.terms.exclusions,
    kinds: [...s.terms.kinds],
    notice: s.terms.notice ?? "",
    most: s.terms.most ?? "",
  };
}

/** Names an objective of an SLO in one text; names of SLOs have no slash. */
export function streamKey(slo: string, objective: string): string {
  return `${slo}/${objective}`;
}

/** The objective behind a key. */
export function streamOf(key: string): { slo: string; objective: string } {
  const cut = key.indexOf("/");
  return { slo: key.slice(0, cut), objective: key.slice(cut + 1) };
}

const unset = (text: string): string | null => text.trim() || null;

/** What the form says, for the server; bands with the highest limit first. */
export function inputOf(f: SlaForm, id: string | null, by: string): SlaInput {
  return {
    ...(id === null ? {} : { id }),
    name: f.name.trim(),
    displayName: f.displayName.trim(),
    description: f.description.trim(),
    service: unset(f.service),
    targetPercent: f.targetPercent.trim(),
    window: { duration: f.period, calendar: true, timeZone: f.timeZone.trim() },
    combination: f.streams.length > 1 ? f.combination : "WORST",
    streams: f.streams.map(streamOf),
    customers: f.customers.map((c) => ({
      name: c.name.trim(),
      displayName: c.displayName.trim(),
      fee: unset(c.fee),
      currency: unset(c.currency),
    })),
    credits: byLimit(f.credits).map((c) => ({
      belowPercent: c.below.trim(),
      creditPercent: c.credit.trim(),
    })),
    terms: {
      exclusions: f.exclusions,
      kinds: f.exclusions ? f.kinds : [],
      notice: f.exclusions ? unset(f.notice) : null,
      most: f.exclusions ? unset(f.most) : null,
    },
    by,
  };
}

/** Bands with the highest limit first; what is no number yet stays where it is. */
export function byLimit(credits: readonly CreditField[]): CreditField[] {
  return credits.toSorted((a, b) => {
    const [x, y] = [a.below.trim(), b.below.trim()];
    return isDecimal(x) && isDecimal(y) ? compareDecimals(y, x) : 0;
  });
}

/** A name for what has a title: lower-case letters, digits and dashes. */
export function nameOf(title: string): string {
  return title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}

/** The form after a change: a new agreement's name follows its title until somebody writes another. */
export function changed(form: SlaForm, patch: Partial<SlaForm>, isNew: boolean): SlaForm {
  const next = { ...form, ...patch };
  if (isNew && patch.displayName !== undefined && form.name === nameOf(form.displayName)) {
    next.name = nameOf(patch.displayName);
  }
  return next;
}

const known = new Set([
  "displayName",
  "name",
  "description",
  "service",
  "targetPercent",
  "combination",
  "streams",
]);

const renamed: Record<string, string> = {
  "window.duration": "period",
  window: "period",
  "window.timeZone": "timeZone",
  "terms.notice": "notice",
  "terms.most": "most",
  "terms.kinds": "kinds",
  "terms.exclusions": "exclusions",
  belowPercent: "below",
  creditPercent: "credit",
};

/**
 * Where the form shows what the server says about a field of SlaInput: at
 * credits[1].belowPercent's row, or at the list if the row is not there; null for
 * a field that the form does not have.
 */
export function placeOf(field: string | null | undefined, form: SlaForm): string | null {
  if (!field) {
    return null;
  }
  const whole = renamed[field] ?? field;
  if (known.has(whole) || ["period", "timeZone", "notice", "most", "kinds", "exclusions"].includes(whole)) {
    return whole;
  }
  const [list = "", index = "", part = ""] = field.replace(/\[(\d+)\]/g, ".$1").split(".");
  if (list === "streams") {
    return "streams";
  }
  if (list !== "customers" && list !== "credits") {
    return null;
  }
  const rows = list === "credits" ? byLimit(form.credits) : form.customers;
  const row = /^\d+$/.test(index) ? rows[Number(index)] : undefined;
  return row ? rowPlace(list, row.key, renamed[part] ?? (part || first[list])) : list;
}

const first = { customers: "name", credits: "below" } as const;

/** The place of a field of a row. */
export function rowPlace(list: "customers" | "credits", key: number, part: string): string {
  return `${list}.${key}.${part}`;
}
