import { useQuery } from "@apollo/client/react";
import { later, useFollow } from "@/components/follow";
import { unmask } from "@/gql";
import type {
  SlaPeriodFiguresFragment as Figures,
  SlaHistoryQueryVariables,
  SlaIssuedFragment,
} from "@/gql/graphql";
import { useHeld } from "@/lib/held";
import {
  SlaIssuedFragment as IssuedFragment,
  SlaDefinitionFragment,
  SlaDetailDocument,
  SlaHistoryDocument,
  SlaIssuedDocument,
  SlaPeriodFiguresFragment,
} from "./documents";

// What is promised for a month moves slowly; half a minute is as often as anybody would look. Changes are announced besides.
const PACE = 30_000;

/** An agreement with its figures of the current period. */
export function useSla(name: string) {
  const { data, error, refetch } = useQuery(SlaDetailDocument, {
    variables: { name },
    fetchPolicy: "cache-and-network",
    pollInterval: PACE,
  });
  const streams = unmask(SlaDefinitionFragment, data?.sla)?.streams ?? [];
  const ids = [...new Set(streams.flatMap((s) => (s.slo ? [s.slo.id] : [])))];
  // What is not there may be made: that is announced with whatever it promises.
  useFollow(data?.sla === null ? null : ids, [SlaDetailDocument]);
  return { sla: data?.sla, error: data ? undefined : error, refetch };
}

/** As many periods as one request tells about. */
export const AT_ONCE = 12;

/** The variables that ask for some periods; what is left over asks for the current one, which costs no more. */
export function historyVariables(name: string, periods: readonly string[]): SlaHistoryQueryVariables {
  const p = (i: number) => periods[i] ?? null;
  return {
    name,
    p0: p(0),
    p1: p(1),
    p2: p(2),
    p3: p(3),
    p4: p(4),
    p5: p(5),
    p6: p(6),
    p7: p(7),
    p8: p(8),
    p9: p(9),
    p10: p(10),
    p11: p(11),
  };
}

/** The figures of at most twelve periods, by name of the period. */
export function useHistory(name: string, periods: readonly string[]) {
  const variables = historyVariables(name, periods);
  const { data, error, loading, refetch } = useQuery(SlaHistoryDocument, {
    variables,
    skip: periods.length === 0,
    fetchPolicy: "cache-and-network",
    pollInterval: PACE * 2,
  });
  const sla = useHeld({ data, loading, about: name, question: variables })?.sla;
  const figures = new Map<string, Figures>();
  if (sla) {
    const { p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 } = sla;
    for (const masked of [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11]) {
      const found = unmask(SlaPeriodFiguresFragment, masked);
      figures.set(found.period, found);
    }
  }
  return { figures, error: sla ? undefined : error, loading: sla === undefined && !error, refetch };
}

/** Every issued revision of an agreement's statements, newest first. */
export function useIssued(name: string) {
  const { data, error, refetch, fetchMore } = useQuery(SlaIssuedDocument, {
    variables: { name },
    fetchPolicy: "cache-and-network",
    context: later,
    pollInterval: PACE * 2,
  });
  const page = data?.sla?.statements;
  return {
    issued: page ? unmask(IssuedFragment, page.nodes) : undefined,
    more: page?.pageInfo.hasNextPage
      ? () => void fetchMore({ variables: { after: page.pageInfo.endCursor ?? null } })
      : undefined,
    error: data ? undefined : error,
    refetch,
  };
}

/** The newest revision for each customer and period, by latestKey. */
export function latestOf(issued: readonly SlaIssuedFragment[]): Map<string, SlaIssuedFragment> {
  return new Map(issued.filter((s) => s.latest).map((s) => [latestKey(s.customer.name, s.period.name), s]));
}

/** Names the statement of a customer and a period; neither has a slash. */
export function latestKey(customer: string, period: string): string {
  return `${customer}/${period}`;
}
