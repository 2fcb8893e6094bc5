import type { ApolloClient } from "@apollo/client";
import { unmask } from "@/gql";
import type { OverviewQuery, SloChangedSubscription } from "@/gql/graphql";
import type { LiveStatus } from "@/lib/connection";
import { OverviewDocument, SloChangedDocument } from "./documents";
import { SloRowDocument } from "./row";

/** A page costs (fields per SLO) × first; 50 stays at half of what the server allows for one operation. */
export const PAGE = 50;
// Of changes that arrive one by one the first is drawn at once, the others four times a second: as live as an eye can tell.
const FLUSH = 250;
// Removals are not announced: look for them now and then.
const REFRESH = 60_000;

type Change = SloChangedSubscription["sloChanged"];
type Edges = OverviewQuery["slos"]["edges"];

/** How the list in the cache came about. */
export interface FeedState {
  reading: boolean;
  error: unknown;
}

/**
 * Keeps all objectives in Apollo's cache while anybody looks: reads every page,
 * follows the changes, reads anew after the socket was lost. A list that is on
 * the screen is replaced at once and not page by page, so that nothing flickers.
 */
export class FleetFeed {
  readonly #client: ApolloClient;
  readonly #live: LiveStatus;
  #state: FeedState = { reading: true, error: undefined };
  #listeners = new Set<() => void>();
  #stop: (() => void) | null = null;
  #buffer: Change[] = [];
  #pause: ReturnType<typeof setTimeout> | null = null;
  #known = new Set<string>();
  #reading = false;

  constructor(client: ApolloClient, live: LiveStatus) {
    this.#client = client;
    this.#live = live;
  }

  readonly snapshot = (): FeedState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#stop ??= this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        this.#stop?.();
        this.#stop = null;
      }
    };
  };

  /** Reads the whole list; what is shown stays until it is complete. */
  readonly refresh = async (): Promise<void> => {
    if (this.#reading) {
      return;
    }
    this.#reading = true;
    this.#set({ reading: true, error: this.#state.error });
    try {
      await this.#readAll();
      this.#set({ reading: false, error: undefined });
    } catch (error) {
      this.#set({ reading: false, error });
    } finally {
      this.#reading = false;
    }
  };

  #start(): () => void {
    void this.refresh();
    const changes = this.#client
      .subscribe({ query: SloChangedDocument, fetchPolicy: "no-cache" })
      .subscribe({ next: ({ data }) => data && this.#arrived(data.sloChanged), error: () => undefined });
    const poll = setInterval(() => document.visibilityState === "visible" && void this.refresh(), REFRESH);
    let epoch = this.#live.snapshot().epoch;
    const unwatch = this.#live.subscribe(() => {
      const now = this.#live.snapshot();
      if (now.epoch > Math.max(epoch, 1)) {
        void this.refresh();
      }
      epoch = now.epoch;
    });
    return () => {
      changes.unsubscribe();
      clearTimeout(this.#pause ?? undefined);
      this.#pause = null;
      clearInterval(poll);
      unwatch();
    };
  }

  async #readAll(): Promise<void> {
    const first = this.#known.size === 0;
    const edges: Edges = [];
    let page: OverviewQuery | null = null;
    do {
      page = await this.#readPage(page?.slos.pageInfo.endCursor ?? null);
      edges.push(...page.slos.edges);
      if (first || !page.slos.pageInfo.hasNextPage) {
        this.#write({ ...page, slos: { ...page.slos, edges: [...edges] } });
      }
    } while (page.slos.pageInfo.hasNextPage);
  }

  async #readPage(after: string | null): Promise<OverviewQuery> {
    const variables = { first: PAGE, after };
    const { data, error } = await this.#client.query({
      query: OverviewDocument,
      variables,
      fetchPolicy: "no-cache",
    });
    if (!data) {
      throw error ?? new Error("the server answered without data");
    }
    return data;
  }

  #write(data: OverviewQuery): void {
    this.#known = new Set(data.slos.edges.map((e) => e.node.id));
    this.#client.writeQuery({ query: OverviewDocument, variables: { first: PAGE }, data });
  }

  #arrived(change: Change): void {
    this.#buffer.push(change);
    if (this.#pause === null) {
      this.#flush();
    }
  }

  #flush(): void {
    if (this.#buffer.length === 0) {
      this.#pause = null;
      return;
    }
    this.#pause = setTimeout(() => this.#flush(), FLUSH);
    const changes = this.#buffer.splice(0);
    const { cache } = this.#client;
    cache.batch({
      update: () => {
        for (const { slo } of changes) {
          cache.writeFragment({
            id: `Slo:${slo.id}`,
            fragment: SloRowDocument,
            fragmentName: "SloRow",
            data: unmask(SloRowDocument, slo),
          });
        }
      },
    });
    if (changes.some((c) => !this.#known.has(c.slo.id))) {
      void this.refresh();
    }
  }

  #set(next: FeedState): void {
    this.#state = next;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
