import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { age, coarse, durationSeconds, humanDuration, humanSeconds } from "./duration";

describe("durations", () => {
  it.each([
    ["30d", 2_592_000],
    ["1h30m", 5400],
    ["5m", 300],
    ["2w", 1_209_600],
    ["1M", null],
    ["1Q", null],
    ["", null],
    ["5", null],
    ["-5m", null],
    ["5m ", null],
  ])("%j is %s seconds", (text, seconds) => {
    expect(durationSeconds(text)).toBe(seconds);
  });

  it("keep notations without a fixed length", () => {
    expect(humanDuration("1M")).toBe("1M");
    expect(humanDuration("30m")).toBe("30 min");
  });
});

describe("lengths of time", () => {
  it.each([
    [0, "0 s"],
    [0.0004, "< 1 ms"],
    [0.4, "400 ms"],
    [0.9999, "1 s"],
    [4.25, "4.3 s"],
    [9.99, "10 s"],
    [59.7, "1 min"],
    [90, "1 min 30 s"],
    [43.2 * 60, "43 min"],
    [93_600, "1 d 2 h"],
    [-120, "−2 min"],
  ])("%s s is %s", (value, text) => {
    expect(humanSeconds(value)).toBe(text);
  });

  it("never say 60 of a smaller unit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (v) => {
        expect(humanSeconds(v)).not.toMatch(/\b60 (s|min)|\b24 h|\b1000 ms/);
      }),
    );
  });
});

describe("ages", () => {
  const now = new Date("2026-11-23T12:00:00Z");
  it.each([
    [2, "just now"],
    [40, "40 s ago"],
    [3 * 3600, "3 h ago"],
    [-3600, "in 1 h"],
    [-20, "just now"],
  ])("%s s before now is %s", (seconds, text) => {
    expect(age(new Date(now.getTime() - seconds * 1000), now)).toBe(text);
  });

  it("have one unit", () => {
    expect(coarse(90_000)).toBe("1 d");
  });
});
