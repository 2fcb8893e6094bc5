import { useQuery, useSubscription } from "@apollo/client/react";
import { useReadShown, useReconnected } from "@/components/follow";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import type { SloMovedSubscriptionVariables } from "@/gql/graphql";
import { useHeld } from "@/lib/held";
import { SloDetailDocument, SloDetailFields, SloMovedDocument, SloStatementDocument } from "./documents";
import { questionOf, type SloSearch } from "./search";

/** One objective with the figures of what is chosen; stays what it was while the next is read. */
export function useSlo(name: string, search: SloSearch) {
  const zone = useZone();
  const question = {
    objective: search.objective ?? null,
    ...questionOf(search, zone),
    exclusions: search.measured === undefined,
  };
  const variables = { name, ...question };
  const { data, error, loading, refetch } = useQuery(SloDetailDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    nextFetchPolicy: "cache-first",
  });
  const slo = unmask(SloDetailFields, useHeld({ data, loading, about: name, question: variables })?.slo);
  useMoved(slo?.id, { ...question, ...statementQuestion(search) });
  return {
    slo,
    error: slo === undefined ? error : undefined,
    loading: loading && slo === undefined,
    pending: loading && !data,
    refetch,
  };
}

function statementQuestion(search: SloSearch) {
  return { statement: search.tab === "statement", from: search.from ?? null, to: search.to ?? null };
}

/**
 * Lets the server send the figures whenever they are others: they stand on the
 * page without a question. After what was decided, in the past too, the rest of
 * the page is asked for; after what was measured plots take their own steps.
 */
function useMoved(id: string | undefined, question: Omit<SloMovedSubscriptionVariables, "ids">): void {
  const sent = [SloDetailDocument, SloStatementDocument];
  const readOthers = useReadShown(sent);
  const readAll = useReadShown([]);
  useSubscription(SloMovedDocument, {
    variables: { ids: id === undefined ? [] : [id], ...question },
    skip: id === undefined,
    ignoreResults: true,
    onData: ({ data }) => {
      if (data.data?.sloChanged.decided) {
        readOthers();
      }
    },
  });
  useReconnected(id !== undefined, readAll);
}
