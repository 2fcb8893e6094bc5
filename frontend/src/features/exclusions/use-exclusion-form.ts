import { useMutation } from "@apollo/client/react";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { unmask } from "@/gql";
import type { PreviewExclusionMutation } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { blamedField, type Trouble, troubleOf } from "@/lib/errors";
import { ExclusionDefinition, PreviewExclusionDocument, SaveExclusionDocument } from "./documents";
import { type ExclusionForm, errorsOf, type FieldErrors, fieldOf, inputOf } from "./form";
import { touched } from "./Pending";

interface Start {
  initial: ExclusionForm;
  saved: { id: string; name: string } | null;
  onSaved: (name: string) => void;
}

// Long enough not to ask at every key, short enough to be seen as an answer.
const PAUSE = 500;

export type Preview = PreviewExclusionMutation["previewExclusion"];

/** What the form holds, what is wrong with it, what it would change, and how it is saved. */
export function useExclusionForm({ initial, saved, onSaved }: Start) {
  const actor = useActor();
  const [form, setForm] = useState(initial);
  const [attempts, setAttempts] = useState(0);
  const [blamed, setBlamed] = useState<FieldErrors>({});
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [runSave, { loading: saving }] = useMutation(SaveExclusionDocument, { refetchQueries: touched });
  const preview = usePreview(form, saved);
  const own = errorsOf(form);
  const nameless = actor.trim() === "";
  return {
    form,
    errors: { ...preview.blamed, ...blamed, ...(attempts > 0 ? own : {}) },
    nameless: (attempts > 0 && nameless) || blamed.actor !== undefined,
    attempts,
    saving,
    trouble,
    preview,
    dirty: JSON.stringify(form) !== JSON.stringify(initial),
    change: (patch: Partial<ExclusionForm>) => {
      setForm((now) => ({ ...now, ...patch }));
      setBlamed({});
      setTrouble(null);
    },
    save: () => {
      setAttempts((n) => n + 1);
      if (Object.keys(own).length > 0 || nameless) {
        return;
      }
      runSave({ variables: { input: inputOf(form, actor, saved) } }).then(
        ({ data }) => {
          onSaved(unmask(ExclusionDefinition, data?.saveExclusion)?.name ?? "");
        },
        (error) => {
          const field = fieldOf(blamedField(error));
          const found = troubleOf(error);
          if (field) {
            setBlamed({ [field]: found.detail });
          } else {
            setTrouble(found);
          }
        },
      );
    },
  };
}

/** Asks what a form would change, once it is complete and the hands rest. */
function usePreview(form: ExclusionForm, saved: Start["saved"]) {
  const actor = useActor();
  const [run] = useMutation(PreviewExclusionDocument);
  // What it is called changes no figure: the question is asked as soon as scope and time are there.
  const { title, reason, ...needed } = errorsOf(form);
  const input = inputOf(
    { ...form, title: form.title || "preview", reason: form.reason || "preview" },
    actor || "preview",
    saved,
  );
  const [key] = useDebouncedValue(Object.keys(needed).length > 0 ? null : JSON.stringify(input), PAUSE);
  const [answer, setAnswer] = useState<{ key: string; preview: Preview | null; error: unknown } | null>(null);
  useEffect(() => {
    if (key === null) {
      return;
    }
    let wanted = true;
    run({ variables: { input: JSON.parse(key) } }).then(
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
    incomplete: key === null,
    blamed: field && current ? { [field]: troubleOf(current.error).detail } : {},
    trouble: current?.error && !field ? troubleOf(current.error) : null,
  };
}
