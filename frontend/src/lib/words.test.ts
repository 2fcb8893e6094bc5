import { describe, expect, it } from "vitest";
import { counted, listed, nameError, sentence, titleOf } from "./words";

describe("words", () => {
  it("list things as people do", () => {
    expect(listed([])).toBe("");
    expect(listed(["a"])).toBe("a");
    expect(listed(["a", "b", "c"])).toBe("a, b and c");
  });

  it("count with the noun in the right number", () => {
    expect(counted(1, "problem")).toBe("1 problem");
    expect(counted(0, "problem")).toBe("0 problems");
    expect(counted(2, "query", "queries")).toBe("2 queries");
  });

  it("make a sentence of a remark", () => {
    expect(sentence("the last message was taken")).toBe("The last message was taken.");
    expect(sentence("well")).toBe("Well.");
    expect(sentence("https://a.example answers 500")).toBe("https://a.example answers 500.");
    expect(sentence("is what is measured still running?")).toBe("Is what is measured still running?");
  });

  it("name what has no title by its name", () => {
    expect(titleOf({ name: "a", displayName: "" })).toBe("a");
    expect(titleOf({ name: "a", displayName: undefined })).toBe("a");
    expect(titleOf({ name: "a", displayName: "A" })).toBe("A");
  });

  it("refuse names that no address can have, and those that are taken", () => {
    const rules = { taken: ["taken"], what: "a source", example: "shop" };
    expect(nameError("shop-2", rules)).toBeNull();
    expect(nameError("a".repeat(63), rules)).toBeNull();
    for (const bad of ["", "Shop", "-shop", "shop-", "a.b", "a".repeat(64)]) {
      expect(nameError(bad, rules)).toMatch(/lower-case letters.*such as shop/);
    }
    expect(nameError("taken", rules)).toMatch(/a source called taken already/);
  });
});
