import { useQuery, useSubscription } from "@apollo/client/react";
import { useRef } from "react";
import { useZone } from "@/components/zone";
import { useHeld } from "@/lib/held";
import { SloDetailDocument, SloPingDocument } from "./documents";
import { questionOf, type SloSearch } from "./search";

// A change is announced at most once a second; a page that is read, not watched, moves less often.
const PACE = 4_000;

/** One objective with the figures of what is chosen; stays what it was while the next is read. */
export function useSlo(name: string, search: SloSearch) {
  const zone = useZone();
  const variables = { name, objective: search.objective ?? null, ...questionOf(search, zone) };
  const { data, error, loading, refetch } = useQuery(SloDetailDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    nextFetchPolicy: "cache-first",
  });
  const slo = useHeld({ data, loading, about: name, question: variables })?.slo;

  // Past instants stand still; the present is read anew when the server says that it moved.
  const last = useRef(0);
  const following = slo !== undefined && slo !== null && search.asOf === undefined;
  useSubscription(SloPingDocument, {
    variables: { ids: slo ? [slo.id] : [] },
    skip: !following,
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: () => {
      if (Date.now() - last.current > PACE) {
        last.current = Date.now();
        refetch().catch(() => undefined);
      }
    },
  });
  return {
    slo,
    error: slo === undefined ? error : undefined,
    loading: loading && slo === undefined,
    pending: loading && !data,
    refetch,
  };
}
