import type { ChangeKind, SpecFormat } from "@/gql/graphql";
import type { StateLook } from "@/lib/state";

const formats: Record<SpecFormat, string> = {
  OPENSLO_V1: "OpenSLO v1",
  OPENSLO_V1ALPHA: "OpenSLO v1alpha",
  OPENSLO_V2ALPHA: "OpenSLO v2alpha",
  SLOTH: "Sloth",
  SLOTH_KUBERNETES: "Sloth for Kubernetes",
  PYRRA: "Pyrra",
  HINDCAST: "Hindcast",
};

/** What a specification was recognised as. */
export function formatText(found: readonly SpecFormat[]): string {
  return found.length === 0 ? "not recognised" : [...new Set(found)].map((f) => formats[f]).join(", ");
}

/** Whether the specification has no window of its own, so that one must be chosen. */
export function needsWindow(found: readonly SpecFormat[]): boolean {
  return found.some((f) => f === "SLOTH" || f === "SLOTH_KUBERNETES");
}

/** Windows that are offered for specifications that have none. */
const windows: readonly { value: string; label: string }[] = [
  { value: "7d", label: "7 days" },
  { value: "28d", label: "28 days" },
  { value: "30d", label: "30 days" },
  { value: "90d", label: "90 days" },
];

/** Those and the one that an original was imported with. */
export function windowsWith(chosen: string): { value: string; label: string }[] {
  const offered = windows.some((w) => w.value === chosen);
  return offered ? [...windows] : [{ value: chosen, label: chosen }, ...windows];
}

/** How a change looks and reads. */
export const changeLooks: Record<ChangeKind, { label: string; tone: StateLook["tone"] }> = {
  ADDED: { label: "new", tone: "healthy" },
  CHANGED: { label: "changed", tone: "risk" },
  REMOVED: { label: "removed", tone: "breached" },
  UNCHANGED: { label: "as it is", tone: "quiet" },
};

/** What became of an object, and of what it is made of, since it was imported; empty if that is not known. */
export function originText(c: { origin: string; edited: boolean; sourceChanged?: boolean | null }): string {
  if (c.sourceChanged == null) {
    return c.origin === "" ? "" : `from ${c.origin}`;
  }
  const from = `${c.origin} ${c.sourceChanged ? "changed" : "is unchanged"} since it was imported`;
  return c.edited ? `${from}; it was edited here, which importing takes back` : from;
}

/** 2 new, 1 changed: what a preview comes to; "nothing changes" if it is nothing. */
export function changesText(changes: readonly { change: ChangeKind }[]): string {
  const kinds: ChangeKind[] = ["ADDED", "CHANGED", "REMOVED"];
  const parts = kinds.flatMap((k) => {
    const n = changes.filter((c) => c.change === k).length;
    return n > 0 ? [`${n} ${changeLooks[k].label}`] : [];
  });
  return parts.length > 0 ? parts.join(", ") : "nothing changes";
}
