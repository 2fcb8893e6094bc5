import { useMutation } from "@apollo/client/react";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useForm } from "@/components/form/use-form";
import { unmask } from "@/gql";
import type { PreviewExclusionMutation } from "@/gql/graphql";
import { blamedField, troubleOf } from "@/lib/errors";
import { ExclusionDefinition, PreviewExclusionDocument, SaveExclusionDocument, touched } from "./documents";
import { type ExclusionForm, errorsOf, type FieldName, fieldOf, inputOf } from "./form";

/** The exclusion that is changed. */
export interface Saved {
  id: string;
  name: string;
  etag: string | null;
}

interface Start {
  initial: ExclusionForm;
  saved: Saved | null;
  onSaved: (name: string) => void;
}

// Long enough not to ask at every key, short enough to be seen as an answer.
const PAUSE = 500;

export type Preview = PreviewExclusionMutation["previewExclusion"];

/** The form of an exclusion, with what it would change. */
export function useExclusionForm({ initial, saved, onSaved }: Start) {
  const it = useForm<ExclusionForm, FieldName>({
    initial,
    errorsOf,
    placeOf: fieldOf,
    etag: saved?.etag,
  });
  const [run, { loading: saving }] = useMutation(SaveExclusionDocument, { refetchQueries: touched });
  const preview = usePreview(it.form, saved);
  const save = () =>
    void it.send(async (by) => {
      const { data } = await run({
        variables: { exclusion: { ...inputOf(it.form, by, saved), etag: it.etag() } },
      });
      onSaved(unmask(ExclusionDefinition, data?.saveExclusion)?.name ?? "");
    });
  return { ...it, errors: { ...preview.blamed, ...it.errors }, saving, preview, save };
}

/** Asks what a form would change, once it is complete and the hands rest. */
function usePreview(form: ExclusionForm, saved: Start["saved"]) {
  const [run] = useMutation(PreviewExclusionDocument);
  // Who calls it what changes no figure: the question is asked as soon as scope and time are there.
  const { title, reason, ...needed } = errorsOf(form);
  const input = inputOf(
    { ...form, title: form.title || "preview", reason: form.reason || "preview" },
    "preview",
    saved,
  );
  const [key] = useDebouncedValue(Object.keys(needed).length > 0 ? null : JSON.stringify(input), PAUSE);
  const [answer, setAnswer] = useState<{ key: string; preview: Preview | null; error: unknown } | null>(null);
  useEffect(() => {
    if (key === null) {
      return;
    }
    let wanted = true;
    run({ variables: { exclusion: JSON.parse(key) } }).then(
      ({ data }) => wanted && setAnswer({ key, preview: data?.previewExclusion ?? null, error: null }),
      (error) => wanted && setAnswer({ key, preview: null, error }),
    );
    return () => {
      wanted = false;
    };
  }, [key, run]);
  const current = answer?.key === key ? answer : null;
  const field = fieldOf(blamedField(current?.error));
  return {
    /** The newest answer, also while the next is on the way. */
    shown: key === null ? null : (answer?.preview ?? null),
    asking: key !== null && current === null,
    blamed: field && current ? { [field]: troubleOf(current.error).detail } : {},
    error: field ? null : current?.error,
  };
}
