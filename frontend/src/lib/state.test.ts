import { buildSchema, isEnumType } from "graphql";
import { describe, expect, it } from "vitest";
import { loadSchema } from "../../dev/mock/schema";
import { isPartial, isState, lookOf, states } from "./state";

describe("states", () => {
  it("are those of the schema, each once", () => {
    const type = loadSchema().getType("State");
    const names = isEnumType(type) ? type.getValues().map((v) => v.name) : [];
    expect(states.toSorted()).toEqual(names.toSorted());
  });

  it("are listed worst first, each with words and a colour of its own", () => {
    expect(states.map((s) => lookOf(s).rank)).toEqual(states.map((_, i) => i));
    expect(new Set(states.map((s) => lookOf(s).label)).size).toBe(states.length);
    expect(new Set(states.map((s) => lookOf(s).tone)).size).toBe(states.length);
  });

  it("are told from other words", () => {
    expect(isState("BREACHED")).toBe(true);
    expect(isState("toString")).toBe(false);
    expect(isState("breached")).toBe(false);
  });

  it("call figures partial only when there are any", () => {
    expect(isPartial({ state: "NO_DATA", remaining: 0.5 })).toBe(true);
    expect(isPartial({ state: "NO_DATA", remaining: null })).toBe(false);
    expect(isPartial({ state: "STALE", remaining: 0.5 })).toBe(false);
  });

  it("would fail here if the schema had another state", () => {
    const type = buildSchema("type Query { a: State } enum State { HEALTHY NEW }").getType("State");
    expect(isEnumType(type) && type.getValues().map((v) => v.name)).not.toEqual(states);
  });
});
