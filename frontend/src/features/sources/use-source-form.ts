import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { unmask } from "@/gql";
import type { SourceTestFieldsFragment } from "@/gql/graphql";
import { blamedField, type Trouble, troubleOf } from "@/lib/errors";
import { SaveSourceDocument, SourceTestFragment, TestSourceDocument } from "./documents";
import { changed, errorsOf, type FieldErrors, fieldOf, inputOf, isDirty, type SourceForm } from "./form";

interface Start {
  /** The form as it is opened. */
  initial: SourceForm;
  /** The id of the source that is changed, null for a new one. */
  id: string | null;
  /** Names that are taken by other sources. */
  taken: readonly string[];
  onSaved: (name: string) => void;
}

/** What the form holds, what is wrong with it, and what can be done with it. */
export function useSourceForm({ initial, id, taken, onSaved }: Start) {
  const [form, setForm] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<keyof SourceForm>>(new Set());
  const [attempts, setAttempts] = useState(0);
  const [blamed, setBlamed] = useState<FieldErrors>({}); // by the server
  const [test, setTest] = useState<SourceTestFieldsFragment | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [runTest, { loading: testing }] = useMutation(TestSourceDocument);
  const [runSave, { loading: saving }] = useMutation(SaveSourceDocument);

  const own = errorsOf(form, taken);
  const shown: FieldErrors = { ...blamed };
  for (const [field, message] of Object.entries(own) as [keyof SourceForm, string][]) {
    if (attempts > 0 || touched.has(field)) {
      shown[field] = message;
    }
  }

  /** Notes what went wrong: at its field if one is to blame, else below the form. */
  const fail = (error: unknown) => {
    const field = fieldOf(blamedField(error));
    const found = troubleOf(error);
    if (field) {
      setBlamed({ [field]: found.detail });
      setAttempts((n) => n + 1);
    } else {
      setTrouble(found);
    }
  };

  /** Forgets what was said about the form as it was, and reports whether it can be sent. */
  const begin = (): boolean => {
    setTest(null);
    setTrouble(null);
    setBlamed({});
    setAttempts((n) => n + 1);
    return Object.keys(own).length === 0;
  };

  const ask = async (): Promise<SourceTestFieldsFragment | null> => {
    try {
      const { data } = await runTest({ variables: { input: inputOf(form, id) } });
      const result = unmask(SourceTestFragment, data?.testSource) ?? null;
      const field = fieldOf(result?.field);
      if (result && !result.ok && field) {
        setBlamed({ [field]: "The test stumbled over this; its answer is below." });
      }
      setTest(result);
      return result;
    } catch (error) {
      fail(error);
      return null;
    }
  };

  const store = async () => {
    try {
      const { data } = await runSave({ variables: { input: inputOf(form, id) } });
      if (data) {
        onSaved(form.name.trim());
      }
    } catch (error) {
      fail(error);
    }
  };

  return {
    form,
    errors: shown,
    /** Grows with each attempt to send the form, so that the first wrong field can be found. */
    attempts,
    dirty: isDirty(form, initial),
    testing,
    saving,
    test,
    trouble,
    change: (patch: Partial<SourceForm>) => {
      setForm((now) => changed(now, patch, id === null ? null : initial));
      setTest(null); // it was about something else
      setTrouble(null);
      setBlamed((now) => Object.fromEntries(Object.entries(now).filter(([field]) => !(field in patch))));
    },
    touch: (field: keyof SourceForm) =>
      setTouched((now) => (now.has(field) ? now : new Set([...now, field]))),
    /** Tests what is written; nothing is saved. */
    tryOut: () => void (begin() && ask()),
    /** Tests first and saves what works. */
    save: () => {
      if (begin()) {
        void ask().then((result) => (result?.ok ? store() : undefined));
      }
    },
    /** Saves what does not work yet: its minutes are gaps until it does. */
    saveAnyway: () => void (begin() && store()),
  };
}
