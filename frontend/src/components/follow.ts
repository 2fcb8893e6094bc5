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

// A number is on the screen by then, also in other windows of the same machine.
const LATER = 100;

/** The context of a question whose answer is dear, or drawn: after a decision numbers go before it. */
export const later = { later: true };

/**
 * Follows objectives, or with null what is decided about any. What was measured
 * is read at the pace of the page: the questions `first`. What somebody decided (a
 * target, an exclusion, an annotation, an agreement) changes the past too, so that
 * nothing on the screen is sure: everything that is shown is asked for again.
 */
export function useFollow(ids: readonly string[] | null, first: DocumentNode[]): void {
  const client = useApolloClient();
  const readAnew = useThrottledCallback(
    () => void client.refetchQueries({ include: first }).catch(() => undefined), // told by its error
    PACE,
  );
  const readAll = useReadShown([]);
  const following = ids === null || ids.length > 0;
  useSubscription(SloPingDocument, {
    variables: { ids: ids && [...ids], decided: ids === null },
    skip: !following,
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: ({ data }) => (data.data?.sloChanged.decided ? readAll() : readAnew()),
  });
  useReconnected(following, (again) => (again ? readAll() : readAnew()));
}

/** Asks again, now and then, for everything that is shown besides what certain questions ask for. */
export function useReadShown(besides: DocumentNode[]): () => void {
  const client = useApolloClient();
  return useThrottledCallback(() => {
    const known = client.getObservableQueries(besides);
    for (const query of client.getObservableQueries()) {
      if (!known.has(query) && query.options.fetchPolicy !== "cache-only") {
        const read = () => void query.refetch().catch(() => undefined); // told by its error
        query.options.context?.later === true ? setTimeout(read, LATER) : read();
      }
    }
  }, DECIDED_PACE);
}

/** Reads after a connection was made: what changed while there was none was announced to nobody. */
export function useReconnected(following: boolean, read: (again: boolean) => void): void {
  const { epoch } = useConnection();
  const heard = useRef(epoch);
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    if (following && heard.current !== epoch) {
      heard.current = epoch;
      latest.current(epoch > 1); // the first one comes while the page is opened
    }
  }, [following, epoch]);
}
