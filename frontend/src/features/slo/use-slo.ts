import { useQuery } from "@apollo/client/react";
import { useFollow } from "@/components/follow";
import { useZone } from "@/components/zone";
import { useHeld } from "@/lib/held";
import { SloDetailDocument, SloStatementDocument } from "./documents";
import { questionOf, type SloSearch } from "./search";

/** One objective with the figures of what is chosen; stays what it was while the next is read. */
export function useSlo(name: string, search: SloSearch) {
  const zone = useZone();
  const variables = {
    name,
    objective: search.objective ?? null,
    ...questionOf(search, zone),
    exclusions: search.measured === undefined,
  };
  const { data, error, loading, refetch } = useQuery(SloDetailDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    nextFetchPolicy: "cache-first",
  });
  const slo = useHeld({ data, loading, about: name, question: variables })?.slo;

  // What was measured moves the budget, and with it where it went; plots take their steps. A past instant stands still.
  const first =
    search.tab === "statement" ? [SloDetailDocument, SloStatementDocument] : [SloDetailDocument];
  useFollow(slo ? [slo.id] : [], first, search.asOf !== undefined);
  return {
    slo,
    error: slo === undefined ? error : undefined,
    loading: loading && slo === undefined,
    pending: loading && !data,
    refetch,
  };
}
