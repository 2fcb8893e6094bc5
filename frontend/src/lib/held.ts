import { useState } from "react";

interface Answer<T> {
  /** The answer to the question, undefined while there is none. */
  data: T | undefined;
  loading: boolean;
  /** What is asked about; answers about something else never show. */
  about: string;
  /** The whole question. */
  question: unknown;
}

/**
 * The answer to show. While another question is read the old answer stays, so
 * that nothing flickers; if that fails it goes, because figures of one window
 * must not stand under the name of another. A question that is merely asked
 * again keeps what it had.
 */
export function useHeld<T>({ data, loading, about, question }: Answer<T>): T | undefined {
  const key = JSON.stringify(question);
  const [held, setHeld] = useState<{ data: T; key: string; about: string } | null>(null);
  if (data !== undefined) {
    if (held?.data !== data || held.key !== key) {
      setHeld({ data, key, about });
    }
    return data;
  }
  return held && held.about === about && (loading || held.key === key) ? held.data : undefined;
}
