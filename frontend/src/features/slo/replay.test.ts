import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toField } from "@/lib/time";
import { around, firingsOf, incidentsOf, midnights, placeOf, secondsOf, type Track } from "./replay";

const stretch = { from: "2026-11-01T00:00:00Z", to: "2026-11-11T00:00:00Z" };

const track = (policy: string, starts: readonly string[]): Track => ({
  policy,
  objective: "Works",
  severity: "page",
  ...stretch,
  frozenMinutes: 0,
  firings: starts.map((from) => ({ from, to: null, peakBurnRate: 20, spent: 3 })),
});

describe("a firing", () => {
  it("lies where it was on the line of time, and ends with it while it lasts", () => {
    expect(placeOf(stretch, { from: "2026-11-06T00:00:00Z", to: "2026-11-07T00:00:00Z" })).toEqual({
      start: 0.5,
      width: expect.closeTo(0.1, 9),
    });
    expect(placeOf(stretch, { from: "2026-11-06T00:00:00Z", to: null })).toEqual({ start: 0.5, width: 0.5 });
    expect(secondsOf(stretch, { from: "2026-11-10T23:00:00Z", to: null })).toBe(3600);
  });

  it("never leaves the line of time, wherever it was", () => {
    const instant = fc
      .integer({ min: Date.parse("2026-09-01T00:00:00Z"), max: Date.parse("2027-01-31T00:00:00Z") })
      .map((ms) => new Date(ms).toISOString());
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const { start, width } = placeOf(stretch, { from, to });
        expect(start).toBeGreaterThanOrEqual(0);
        expect(width).toBeGreaterThanOrEqual(0);
        expect(start + width).toBeLessThanOrEqual(1 + 1e-9);
        expect(width > 0).toBe(from < stretch.to && to > stretch.from && from < to);
      }),
    );
  });

  it("is listed with its policy, the newest of all first", () => {
    const listed = firingsOf([
      track("fast", ["2026-11-02T00:00:00Z", "2026-11-08T00:00:00Z"]),
      track("slow", ["2026-11-05T00:00:00Z"]),
    ]);
    expect(listed.map((f) => `${f.policy} ${f.from.slice(8, 10)}`)).toEqual([
      "fast 08",
      "slow 05",
      "fast 02",
    ]);
  });

  it("is shown on the plots with what came before and after, and nothing from the future", () => {
    const hour = 3_600_000;
    const short = { from: "2026-11-05T12:00:00Z", to: "2026-11-05T12:10:00Z" };
    expect(around(stretch, short)).toEqual({
      from: Date.parse(short.from) - hour,
      to: Date.parse(short.to) + hour,
    });
    expect(around(stretch, { from: "2026-11-10T20:00:00Z", to: null })).toEqual({
      from: Date.parse("2026-11-10T16:00:00Z"),
      to: Date.parse(stretch.to),
    });
  });
});

describe("a line of time", () => {
  it("is marked at midnights of the reader's zone, over a change of clocks too", () => {
    const autumn = { from: "2026-10-14T10:00:00Z", to: "2026-11-13T10:00:00Z" }; // Berlin: clocks back on 25 October
    const marks = midnights(autumn, "Europe/Berlin");
    expect(marks.length).toBeGreaterThanOrEqual(3);
    expect(marks.map((at) => toField(at, "Europe/Berlin").slice(11))).toEqual(marks.map(() => "00:00"));
    expect(marks.map((at) => at.getTime())).toEqual(
      marks.map((at) => at.getTime()).toSorted((a, b) => a - b),
    );
    for (const at of marks) {
      expect(placeOf(autumn, { from: at.toISOString() }).start).toBeGreaterThan(0);
    }
  });

  it("shows incidents and nothing else that happened", () => {
    const annotation = (kind: "INCIDENT" | "DEPLOY") => ({
      id: kind,
      name: kind,
      kind,
      title: "",
      from: stretch.from,
      to: stretch.to,
    });
    const marks = { id: "slo", exclusions: [], annotations: [annotation("INCIDENT"), annotation("DEPLOY")] };
    expect(incidentsOf(marks).map((a) => a.kind)).toEqual(["INCIDENT"]);
    expect(incidentsOf(null)).toEqual([]);
  });
});
