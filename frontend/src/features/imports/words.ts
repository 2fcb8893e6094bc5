import type { ChangeKind, SpecFormat } from "@/gql/graphql";
import type { StateLook } from "@/lib/state";

const formats: Record<SpecFormat, string> = {
  OPENSLO_V1: "OpenSLO v1",
  OPENSLO_V1ALPHA: "OpenSLO v1alpha",
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
export const windows: readonly { value: string; label: string }[] = [
  { value: "7d", label: "7 days" },
  { value: "28d", label: "28 days" },
  { value: "30d", label: "30 days" },
  { value: "90d", label: "90 days" },
];

/** How a change looks and reads. */
export const changeLooks: Record<ChangeKind, { label: string; tone: StateLook["tone"] }> = {
  ADDED: { label: "new", tone: "healthy" },
  CHANGED: { label: "changed", tone: "risk" },
  REMOVED: { label: "removed", tone: "breached" },
  UNCHANGED: { label: "as it is", tone: "quiet" },
};

/** 2 new, 1 changed: what a preview comes to; "nothing changes" if it is nothing. */
export function changesText(changes: readonly { change: ChangeKind }[]): string {
  const kinds: ChangeKind[] = ["ADDED", "CHANGED", "REMOVED"];
  const parts = kinds.flatMap((k) => {
    const n = changes.filter((c) => c.change === k).length;
    return n > 0 ? [`${n} ${changeLooks[k].label}`] : [];
  });
  return parts.length > 0 ? parts.join(", ") : "nothing changes";
}
