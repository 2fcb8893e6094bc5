import type { AlertState } from "@/gql/graphql";
import { compact, oneOf, text } from "@/lib/search-params";

/** What the address of the page says. */
export interface AlertsSearch {
  state?: AlertState;
  service?: string;
  /** Also those of the last 30 days that ended. */
  past?: "1";
}

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseAlertsSearch(search: Record<string, unknown>): AlertsSearch {
  return compact({
    state: oneOf(search, "state", ["FIRING", "PENDING", "FROZEN", "RESOLVED"] as const),
    service: text(search, "service", 63),
    past: search.past === "1" ? ("1" as const) : undefined,
  });
}
