import { compact, text } from "@/lib/search-params";

/** What the address of the page says. */
export interface SourcesSearch {
  /** The source whose details are open. */
  source?: string;
  /** Whether the form is open: for a new source, or for the one of that name. */
  connect?: string;
  edit?: string;
}

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseSourcesSearch(search: Record<string, unknown>): SourcesSearch {
  const edit = text(search, "edit");
  return compact({
    source: text(search, "source"),
    connect: edit === undefined && text(search, "connect") ? "1" : undefined,
    edit,
  });
}
