import { useMutation } from "@apollo/client/react";
import { useState } from "react";
import { type FormState, useForm } from "@/components/form/use-form";
import { unmask } from "@/gql";
import type { SourceTestFieldsFragment } from "@/gql/graphql";
import { SaveSourceDocument, SourceTestFragment, TestSourceDocument } from "./documents";
import { changed, errorsOf, fieldOf, inputOf, type SourceForm } from "./form";

interface Start {
  /** The form as it is opened. */
  initial: SourceForm;
  /** The id of the source that is changed, null for a new one. */
  id: string | null;
  etag: string | null;
  /** Names that are taken by other sources. */
  taken: readonly string[];
  onSaved: (name: string) => void;
}

/** What the parts of the form need of it. */
export type SourceFormState = FormState<SourceForm, keyof SourceForm>;

/** The form of a source, which is tried before it is kept. */
export function useSourceForm({ initial, id, etag, taken, onSaved }: Start) {
  const it: SourceFormState = useForm<SourceForm, keyof SourceForm>({
    initial,
    errorsOf: (form) => errorsOf(form, taken),
    placeOf: fieldOf,
    changed: (form, patch, saved) => changed(form, patch, id === null ? null : saved),
    meaning: (form) => inputOf(form, null),
    etag,
  });
  const { form, blame, send } = it;
  const input = () => ({ ...inputOf(form, id), etag: it.etag() });
  const [tested, setTested] = useState<{ form: SourceForm; test: SourceTestFieldsFragment } | null>(null);
  const [runTest, { loading: testing }] = useMutation(TestSourceDocument);
  const [runSave, { loading: saving }] = useMutation(SaveSourceDocument);

  const ask = async () => {
    setTested(null);
    const { data } = await runTest({ variables: { input: input() } });
    const test = unmask(SourceTestFragment, data?.testSource) ?? null;
    const field = fieldOf(test?.field);
    if (test && !test.ok && field) {
      blame(field, "The test stumbled over this; its answer is below.");
    }
    setTested(test && { form, test });
    return test;
  };
  const store = async (by: string) => {
    const { data } = await runSave({ variables: { input: input(), by } });
    if (data) {
      onSaved(form.name.trim());
    }
  };
  return {
    ...it,
    testing,
    saving,
    /** What the test of this form said, and of no other. */
    test: tested?.form === form ? tested.test : null,
    /** Tests what is written; nothing is saved. */
    tryOut: () => void it.ask(ask),
    /** Tests first and saves what works. */
    save: () => void send(async (by) => ((await ask())?.ok ? store(by) : undefined)),
    /** Saves what does not work yet: its minutes are gaps until it does. */
    saveAnyway: () => void send(store),
  };
}
