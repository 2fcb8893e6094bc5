import type { State } from "@/gql/graphql";
import { compact, oneOf, text } from "@/lib/search-params";
import { isState } from "@/lib/state";

/** How the overview is ordered. */
export type Sort = "burn" | "remaining" | "name";

/** What the overview's address says. */
export interface OverviewSearch {
  q?: string;
  /** States joined by commas. */
  state?: string;
  team?: string;
  service?: string;
  sort?: Sort;
}

/** Reads an address that anybody may have typed; what makes no sense is left out. */
export function parseOverviewSearch(search: Record<string, unknown>): OverviewSearch {
  const chosen = statesOf(text(search, "state")).join(",");
  return compact({
    q: text(search, "q"),
    state: chosen === "" ? undefined : chosen,
    team: text(search, "team"),
    service: text(search, "service"),
    sort: oneOf<Sort>(search, "sort", ["burn", "remaining", "name"]),
  });
}

/** The states of a list such as "BREACHED,AT_RISK". */
export function statesOf(list: string | undefined): State[] {
  return [...new Set((list ?? "").split(","))].filter(isState);
}

/** The list with a state added, or removed if it is there; undefined when nothing is left. */
export function toggleState(list: string | undefined, state: State): string | undefined {
  const chosen = statesOf(list);
  const next = chosen.includes(state) ? chosen.filter((s) => s !== state) : [...chosen, state];
  return next.length > 0 ? next.join(",") : undefined;
}
