import { useQuery, useSubscription } from "@apollo/client/react";
import { useRef } from "react";
import { useZone } from "@/components/zone";
import { SloDetailDocument, SloPingDocument } from "./documents";
import { type SloSearch, windowInput } from "./search";

// A change is announced at most once a second; a page that is read, not watched, moves less often.
const PACE = 4_000;

/** One objective with the budget of the chosen window and instant; stays what it was while the next is read. */
export function useSlo(name: string, search: SloSearch) {
  const zone = useZone();
  const { data, previousData, error, loading, refetch } = useQuery(SloDetailDocument, {
    variables: { name, window: windowInput(search, zone), asOf: search.asOf ?? null },
    fetchPolicy: "cache-and-network",
    nextFetchPolicy: "cache-first",
  });
  const old = previousData?.slo?.name === name ? previousData : undefined;
  const slo = (data ?? old)?.slo;

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
    error: slo ? undefined : error,
    loading: loading && !slo,
    pending: loading && !data,
    refetch,
  };
}
