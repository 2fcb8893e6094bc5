import { useMutation, useQuery } from "@apollo/client/react";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useForm } from "@/components/form/use-form";
import { titleOf } from "@/lib/words";
import { PromisableDocument, SaveSlaDocument } from "./documents";
import { changed, inputOf, placeOf, type SlaForm, streamKey } from "./form";
import { errorsOf, type Promisable } from "./form-errors";

interface Start {
  /** The form as it is opened. */
  initial: SlaForm;
  /** The id of the agreement that is changed, null for a new one. */
  id: string | null;
  etag: string | null;
  /** Names that are taken by other agreements. */
  taken: readonly string[];
  onSaved: (name: string) => void;
}

/** The form of an agreement, and the objectives that it can promise. */
export function useSlaForm({ initial, id, etag, taken, onSaved }: Start) {
  const streams = useStreams();
  const [run, { loading: saving }] = useMutation(SaveSlaDocument);
  const it = useForm<SlaForm, string>({
    initial,
    errorsOf: (form) => errorsOf(form, taken, streams.promisable),
    placeOf,
    changed: (form, patch) => changed(form, patch, id === null),
    meaning: (form) => inputOf(form, null, ""),
    etag,
  });
  const save = () =>
    void it.send(async (by) => {
      const { data } = await run({
        variables: { agreement: { ...inputOf(it.form, id, by), etag: it.etag() } },
      });
      if (data) {
        onSaved(it.form.name.trim());
      }
    });
  return { ...it, streams, saving, save };
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
      label: `${titleOf(s)}${s.objectives.length > 1 ? ` · ${o.name}` : ""} (${o.targetPercent} %)`,
    })),
  );
  return { search, setSearch, options, promisable };
}
