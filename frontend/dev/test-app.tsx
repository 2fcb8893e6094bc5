import { ApolloLink, Observable } from "@apollo/client";
import { createMemoryHistory } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import { type DocumentNode, execute, OperationTypeNode } from "graphql";
import { concatMap, Subject } from "rxjs";
import { App } from "@/app/App";
import { createAppRouter } from "@/app/router";
import { clientOver } from "@/lib/apollo";
import type { Connection, LiveStatus } from "@/lib/connection";
import { ZonePreference } from "@/lib/preferences";
import { fleet, type MockSlo } from "./mock/fleet";
import type { MockDocument } from "./mock/imports";
import { createRoot, loadSchema, sloNode } from "./mock/schema";
import { type Agreements, inventedAgreements } from "./mock/slas";
import { inventedSources, type MockSource } from "./mock/sources";

const schema = loadSchema();

/** A live connection that a test holds in its hands. */
export class StillSocket implements LiveStatus {
  now: Connection = { state: "live", since: null, epoch: 1 };
  retries = 0;
  #listeners = new Set<() => void>();
  snapshot = () => this.now;
  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  retry = () => {
    this.retries += 1;
  };
  set(now: Connection): void {
    this.now = now;
    for (const l of this.#listeners) {
      l();
    }
  }
}

interface Options {
  slos?: MockSlo[];
  sources?: MockSource[];
  agreements?: Agreements;
  documents?: MockDocument[];
  /** Called before each query; throws to fail it. */
  before?: (operation: string, variables: Record<string, unknown>) => void;
}

/** The whole page at an address, over the real schema with invented data. */
export function renderApp(
  path: string,
  {
    slos = fleet,
    sources = inventedSources(),
    agreements = inventedAgreements(),
    documents = [],
    before,
  }: Options = {},
) {
  const world = { slos, sources, agreements, documents };
  const changes = new Subject<object>();
  const pings = new Subject<boolean>();
  const socket = new StillSocket();
  const answers = new ApolloLink(({ query, variables, operationName = "" }) => {
    const answer = async (): Promise<ApolloLink.Result> => {
      before?.(operationName, variables);
      const rootValue = createRoot(world.slos, world.sources, world.agreements, world.documents);
      const { data, errors } = await execute({
        schema,
        document: query,
        rootValue,
        variableValues: variables,
      });
      return errors ? { data: null, errors: errors.map((e) => e.toJSON()) } : { data: { ...data } };
    };
    return new Observable((observer) => {
      answer().then(
        (result) => {
          observer.next(result);
          observer.complete();
        },
        (error) => observer.error(error),
      );
    });
  });
  /** What the server would send about the objective that is followed. */
  const event = async (query: DocumentNode, variables: Record<string, unknown>, decided: boolean) => {
    const ids = Array.isArray(variables.ids) ? variables.ids : [];
    const slo = world.slos.find((s) => ids.includes(sloNode(s).id)) ?? world.slos[0];
    const sloChanged = { slo: slo && sloNode(slo), at: new Date().toISOString(), decided };
    const { data } = await execute({
      schema,
      document: query,
      rootValue: { sloChanged },
      variableValues: variables,
    });
    return { data: { ...data } };
  };
  const events = new ApolloLink(({ operationName = "", query, variables }) => {
    switch (operationName) {
      case "SloChanged":
        return changes;
      case "SloPing":
      case "SloMoved":
        return pings.pipe(concatMap((decided) => event(query, variables, decided)));
      default:
        return new Observable(() => undefined);
    }
  });
  const link = ApolloLink.split((o) => o.operationType === OperationTypeNode.SUBSCRIPTION, events, answers);
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }));
  const view = render(
    <App client={clientOver(link)} live={socket} zone={new ZonePreference()} router={router} />,
  );
  return {
    ...view,
    router,
    socket,
    world,
    announce: (slo: MockSlo) => changes.next({ data: { sloChanged: changeOf(slo) } }),
    /** Says that something about an objective was measured, or decided. */
    ping: (decided = false) => pings.next(decided),
  };
}

/** What the server would send: the answers of the mock without arguments. */
function changeOf(slo: MockSlo): object {
  const node = sloNode(slo);
  const typed = { __typename: "Slo", ...node, service: { __typename: "Service", ...node.service } };
  const objectives = node.objectives.map((o) => ({
    __typename: "Objective",
    name: o.name,
    targetPercent: o.targetPercent,
    budget: { __typename: "Budget", ...o.budget({}) },
    burnRates: o.burnRates({}).map((b) => ({ __typename: "BurnRate", ...b })),
  }));
  return {
    __typename: "SloChange",
    at: new Date().toISOString(),
    slo: { ...typed, window: { __typename: "Window", ...node.window }, objectives },
  };
}
