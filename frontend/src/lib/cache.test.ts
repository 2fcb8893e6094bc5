import { gql } from "@apollo/client";
import { expect, it } from "vitest";
import { createCache } from "./cache";

const objectives = (fields: string) => gql`query { slo(name: "a") { id objectives { name ${fields} } } }`;
const answer = (list: object[]) => ({
  slo: { __typename: "Slo", id: "1", objectives: list.map((o) => ({ __typename: "Objective", ...o })) },
});

it("lays answers about one objective over one another", () => {
  const cache = createCache();
  cache.writeQuery({
    query: objectives("target"),
    data: answer([
      { name: "x", target: "0.9" },
      { name: "y", target: "0.8" },
    ]),
  });
  cache.writeQuery({
    query: objectives("targetPercent"),
    data: answer([
      { name: "y", targetPercent: "80" },
      { name: "x", targetPercent: "90" },
    ]),
  });
  expect(cache.readQuery({ query: objectives("target targetPercent") })).toMatchObject({
    slo: {
      objectives: [
        { name: "y", target: "0.8", targetPercent: "80" },
        { name: "x", target: "0.9", targetPercent: "90" },
      ],
    },
  });
});

it("forgets an objective that is no longer in the specification", () => {
  const cache = createCache();
  cache.writeQuery({
    query: objectives("target"),
    data: answer([
      { name: "x", target: "0.9" },
      { name: "y", target: "0.8" },
    ]),
  });
  cache.writeQuery({ query: objectives("target"), data: answer([{ name: "x", target: "0.9" }]) });
  expect(cache.readQuery({ query: objectives("target") })).toMatchObject({
    slo: { objectives: [{ name: "x" }] },
  });
});

it("never mixes the figures of two instants", () => {
  const cache = createCache();
  const query = (fields: string) => objectives(`budget { ${fields} }`);
  const budget = (fields: object) => answer([{ name: "x", budget: { __typename: "Budget", ...fields } }]);
  cache.writeQuery({ query: query("good total"), data: budget({ good: 1, total: 2 }) });
  cache.writeQuery({ query: query("total"), data: budget({ total: 9 }) });
  expect(cache.readQuery({ query: query("good total") })).toBeNull();
});

it("appends pages and starts anew with the first one", () => {
  const cache = createCache();
  const query = gql`query ($after: String) { slos(first: 1, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
  const page = (id: string, more: boolean) => ({
    slos: {
      __typename: "SloConnection",
      edges: [{ __typename: "SloEdge", cursor: id, node: { __typename: "Slo", id } }],
      pageInfo: { __typename: "PageInfo", hasNextPage: more, endCursor: id },
    },
  });
  const ids = () =>
    cache.readQuery<ReturnType<typeof page>>({ query, variables: {} })?.slos.edges.map((e) => e.node.id);
  cache.writeQuery({ query, variables: {}, data: page("a", true) });
  cache.writeQuery({ query, variables: { after: "a" }, data: page("b", false) });
  expect(ids()).toEqual(["a", "b"]);
  cache.writeQuery({ query, variables: {}, data: page("c", false) });
  expect(ids()).toEqual(["c"]);
});

it("puts pages of a list one behind the other, each item once, and begins anew with the first", () => {
  const cache = createCache();
  const query = gql`query ($after: String) { slas(first: 2, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } }`;
  const page = (...names: string[]) => ({
    slas: {
      __typename: "SlaConnection",
      nodes: names.map((name) => ({ __typename: "Sla", id: name, name })),
      pageInfo: { __typename: "PageInfo", hasNextPage: false, endCursor: names.at(-1) ?? null },
    },
  });
  const shown = () =>
    cache.readQuery<{ slas: { nodes: { name: string }[] } }>({ query })?.slas.nodes.map((n) => n.name);
  cache.writeQuery({ query, variables: { after: null }, data: page("a", "b") });
  cache.writeQuery({ query, variables: { after: "b" }, data: page("b", "c") });
  expect(shown()).toEqual(["a", "b", "c"]);
  cache.writeQuery({ query, variables: { after: null }, data: page("b") });
  expect(shown()).toEqual(["b"]);
});
