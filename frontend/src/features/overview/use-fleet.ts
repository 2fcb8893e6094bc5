import { useApolloClient, useQuery } from "@apollo/client/react";
import { useState, useSyncExternalStore } from "react";
import { useLiveStatus } from "@/components/live";
import { OverviewDocument } from "./documents";
import { FleetFeed, PAGE } from "./feed";
import { type Row, toRow } from "./row";

/** All objectives, kept fresh. */
export interface Fleet {
  rows: Row[];
  /** True until the first page is there. */
  loading: boolean;
  /** True while further pages are on their way. */
  partial: boolean;
  error: unknown;
  refresh: () => void;
}

/** The fleet from the cache, and the feed that keeps it there. */
export function useFleet(): Fleet {
  const client = useApolloClient();
  const live = useLiveStatus();
  const [feed] = useState(() => new FleetFeed(client, live));
  const { error, reading } = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const { data } = useQuery(OverviewDocument, { variables: { first: PAGE }, fetchPolicy: "cache-only" });
  return {
    rows: data?.slos.edges.map((e) => toRow(e.node)).filter((r) => r !== null) ?? [],
    loading: data === undefined && (reading || error === undefined),
    partial: data?.slos.pageInfo.hasNextPage ?? false,
    error: data === undefined && !reading ? error : undefined,
    refresh: () => void feed.refresh(),
  };
}
