import { type FieldFunctionOptions, InMemoryCache, type Reference, type StoreObject } from "@apollo/client";

interface Edge {
  cursor: string;
  node: Reference;
}

interface Page {
  edges: readonly Edge[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Appends a page to those before it; the first page starts anew. */
function mergeEdges(before: Page | undefined, page: Page, { args }: FieldFunctionOptions): Page {
  if (!before || !args?.after) {
    return page;
  }
  const seen = new Set(before.edges.map((e) => e.node.__ref));
  return { ...page, edges: [...before.edges, ...page.edges.filter((e) => !seen.has(e.node.__ref))] };
}

interface Nodes {
  nodes: readonly Reference[];
}

/** The same for lists that are asked for by their nodes alone. */
function mergeNodes(before: Nodes | undefined, page: Nodes, { args }: FieldFunctionOptions): Nodes {
  if (!before || !args?.after) {
    return page;
  }
  const seen = new Set(before.nodes.map((n) => n.__ref));
  return { ...page, nodes: [...before.nodes, ...page.nodes.filter((n) => !seen.has(n.__ref))] };
}

type Stored = Reference | StoreObject;

/**
 * An objective has no id: it is the one of its name within its SLO. Answers to
 * different questions about it are laid over one another; what is no longer in
 * the specification goes.
 */
function mergeObjectives(
  before: readonly Stored[] | undefined,
  incoming: readonly Stored[],
  { readField, mergeObjects }: FieldFunctionOptions,
): readonly Stored[] {
  const known = new Map(before?.map((o) => [nameOf(o, readField), o]));
  return incoming.map((o) => {
    const old = known.get(nameOf(o, readField));
    return old ? mergeObjects(old, o) : o;
  });
}

function nameOf(o: Stored, readField: FieldFunctionOptions["readField"]): unknown {
  return readField("name", o);
}

/**
 * The cache holds all server state. Figures that belong to one instant (a
 * budget, a series, an explanation) are replaced whole, never merged: half of
 * one minute and half of the next would be a number that never was.
 */
export function createCache(): InMemoryCache {
  return new InMemoryCache({
    typePolicies: {
      Query: {
        fields: {
          slos: { keyArgs: ["filter"], merge: mergeEdges },
          slas: { keyArgs: [], merge: mergeNodes },
          documents: { keyArgs: [], merge: mergeNodes },
          health: { merge: true },
        },
      },
      Slo: {
        fields: {
          objectives: { merge: mergeObjectives },
          objective: { merge: true },
          groups: { merge: false },
          budget: { merge: false },
          series: { merge: false },
          explain: { merge: false },
          burnRates: { merge: false },
          window: { merge: true },
          backfill: { merge: true },
          origin: { merge: true },
          exclusions: { merge: false },
          annotations: { merge: false },
          statement: { merge: false },
          alertPolicies: { merge: false },
          alerts: { merge: false },
          wouldHaveFired: { merge: false },
        },
      },
      Objective: {
        keyFields: false,
        fields: {
          budget: { merge: false },
          series: { merge: false },
          burnRates: { merge: false },
          explain: { merge: false },
          statement: { merge: false },
          groups: { merge: false },
        },
      },
      Exclusion: {
        fields: { approval: { merge: true }, scope: { merge: true }, next: { merge: false } },
      },
      Source: {
        fields: {
          cost: { merge: false },
          test: { merge: false },
          tls: { merge: false },
          headers: { merge: false },
          slos: { merge: false },
        },
      },
      Sla: {
        fields: {
          figures: { merge: false },
          periods: { merge: false },
          statements: { keyArgs: [], merge: mergeNodes },
          window: { merge: false },
          terms: { merge: false },
        },
      },
      Health: {
        fields: { components: { merge: false }, targets: { merge: false }, problems: { merge: false } },
      },
    },
  });
}
