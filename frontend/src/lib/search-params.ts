/**
 * The query part of an address as plain text pairs. The router's own notation
 * is JSON in every value; people paste these addresses into chats and tickets,
 * so they stay readable.
 */

/** Reads ?a=b&c=d; of a repeated name the last counts. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Writes what has a value, in the order given. */
export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && value !== "") {
      pairs.set(name, value);
    }
  }
  const text = pairs.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** The text under a name, undefined if there is none or it is unreasonably long. */
export function text(search: Record<string, unknown>, name: string, max = 200): string | undefined {
  const value = search[name];
  return typeof value === "string" && value !== "" && value.length <= max ? value : undefined;
}

/** The value under a name if it is one of those allowed. */
export function oneOf<T extends string>(
  search: Record<string, unknown>,
  name: string,
  allowed: readonly T[],
): T | undefined {
  return allowed.find((a) => a === search[name]);
}

/** Changes to a search: undefined takes a field away. */
export type Patch<T> = { [K in keyof T]?: T[K] | undefined };

/** The search with changes applied. */
export function patched<T extends object>(old: T, patch: Patch<T>): T {
  return compact({ ...old, ...patch }) as T;
}

/** Drops what has no value: an absent field and an undefined one are the same address. */
export function compact<T extends object>(search: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  const kept: Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> = {};
  for (const key in search) {
    const value = search[key];
    if (value !== undefined) {
      kept[key] = value as Exclude<T[typeof key], undefined>;
    }
  }
  return kept;
}
