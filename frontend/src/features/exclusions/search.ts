import type { ApprovalState, ExclusionKind } from "@/gql/graphql";
import { compact, oneOf, text } from "@/lib/search-params";
import type { StateLook } from "@/lib/state";
import { parseInstant, rfc3339 } from "@/lib/time";
import { exclusionKinds } from "@/lib/words";

/** What the address of the page says. */
export interface ExclusionsSearch {
  /** The month that is shown, 2026-11; the present one if absent. */
  month?: string;
  view?: "list";
  search?: string;
  kind?: ExclusionKind;
  state?: ApprovalState;
  slo?: string;
  service?: string;
  /** The exclusion whose details are open. */
  open?: string;
  /** The form is open: for a new one, or for the one of that name. */
  create?: "1";
  edit?: string;
  /** What a new one begins with. */
  from?: string;
  to?: string;
}

/** States of approvals in words. */
export const states: Record<ApprovalState, { label: string; tone: StateLook["tone"]; meaning: string }> = {
  NOT_NEEDED: {
    label: "In force",
    tone: "healthy",
    meaning: "It was announced before it began, or is written in a reviewed file.",
  },
  PENDING: {
    label: "Waits for approval",
    tone: "risk",
    meaning: "It reaches back: somebody else has to agree.",
  },
  APPROVED: { label: "Approved", tone: "healthy", meaning: "Somebody other than its author agreed." },
  REJECTED: { label: "Rejected", tone: "quiet", meaning: "It changes nothing." },
};

const kindNames = Object.keys(exclusionKinds) as ExclusionKind[];
const stateNames = Object.keys(states) as ApprovalState[];

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseExclusionsSearch(search: Record<string, unknown>): ExclusionsSearch {
  const month = text(search, "month", 7);
  const edit = text(search, "edit", 63);
  const instant = (name: string) => {
    const at = parseInstant(text(search, name));
    return at ? rfc3339(at) : undefined;
  };
  return compact({
    month: month && /^(19|20)\d\d-(0[1-9]|1[0-2])$/.test(month) ? month : undefined,
    view: oneOf(search, "view", ["list"] as const),
    search: text(search, "search"),
    kind: oneOf(search, "kind", kindNames),
    state: oneOf(search, "state", stateNames),
    slo: text(search, "slo", 63),
    service: text(search, "service", 63),
    open: text(search, "open", 63),
    create: edit === undefined && search.create === "1" ? ("1" as const) : undefined,
    edit,
    from: instant("from"),
    to: instant("to"),
  });
}
