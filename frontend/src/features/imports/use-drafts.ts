import { useApolloClient } from "@apollo/client/react";
import { useDebouncedCallback } from "@mantine/hooks";
import { useRef, useState } from "react";
import { unmask } from "@/gql";
import { type Trouble, troubleOf } from "@/lib/errors";
import {
  ApplyImportDocument,
  DocumentListDocument,
  ImportPreviewFragment,
  PreviewImportDocument,
} from "./documents";
import { bytesOf, type Draft, freePath, type Imported, isReady, sizeError } from "./drafts";

// Long enough that a word is typed in one go, short enough that nobody waits for it.
const PAUSE = 500;

// A preview saves nothing, so that nobody has to say who asks.
const NOBODY = "preview";

const tooLarge = (detail: string): Trouble => ({ title: "Too large", detail, remedy: "", retry: false });

/** Texts that are to be imported, each with what the server says about it. */
export function useDrafts(onImported: (done: Imported) => void) {
  const client = useApolloClient();
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const [window, setWindow] = useState("30d");
  const [importing, setImporting] = useState(false);
  const next = useRef(0);
  const asked = useRef(new Map<number, number>());

  const put = (key: number, patch: Partial<Draft>) =>
    setDrafts((all) => all.map((d) => (d.key === key ? { ...d, ...patch } : d)));

  /** Asks what importing a text would change; only the answer to the newest question counts. */
  const ask = async (d: Pick<Draft, "key" | "path" | "text">, lasting: string) => {
    const question = (asked.current.get(d.key) ?? 0) + 1;
    asked.current.set(d.key, question);
    const answer = (patch: Partial<Draft>) =>
      asked.current.get(d.key) === question && put(d.key, { asking: false, ...patch });
    const error = sizeError(bytesOf(d.text));
    if (error !== null || d.text.trim() === "") {
      answer({ preview: null, trouble: error === null ? null : tooLarge(error) });
      return;
    }
    put(d.key, { asking: true });
    try {
      const { data } = await client.mutate({
        mutation: PreviewImportDocument,
        variables: { document: { path: d.path, text: d.text, window: lasting, by: NOBODY } },
        fetchPolicy: "no-cache",
      });
      answer({ preview: unmask(ImportPreviewFragment, data?.previewImport) ?? null, trouble: null });
    } catch (thrown) {
      answer({ preview: null, trouble: troubleOf(thrown) });
    }
  };
  const askLater = useDebouncedCallback(
    (d: Pick<Draft, "key" | "path" | "text">) => void ask(d, window),
    PAUSE,
  );

  /** Imports a text; null if it cannot be after all: then nothing is, and its preview says why. */
  const apply = async (d: Draft, by: string): Promise<Imported | null> => {
    const { data } = await client.mutate({
      mutation: ApplyImportDocument,
      variables: { document: { path: d.path, text: d.text, window, by } },
      fetchPolicy: "no-cache",
    });
    const made = unmask(ImportPreviewFragment, data?.applyImport);
    if (made && made.problems.length > 0) {
      put(d.key, { preview: made });
      return null;
    }
    return { path: d.path, slos: made?.slos.map(({ name, displayName }) => ({ name, displayName })) ?? [] };
  };

  return {
    drafts,
    window,
    importing,
    /** Takes texts in, for a window if one belongs to them, and returns the key of the first. */
    add: (texts: readonly { path: string; text: string }[], lasting = window): number => {
      const first = next.current;
      const taken = drafts.map((d) => d.path);
      const fresh = texts.map(({ path, text }) => {
        const free = freePath(path, taken);
        taken.push(free);
        const draft = { key: next.current++, path: free, text, asking: false, preview: null, trouble: null };
        return draft satisfies Draft;
      });
      setDrafts((all) => [...all, ...fresh]);
      setWindow(lasting);
      for (const d of lasting === window ? fresh : [...drafts, ...fresh]) {
        void ask(d, lasting);
      }
      return first;
    },
    change: (d: Draft, patch: { path?: string; text?: string }) => {
      // What was said about the text as it was does not stand for what is written now.
      put(d.key, { ...patch, asking: true });
      askLater({ ...d, ...patch });
    },
    remove: (key: number) => {
      asked.current.delete(key);
      setDrafts((all) => all.filter((d) => d.key !== key));
    },
    setWindow: (chosen: string) => {
      setWindow(chosen);
      for (const d of drafts) {
        void ask(d, chosen);
      }
    },
    /** Imports what can be; what depends on it may be possible afterwards and is tried again. */
    importAll: async (by: string) => {
      setImporting(true);
      for (const d of drafts.filter(isReady)) {
        try {
          const made = await apply(d, by);
          if (made) {
            onImported(made);
            setDrafts((all) => all.filter((x) => x.key !== d.key));
          }
        } catch (thrown) {
          put(d.key, { trouble: troubleOf(thrown) });
        }
      }
      setImporting(false);
      // The list on this page; others are read anew when they are opened.
      void client.refetchQueries({ include: [DocumentListDocument] });
      for (const d of drafts.filter((x) => !isReady(x))) {
        void ask(d, window);
      }
    },
  };
}
