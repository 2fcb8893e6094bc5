import { useRef, useState } from "react";
import { useActor } from "@/lib/actor";
import { blamedField, type Trouble, troubleOf } from "@/lib/errors";

interface Rules<F, P extends string> {
  /** The form as it is opened; what is given later changes nothing under the reader's hands. */
  initial: F;
  /** What is wrong with it, by place. */
  errorsOf: (form: F) => Partial<Record<P, string>>;
  /** The place of what the server says about a field of its input; null if the form has none. */
  placeOf: (field: string | null, form: F) => P | null;
  /** The form after a change, where one field follows another. */
  changed?: (form: F, patch: Partial<F>, initial: F) => F;
  /** What of the form is sent: two forms that send the same are the same. */
  meaning?: (form: F) => unknown;
  /** Names what the form was opened on, for what is changed; what is given later counts as little as initial. */
  etag?: string | null | undefined;
}

/** What a form holds, what is wrong with it, and how it is sent. */
export type FormState<F extends object, P extends string> = ReturnType<typeof useForm<F, P>>;

/**
 * A form whose mistakes are said once a field was left or the form was sent, and
 * whose input stays whatever the server says. What the server says stands at the
 * field that it names, until the form is another one.
 */
export function useForm<F extends object, P extends string>(rules: Rules<F, P>) {
  const { errorsOf, placeOf, changed, meaning = (f: F): unknown => f } = rules;
  const [initial] = useState(rules.initial);
  const [form, setForm] = useState(rules.initial);
  const [touched, setTouched] = useState<ReadonlySet<P>>(new Set());
  const [attempts, setAttempts] = useState(0);
  const [blamed, setBlamed] = useState<Partial<Record<P, string>>>({});
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [sent, setSent] = useState(false);
  const [refused, setRefused] = useState(false);
  const [outdated, setOutdated] = useState(false);
  const etag = useRef(rules.etag ?? null);
  const actor = useActor().trim();

  const own = errorsOf(form);
  const shown = Object.entries(own).filter(([place]) => attempts > 0 || touched.has(place as P));
  const errors = { ...blamed, ...Object.fromEntries(shown) } as Partial<Record<P, string>>;
  const nameless = actor === "";
  const forget = () => {
    setBlamed({});
    setTrouble(null);
    setRefused(false);
  };
  const change = (patch: Partial<F>) => {
    setForm((now) => (changed ? changed(now, patch, initial) : { ...now, ...patch }));
    forget();
  };
  const touch = (place: P) => setTouched((now) => (now.has(place) ? now : new Set([...now, place])));
  /** What went wrong, at its field if one is to blame, else below the form. */
  const fail = (error: unknown) => {
    const field = blamedField(error);
    const place = placeOf(field, form);
    if (field === "etag") {
      setOutdated(true);
    } else if (field === "by") {
      setRefused(true);
    } else if (place) {
      setBlamed({ [place]: troubleOf(error).detail } as Partial<Record<P, string>>);
    } else {
      setTrouble(troubleOf(error));
    }
    setAttempts((n) => n + 1);
  };
  const attempt = async (run: () => Promise<unknown>, allowed: boolean) => {
    forget();
    setOutdated(false);
    setAttempts((n) => n + 1);
    if (allowed) {
      await run().catch(fail);
    }
  };
  const right = Object.keys(own).length === 0;
  return {
    form,
    initial,
    errors,
    trouble,
    /** Whether a name is missing under which it could be sent. */
    nameless: (sent && nameless) || refused,
    /** What is sent along, so that nobody overwrites what they did not see. */
    etag: () => etag.current,
    /** Whether somebody else saved meanwhile. */
    outdated,
    /** From now on it is sent in place of whatever is there. */
    overwrite: () => {
      etag.current = null;
    },
    /** Grows with each attempt to send the form, so that the first wrong field can be found. */
    attempts,
    dirty: JSON.stringify(meaning(form)) !== JSON.stringify(meaning(initial)),
    change,
    touch,
    blame: (place: P, message: string) => setBlamed({ [place]: message } as Partial<Record<P, string>>),
    /** What the field of a text needs: value, message, and where changes go. */
    bind: <K extends keyof F & P>(field: K) => ({
      value: form[field],
      error: errors[field],
      onBlur: () => touch(field),
      onChange: (e: { currentTarget: { value: string } }) =>
        change({ [field]: e.currentTarget.value } as unknown as Partial<F>),
    }),
    /** Sends it under the reader's name, unless something is wrong with it; or does something else with it, whatever is written. */
    send: (run: (by: string) => Promise<unknown>, whatever = false) => {
      setSent(true);
      return attempt(() => run(actor), (whatever || right) && !nameless);
    },
    /** Asks about it, unless something is wrong with it: nothing is changed, so that nobody needs a name. */
    ask: (run: () => Promise<unknown>) => attempt(run, right),
  };
}
