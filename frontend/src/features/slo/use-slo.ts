import { useQuery, useSubscription } from "@apollo/client/react";
import { useThrottledCallback } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useConnection } from "@/components/live";
import { useZone } from "@/components/zone";
import { useHeld } from "@/lib/held";
import { SloDetailDocument, SloPingDocument } from "./documents";
import { questionOf, type SloSearch } from "./search";

// A change is announced at most once a second; a page that is read, not watched, moves less often.
const PACE = 4_000;

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

  // Past instants stand still; the present is read anew when the server says that it moved.
  const following = slo !== undefined && slo !== null && search.asOf === undefined;
  // The last of several quick changes counts: without it the page would show what was true before it.
  const readAnew = useThrottledCallback(() => void refetch().catch(() => undefined), PACE);
  useSubscription(SloPingDocument, {
    variables: { ids: slo ? [slo.id] : [] },
    skip: !following,
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: () => readAnew(),
  });
  // What changed while there was no socket was announced to nobody.
  const { epoch } = useConnection();
  const read = useRef(epoch);
  useEffect(() => {
    if (following && read.current !== epoch) {
      read.current = epoch;
      readAnew();
    }
  }, [following, epoch, readAnew]);
  return {
    slo,
    error: slo === undefined ? error : undefined,
    loading: loading && slo === undefined,
    pending: loading && !data,
    refetch,
  };
}
