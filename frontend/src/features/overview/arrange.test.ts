import { describe, expect, it } from "vitest";
import type { State } from "@/gql/graphql";
import { countStates, filterRows, groupRows } from "./arrange";
import type { Burn, Row } from "./row";
import { burnOf } from "./row";
import { shares } from "./StateStrip";
import { neighbour } from "./use-row-keys";

const row = (
  name: string,
  state: State,
  remaining: number | null,
  more: { burn?: Burn; service?: string; team?: string } = {},
): Row => ({
  id: name,
  name,
  title: name,
  service: { name: more.service ?? "s", title: more.service ?? "s" },
  team: more.team ?? null,
  window: { duration: "30d", title: "rolling 30 days" },
  backfill: null,
  method: "OCCURRENCES",
  unit: "EVENTS",
  lines: [
    {
      name: "objective-1",
      targetPercent: "99.9",
      budget: {
        from: "",
        to: "",
        target: "0.999",
        good: null,
        total: null,
        sli: null,
        allowed: null,
        spent: null,
        remaining,
        burnRate: null,
        coverage: 1,
        state,
        exhaustsAt: null,
        asOf: null,
        excluded: { minutes: 0, good: null, total: null },
        warnings: [],
      },
      burn: more.burn ?? null,
    },
  ],
  state,
  worst: state,
});

const rows = [
  row("calm", "HEALTHY", 0.9, { service: "a", team: "red" }),
  row("tight", "HEALTHY", 0.3, { service: "b" }),
  row("gone", "BREACHED", -2, { service: "c", team: "blue" }),
  row("burning", "AT_RISK", 0.8, { service: "d", burn: { speed: "fast", rate: 20, window: "1h" } }),
  row("unseen", "NO_DATA", null, { service: "e" }),
];
const names = (sort: "burn" | "remaining" | "name") =>
  groupRows(rows, sort).flatMap((g) => g.rows.map((r) => r.name));

describe("order", () => {
  it("puts what burns now before what has burned, and the unseen before the healthy", () => {
    expect(names("burn")).toEqual(["burning", "gone", "unseen", "tight", "calm"]);
  });

  it("by budget puts the unknown last and does not take it for zero", () => {
    expect(names("remaining")).toEqual(["gone", "tight", "burning", "calm", "unseen"]);
  });

  it("keeps the rows of a service together", () => {
    const groups = groupRows(
      [
        ...rows,
        row("burning too", "AT_RISK", 0.1, { service: "a", burn: { speed: "fast", rate: 9, window: "1h" } }),
      ],
      "burn",
    );
    expect(groups[0]).toMatchObject({
      service: "a",
      teams: ["red"],
      rows: [{ name: "burning too" }, { name: "calm" }],
    });
  });
});

describe("filters", () => {
  it("find every word in name, service or team", () => {
    expect(filterRows(rows, { q: "BLUE go" }).map((r) => r.name)).toEqual(["gone"]);
    expect(filterRows(rows, { q: "blue calm" })).toEqual([]);
  });

  it("combine, and leave the state out when counting", () => {
    expect(filterRows(rows, { state: "BREACHED,NO_DATA" }).map((r) => r.name)).toEqual(["gone", "unseen"]);
    expect(filterRows(rows, { state: "BREACHED", team: "red" })).toEqual([]);
    expect(filterRows(rows, { state: "BREACHED", team: "red" }, { anyState: true })).toHaveLength(1);
    expect(filterRows(rows, { service: "b" }).map((r) => r.name)).toEqual(["tight"]);
  });
});

it("counts every row once and shares the bar out completely", () => {
  const counts = countStates(rows);
  expect(counts).toEqual({ BREACHED: 1, AT_RISK: 1, NO_DATA: 1, STALE: 0, NO_TRAFFIC: 0, HEALTHY: 2 });
  const pieces = shares(counts, rows.length);
  expect(pieces.reduce((sum, p) => sum + p.width, 0)).toBeCloseTo(100);
  expect(pieces.at(-1)?.x).toBeCloseTo(60);
});

it("takes the most urgent pair that fires", () => {
  const pair = (severity: string, firing: boolean, long: number) => ({
    severity,
    firing,
    long,
    longWindow: "1h",
    factor: 1,
  });
  expect(burnOf([pair("ticket", true, 2), pair("page", true, 15)])).toMatchObject({
    speed: "fast",
    rate: 15,
  });
  expect(burnOf([pair("page", false, 9), pair("ticket", true, 2)])).toMatchObject({ speed: "slow", rate: 2 });
  expect(burnOf([pair("page", false, 99)])).toBeNull();
});

it("moves between rows and stops at the ends", () => {
  const links = ["a", "b"].map(() => document.createElement("a"));
  expect(neighbour(links, null, 1)).toBe(links[0]);
  expect(neighbour(links, links[0] ?? null, 1)).toBe(links[1]);
  expect(neighbour(links, links[1] ?? null, 1)).toBe(links[1]);
  expect(neighbour(links, links[0] ?? null, -1)).toBe(links[0]);
  expect(neighbour([], null, 1)).toBeUndefined();
});
