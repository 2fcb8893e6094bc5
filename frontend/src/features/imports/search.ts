import { compact, text } from "@/lib/search-params";

/** What the address of the page says. */
export interface ImportSearch {
  /** A document that is looked at: its path. */
  document?: string;
}

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseImportSearch(search: Record<string, unknown>): ImportSearch {
  return compact({ document: text(search, "document") });
}
