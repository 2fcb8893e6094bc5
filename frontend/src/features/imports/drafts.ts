import type { ImportPreviewFieldsFragment } from "@/gql/graphql";
import type { Trouble } from "@/lib/errors";

/**
 * The most bytes of one text. The server takes 64 KiB for all texts of a request
 * together: this leaves room for the path and a name.
 */
export const LIMIT = 60 * 1024;

/** A text that somebody wants to import, and what the server said about it. */
export interface Draft {
  key: number;
  path: string;
  text: string;
  /** Whether an answer is on the way. */
  asking: boolean;
  /** What importing it would change; null until the server said. */
  preview: ImportPreviewFieldsFragment | null;
  /** Why there is no answer. */
  trouble: Trouble | null;
}

/** What became of a text that was imported. */
export interface Imported {
  path: string;
  slos: { name: string; displayName: string }[];
}

/** Bytes of a text as they are sent. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Why a text is not sent; null if it is. */
export function sizeError(bytes: number): string | null {
  return bytes <= LIMIT
    ? null
    : `It has ${kibibytes(bytes)}; ${kibibytes(LIMIT)} is the most for one document. Split it, or write it into the folder of specifications with hindcast convert.`;
}

/** A size for people. */
export function kibibytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}` : `${Math.ceil(bytes / 102.4) / 10} KiB`;
}

/** The name under which a file is kept: its own without folders, in characters that every system knows. */
export function pathOf(fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1) ?? "";
  const stem = base
    .replace(/\.(ya?ml|json)$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-._]+|[-.]+$/g, "")
    .slice(0, 100);
  return `${stem || "pasted"}.yaml`;
}

/** A path that no other draft has: sloth.yaml, sloth-2.yaml. */
export function freePath(path: string, taken: readonly string[]): string {
  if (!taken.includes(path)) {
    return path;
  }
  const stem = path.replace(/\.yaml$/, "");
  for (let n = 2; ; n++) {
    const next = `${stem}-${n}.yaml`;
    if (!taken.includes(next)) {
      return next;
    }
  }
}

/** What is wrong with a path that somebody wrote; null if nothing is. */
export function pathError(path: string, others: readonly string[]): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*\.ya?ml$/.test(path)) {
    return "Write a name such as checkout.yaml: letters, digits, dots, dashes.";
  }
  return others.includes(path) ? "Another text here has this name." : null;
}

/** Where a line begins and ends in a text; the last line for one beyond it. */
export function lineSpan(text: string, line: number): { from: number; to: number } {
  let from = 0;
  for (let n = 1; n < line; n++) {
    const end = text.indexOf("\n", from);
    if (end < 0) {
      break;
    }
    from = end + 1;
  }
  const end = text.indexOf("\n", from);
  return { from, to: end < 0 ? text.length : end };
}

/** How many lines a text has; an empty one has the line in which the cursor stands. */
export function lineCount(text: string): number {
  return text.split("\n").length;
}

/** Whether a draft can be imported as it is. */
export function isReady(d: Draft): boolean {
  return !d.asking && d.trouble === null && d.preview !== null && d.preview.problems.length === 0;
}
