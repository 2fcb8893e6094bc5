import { compact, text } from "@/lib/search-params";

/** What the address of the list says. */
export interface SlasSearch {
  /** Whether the form of a new agreement is open. */
  create?: "1";
}

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseSlasSearch(search: Record<string, unknown>): SlasSearch {
  return compact({ create: text(search, "create") ? ("1" as const) : undefined });
}

/** What the address of one agreement says. */
export interface SlaSearch {
  /** The customer whose statements and credits the table shows; the first without. */
  customer?: string;
  /** The period for which the dialog that issues a statement is open. */
  issue?: string;
  /** Whether the form is open. */
  edit?: "1";
  /** Whether the older half of the periods is shown. */
  older?: "1";
}

export function parseSlaSearch(search: Record<string, unknown>): SlaSearch {
  const edit = text(search, "edit") ? ("1" as const) : undefined;
  return compact({
    customer: text(search, "customer", 63),
    issue: edit ? undefined : text(search, "issue", 20),
    edit,
    older: text(search, "older") ? ("1" as const) : undefined,
  });
}

/** What the address of a statement says. */
export interface StatementSearch {
  /** Another revision than the newest. */
  revision?: string;
}

export function parseStatementSearch(search: Record<string, unknown>): StatementSearch {
  const revision = text(search, "revision", 6);
  return compact({ revision: revision && /^[1-9]\d*$/.test(revision) ? revision : undefined });
}
