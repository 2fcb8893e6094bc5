import type { DocumentNode } from "@apollo/client";
import { useApolloClient, useSubscription } from "@apollo/client/react";
import { useThrottledCallback } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { useConnection } from "@/components/live";
import { graphql } from "@/gql";

const SloPingDocument = graphql(/* GraphQL */ `
  subscription SloPing($ids: [ID!], $decided: Boolean!) {
    sloChanged(ids: $ids, decided: $decided) {
      decided
    }
  }
`);

// What is measured is announced once a minute and may wait: a page that is read, not watched, moves less often.
const PACE = 4_000;
// What is decided about a thousand objectives is announced a thousand times, and read twice.
const DECIDED_PACE = 500;

/**
 * Follows objectives, or with null what is decided about any. What was measured
 * is read at the pace of the page: the questions `first`, unless it stands still.
 * What somebody decided (a target, an exclusion, an annotation, an agreement)
 * changes the past too, so that nothing on the screen is sure: everything that is
 * shown is asked for again at once, `first` before what is dear and drawn later.
 */
export function useFollow(ids: readonly string[] | null, first: DocumentNode[], still = false): void {
  const client = useApolloClient();
  const read = () => client.refetchQueries({ include: first });
  const readAnew = useThrottledCallback(() => {
    if (!still) {
      read().catch(() => undefined); // each is told by its error
    }
  }, PACE);
  const readAll = useThrottledCallback(() => {
    const read1 = new Set(client.getObservableQueries(first));
    read()
      .catch(() => undefined)
      .then(() => {
        for (const q of client.getObservableQueries()) {
          if (!read1.has(q) && q.options.fetchPolicy !== "cache-only") {
            q.refetch().catch(() => undefined);
          }
        }
      });
  }, DECIDED_PACE);
  const following = ids === null || ids.length > 0;
  useSubscription(SloPingDocument, {
    variables: { ids: ids && [...ids], decided: ids === null },
    skip: !following,
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: ({ data }) => (data.data?.sloChanged.decided ? readAll() : readAnew()),
  });
  // What changed while there was no socket was announced to nobody.
  const { epoch } = useConnection();
  const heard = useRef(epoch);
  useEffect(() => {
    if (following && heard.current !== epoch) {
      heard.current = epoch;
      (epoch > 1 ? readAll : readAnew)(); // the first one comes while the page is opened
    }
  }, [following, epoch, readAnew, readAll]);
}
