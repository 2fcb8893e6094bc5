import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSearch, patched, stringifySearch } from "@/lib/search-params";
import { parseOverviewSearch, statesOf, toggleState } from "./search";

describe("the overview's address", () => {
  it("is read and written without change", () => {
    const text = "?q=check+out&state=BREACHED,AT_RISK&team=payments&service=checkout&sort=remaining";
    expect(stringifySearch({ ...parseOverviewSearch(parseSearch(text)) })).toBe(text);
  });

  it("leaves out what makes no sense", () => {
    expect(parseOverviewSearch({ state: "BURNING,BREACHED,BREACHED", sort: "up", q: "", team: 7 })).toEqual({
      state: "BREACHED",
    });
    expect(parseOverviewSearch({ q: "x".repeat(5000) })).toEqual({});
  });

  it("means the same when it is read twice, whatever somebody typed", () => {
    const words = fc.dictionary(
      fc.constantFrom("q", "state", "team", "service", "sort", "__proto__", "other"),
      fc.string(),
    );
    fc.assert(
      fc.property(words, (typed) => {
        const once = parseOverviewSearch(typed);
        expect(parseOverviewSearch(parseSearch(stringifySearch({ ...once })))).toEqual(once);
      }),
    );
  });

  it("loses a field that is taken away", () => {
    expect(patched({ q: "a", team: "b" }, { q: undefined })).toEqual({ team: "b" });
  });
});

describe("states in the address", () => {
  it("are added and taken away", () => {
    expect(toggleState(undefined, "NO_DATA")).toBe("NO_DATA");
    expect(toggleState("NO_DATA", "BREACHED")).toBe("NO_DATA,BREACHED");
    expect(toggleState("NO_DATA", "NO_DATA")).toBeUndefined();
    expect(statesOf("x,STALE,,STALE")).toEqual(["STALE"]);
  });
});
