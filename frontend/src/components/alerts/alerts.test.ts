import { describe, expect, it } from "vitest";
import { reasonOf } from "./AlertItem";

const quiet = { reason: "burn rate 1.219512", burnRate: 1.219512, shortBurnRate: null, threshold: 3 };

describe("the reason of an alert", () => {
  it("writes burn rates once, as they are written everywhere", () => {
    expect(reasonOf(quiet)).toBe("burn rate 1.22×, threshold 3×");
    expect(reasonOf({ ...quiet, reason: "burn rate 15.5 and 16", burnRate: 15.5, shortBurnRate: 16 })).toBe(
      "burn rate 15.5× and 16×, threshold 3×",
    );
  });

  it("keeps what else the server says, with the figures if there are any", () => {
    const few = "12 events are fewer than the 20 that are needed";
    expect(reasonOf({ ...quiet, reason: few })).toBe(`${few}; burn rate 1.22×, threshold 3×`);
    expect(reasonOf({ ...quiet, reason: "nothing happened in a window", burnRate: null })).toBe(
      "nothing happened in a window",
    );
  });
});
