import type { State } from "@/gql/graphql";
import { lookOf, states } from "@/lib/state";
import type { Row } from "./row";
import { type OverviewSearch, type Sort, statesOf } from "./search";

/** The rows of one service. */
export interface Group {
  service: string;
  title: string;
  teams: string[];
  rows: Row[];
}

/** How many rows are in each state. */
export function countStates(rows: readonly Row[]): Record<State, number> {
  const counts: Record<State, number> = {
    BREACHED: 0,
    AT_RISK: 0,
    NO_DATA: 0,
    STALE: 0,
    NO_TRAFFIC: 0,
    HEALTHY: 0,
  };
  for (const row of rows) {
    counts[row.worst] += 1;
  }
  return counts;
}

/** The rows that the search lets through, without regard to states if told so (for counting them). */
export function filterRows(
  rows: readonly Row[],
  search: OverviewSearch,
  options: { anyState?: boolean } = {},
): Row[] {
  const words = (search.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = options.anyState ? [] : statesOf(search.state);
  return rows.filter((row) => {
    const text =
      `${row.name} ${row.title} ${row.service.name} ${row.service.title} ${row.team ?? ""}`.toLowerCase();
    return (
      words.every((w) => text.includes(w)) &&
      (chosen.length === 0 || chosen.includes(row.worst)) &&
      (search.team === undefined || (row.team ?? "") === search.team) &&
      (search.service === undefined || row.service.name === search.service)
    );
  });
}

/** Rows by service; services stand in the order of their first row. */
export function groupRows(rows: readonly Row[], sort: Sort): Group[] {
  const sorted = rows.toSorted(comparers[sort]);
  const groups = new Map<string, Group>();
  for (const row of sorted) {
    const group = groups.get(row.service.name) ?? {
      service: row.service.name,
      title: row.service.title,
      teams: [],
      rows: [],
    };
    group.rows.push(row);
    if (row.team && !group.teams.includes(row.team)) {
      group.teams.push(row.team);
    }
    groups.set(row.service.name, group);
  }
  return [...groups.values()];
}

const byName = (a: Row, b: Row) =>
  a.service.title.localeCompare(b.service.title) || a.title.localeCompare(b.title);

/** The least that is left of any objective's budget; rows without a figure come last. */
function least(row: Row): number {
  return Math.min(...row.lines.map((l) => l.budget.remaining ?? Number.POSITIVE_INFINITY));
}

/** 0 for a page-worthy burn, 1 for a slow one, 2 for none. */
function urgency(row: Row): number {
  const speeds = row.lines.map((l) => l.burn?.speed);
  return speeds.includes("fast") ? 0 : speeds.includes("slow") ? 1 : 2;
}

const order = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);

const comparers: Record<Sort, (a: Row, b: Row) => number> = {
  // What burns now comes before what has burned, and that before what nobody can see.
  burn: (a, b) =>
    order(urgency(a), urgency(b)) ||
    order(lookOf(a.worst).rank, lookOf(b.worst).rank) ||
    order(least(a), least(b)) ||
    byName(a, b),
  remaining: (a, b) => order(least(a), least(b)) || byName(a, b),
  name: byName,
};

/** States that occur, worst first. */
export function present(counts: Record<State, number>): State[] {
  return states.filter((s) => counts[s] > 0);
}
