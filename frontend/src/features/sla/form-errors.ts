import type { Budgeting, Unit } from "@/gql/graphql";
import { compareDecimals, isDecimal, minorUnits } from "@/lib/decimal";
import { durationSeconds } from "@/lib/duration";
import { isZone } from "@/lib/time";
import { isName, nameError } from "@/lib/words";
import { byLimit, type CreditField, type CustomerField, rowPlace, type SlaForm, streamOf } from "./form";

/** Messages by place: a field of the form, or a part of a row such as credits.0.below. */
export type FormErrors = Partial<Record<string, string>>;

/** What is known of an objective that may be promised. */
export interface Promisable {
  method: Budgeting;
  unit: Unit;
}

/** What is wrong with the form, by place; empty if nothing is. taken are the names of other agreements. */
export function errorsOf(
  form: SlaForm,
  taken: readonly string[],
  promisable: ReadonlyMap<string, Promisable> = new Map(),
): FormErrors {
  const errors: FormErrors = {};
  const put = (place: string, message: string | null) => {
    if (message !== null && !(place in errors)) {
      errors[place] = message;
    }
  };
  put("name", nameError(form.name.trim(), { taken, what: "an agreement", example: "shop-gold" }));
  put("targetPercent", targetError(form.targetPercent.trim()));
  put("timeZone", isZone(form.timeZone.trim()) ? null : "Write a time zone such as Europe/Berlin, or UTC.");
  put("streams", form.streams.length > 0 ? null : "Choose at least one objective that is promised.");
  put("combination", combinationError(form, promisable));
  if (form.exclusions) {
    put("notice", lengthError(form.notice));
    put("most", lengthError(form.most));
  }
  customerErrors(form.customers, put);
  creditErrors(form.credits, form.targetPercent.trim(), put);
  return errors;
}

type Put = (place: string, message: string | null) => void;

/** A target is a percentage that leaves something to be allowed. */
export function targetError(text: string): string | null {
  if (!isDecimal(text)) {
    return "Write a percentage such as 99.9, with a point and without the sign.";
  }
  return compareDecimals(text, "0") > 0 && compareDecimals(text, "100") < 0
    ? null
    : "Write more than 0 and less than 100: a promise of 100 % allows nothing to fail.";
}

function combinationError(form: SlaForm, promisable: ReadonlyMap<string, Promisable>): string | null {
  if (form.combination !== "TOTAL" || form.streams.length < 2) {
    return null;
  }
  const found = form.streams.map(streamOf).map((s) => ({ ...s, about: promisable.get(s.slo) }));
  const sliced = found.find((s) => s.about && s.about.method !== "OCCURRENCES");
  if (sliced) {
    return `Slices of ${sliced.slo} cannot be added to events: choose "the worst stream decides".`;
  }
  const units = new Set(found.flatMap((s) => (s.about ? [s.about.unit] : [])));
  return units.size > 1 ? 'Seconds and events cannot be added: choose "the worst stream decides".' : null;
}

function lengthError(text: string): string | null {
  const length = text.trim();
  return length === "" || (/^\d+[mhdw]$/.test(length) && (durationSeconds(length) ?? 0) > 0)
    ? null
    : "Write a whole number and one of m h d w, such as 48h, or nothing.";
}

function customerErrors(customers: readonly CustomerField[], put: Put): void {
  if (customers.length === 0) {
    put("customers", "Name at least one customer: statements are issued to somebody.");
  }
  const seen = new Set<string>();
  for (const c of customers) {
    const place = (part: string) => rowPlace("customers", c.key, part);
    const name = c.name.trim();
    put(place("name"), isName(name) ? null : "Lower-case letters, digits and dashes, such as acme.");
    put(place("name"), seen.has(name) ? `${name} is named twice.` : null);
    seen.add(name);
    const [fee, currency] = [c.fee.trim(), c.currency.trim()];
    put(place("fee"), fee === "" || isDecimal(fee) ? null : "An amount such as 1200.00, with a point.");
    put(place("fee"), fee === "" && currency !== "" ? "The amount of the currency is missing." : null);
    put(
      place("currency"),
      currency === "" || /^[A-Z]{3}$/.test(currency) ? null : "Three letters, such as EUR.",
    );
    put(place("currency"), fee !== "" && currency === "" ? "Of which currency?" : null);
    const decimals = fee.split(".")[1]?.length ?? 0;
    put(
      place("fee"),
      decimals > minorUnits(currency) ? `More decimals than amounts in ${currency} have.` : null,
    );
  }
}

/**
 * Bands must make one answer: each limit once, none above the target (nothing is
 * due for a promise that was kept), and a worse result earns more.
 */
function creditErrors(credits: readonly CreditField[], target: string, put: Put): void {
  const sound: CreditField[] = [];
  for (const c of credits) {
    const [below, credit] = [targetError(c.below.trim()), percentError(c.credit.trim())];
    put(rowPlace("credits", c.key, "below"), below);
    put(rowPlace("credits", c.key, "credit"), credit);
    if (below === null && targetError(target) === null && compareDecimals(c.below.trim(), target) > 0) {
      put(
        rowPlace("credits", c.key, "below"),
        `Above the target of ${target} %, where the promise is kept and nothing is due.`,
      );
    }
    if (below === null && credit === null) {
      sound.push({ ...c, below: c.below.trim(), credit: c.credit.trim() });
    }
  }
  const sorted = byLimit(sound);
  sorted.forEach((c, i) => {
    const above = sorted[i - 1];
    if (!above) {
      return;
    }
    if (compareDecimals(above.below, c.below) === 0) {
      put(rowPlace("credits", c.key, "below"), `There is a band below ${c.below} % already.`);
    } else if (compareDecimals(c.credit, above.credit) <= 0) {
      put(
        rowPlace("credits", c.key, "credit"),
        `Not more than the ${above.credit} % below ${above.below} %: a worse result earns more.`,
      );
    }
  });
}

function percentError(text: string): string | null {
  return isDecimal(text) && compareDecimals(text, "0") > 0 && compareDecimals(text, "100") <= 0
    ? null
    : "More than 0, at most 100.";
}
