import type { ExclusionKind } from "@/gql/graphql";

/** a, b and c. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** A remark of the server, which begins small and has no full stop, as a sentence. What is no word stays small. */
export function sentence(remark: string): string {
  const text = remark.replace(/^[a-z]+(?=[ ,]|$)/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return /[.?!…]$/.test(text) ? text : `${text}.`;
}

/** A count with its noun: 1 problem, 2 problems. */
export function counted(n: number, noun: string, several = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : several}`;
}

/** Title of something that may have none. */
export function titleOf(x: { name: string; displayName?: string | null | undefined }): string {
  return x.displayName || x.name;
}

/** Kinds of exclusions in words. */
export const exclusionKinds: Record<ExclusionKind, { label: string; meaning: string }> = {
  MAINTENANCE: { label: "Maintenance", meaning: "announced work" },
  DEPENDENCY: { label: "Dependency", meaning: "a failure that the contract puts on somebody else" },
  MEASUREMENT: { label: "Measurement", meaning: "the measurement was wrong, not the service" },
  OTHER: { label: "Other", meaning: "none of these" },
};

/** What is wrong with the name of an object; null if nothing is. */
export function nameError(
  name: string,
  { taken, what, example }: { taken: readonly string[]; what: string; example: string },
): string | null {
  if (!isName(name)) {
    return `Write lower-case letters, digits and dashes, at most 63, such as ${example}.`;
  }
  return taken.includes(name) ? `There is ${what} called ${name} already; choose another name.` : null;
}

/** Whether an object can have a name: what a DNS label can be. */
export function isName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}
