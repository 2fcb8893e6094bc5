import { BudgetFigures } from "@/components/budget-figures";
import { type FragmentType, graphql, unmask } from "@/gql";
import type { BudgetFiguresFragment, SloRowFragment, State } from "@/gql/graphql";
import { lookOf } from "@/lib/state";

export const SloRowDocument = graphql(/* GraphQL */ `
  fragment SloRow on Slo {
    id
    name
    displayName
    team
    method
    unit
    service {
      id
      name
      displayName
      team
    }
    window {
      duration
      title
    }
    backfill {
      done
      daysDone
      daysTotal
      error
    }
    objectives {
      name
      targetPercent
      budget {
        ...BudgetFigures
      }
      burnRates {
        severity
        longWindow
        long
        factor
        firing
      }
    }
  }
`);

/** One objective as a line of the overview. */
export interface ObjectiveLine {
  name: string;
  targetPercent: string;
  budget: BudgetFiguresFragment;
  burn: Burn | null;
}

/** A window pair that fires. */
export interface Burn {
  speed: "fast" | "slow";
  rate: number | null;
  window: string;
}

/** One SLO as the overview shows, filters and sorts it. */
export interface Row {
  id: string;
  name: string;
  title: string;
  service: { name: string; title: string };
  team: string | null;
  window: { duration: string; title: string };
  backfill: SloRowFragment["backfill"];
  method: SloRowFragment["method"];
  unit: SloRowFragment["unit"];
  lines: ObjectiveLine[];
  /** The state of the first objective. */
  state: State;
  /** The worst state of all objectives. */
  worst: State;
}

// The cache hands out the same node until it changes: the same row then lets its component rest.
const rows = new WeakMap<SloRowFragment, Row | null>();

/** Takes the mask off a node; the same node always gives the same row. */
export function toRow(masked: FragmentType<typeof SloRowDocument>): Row | null {
  const node = unmask(SloRowDocument, masked);
  let row = rows.get(node);
  if (row === undefined) {
    row = makeRow(node);
    rows.set(node, row);
  }
  return row;
}

function makeRow(node: SloRowFragment): Row | null {
  const lines = node.objectives.map((o) => ({
    name: o.name,
    targetPercent: o.targetPercent,
    budget: unmask(BudgetFigures, o.budget),
    burn: burnOf(o.burnRates),
  }));
  const first = lines[0];
  if (!first) {
    return null;
  }
  const all = lines.map((l) => l.budget.state);
  return {
    id: node.id,
    name: node.name,
    title: node.displayName || node.name,
    service: { name: node.service.name, title: node.service.displayName || node.service.name },
    team: node.team ?? node.service.team,
    window: node.window,
    backfill: node.backfill,
    method: node.method,
    unit: node.unit,
    lines,
    state: first.budget.state,
    worst: all.reduce((a, b) => (lookOf(b).rank < lookOf(a).rank ? b : a)),
  };
}

type Pairs = SloRowFragment["objectives"][number]["burnRates"];

/** The most urgent pair that fires, null if none does. */
export function burnOf(pairs: Pairs): Burn | null {
  const firing = pairs.filter((p) => p.firing);
  const pair = firing.find((p) => p.severity === "page") ?? firing[0];
  return pair
    ? { speed: pair.severity === "page" ? "fast" : "slow", rate: pair.long, window: pair.longWindow }
    : null;
}
