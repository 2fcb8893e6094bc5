import { useMutation, useQuery } from "@apollo/client/react";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useActor } from "@/lib/actor";
import { blamedField, type Trouble, troubleOf } from "@/lib/errors";
import { PromisableDocument, SaveSlaDocument } from "./documents";
import { changed, inputOf, isDirty, placeOf, type SlaForm, streamKey } from "./form";
import { errorsOf, type FormErrors, type Promisable } from "./form-errors";

interface Start {
  /** The form as it is opened. */
  initial: SlaForm;
  /** The id of the agreement that is changed, null for a new one. */
  id: string | null;
  /** Names that are taken by other agreements. */
  taken: readonly string[];
  onSaved: (name: string) => void;
}

/** What the form holds, what is wrong with it, and what can be done with it. */
export function useSlaForm({ initial, id, taken, onSaved }: Start) {
  const [form, setForm] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [attempts, setAttempts] = useState(0);
  const [blamed, setBlamed] = useState<FormErrors>({}); // by the server
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [run, { loading: saving }] = useMutation(SaveSlaDocument);
  const choice = useStreams();
  const actor = useActor();

  const own = errorsOf(form, taken, choice.promisable);
  const shown: FormErrors = { ...blamed };
  for (const [place, message] of Object.entries(own)) {
    if (attempts > 0 || touched.has(place)) {
      shown[place] = message;
    }
  }

  /** Notes what went wrong: at its field if one is to blame, else below the form. */
  const fail = (error: unknown) => {
    const place = placeOf(blamedField(error), form);
    const found = troubleOf(error);
    if (place) {
      setBlamed({ [place]: found.detail });
      setAttempts((n) => n + 1);
    } else {
      setTrouble(found);
    }
  };

  const save = () => {
    setTrouble(null);
    setBlamed({});
    setAttempts((n) => n + 1);
    if (Object.keys(own).length > 0 || actor.trim() === "") {
      return;
    }
    run({ variables: { agreement: inputOf(form, id, actor) } }).then(
      ({ data }) => data && onSaved(form.name.trim()),
      fail,
    );
  };

  return {
    form,
    errors: shown,
    streams: choice,
    attempts,
    dirty: isDirty(form, initial),
    saving,
    trouble,
    change: (patch: Partial<SlaForm>) => {
      setForm((now) => changed(now, patch, id === null));
      setTrouble(null);
      // What the server said was about the form as it was.
      setBlamed((now) =>
        Object.fromEntries(Object.entries(now).filter(([place]) => !((place.split(".")[0] ?? "") in patch))),
      );
    },
    /** A field was left: what is wrong with it may be said. */
    touch: (place: string) => setTouched((now) => (now.has(place) ? now : new Set([...now, place]))),
    save,
  };
}

/** Objectives that can be promised, by what is searched for; those that were found stay known. */
function useStreams() {
  const [search, setSearch] = useState("");
  const [wanted] = useDebouncedValue(search.trim(), 250);
  const { data, previousData } = useQuery(PromisableDocument, {
    variables: { search: wanted || null },
    fetchPolicy: "cache-and-network",
  });
  const nodes = (data ?? previousData)?.slos.nodes ?? [];
  const promisable = new Map<string, Promisable>(
    nodes.map((s) => [s.name, { method: s.method, unit: s.unit }]),
  );
  const options = nodes.flatMap((s) =>
    s.objectives.map((o, i) => ({
      // The first is promised without its name: that is what a document that names none means.
      value: streamKey(s.name, i === 0 ? "" : o.name),
      label: `${s.displayName || s.name}${s.objectives.length > 1 ? ` · ${o.name}` : ""} (${o.targetPercent} %)`,
    })),
  );
  return { search, setSearch, options, promisable, more: (data ?? previousData)?.slos.pageInfo.hasNextPage };
}
