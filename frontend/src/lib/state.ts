import type { State } from "@/gql/graphql";

/** How a verdict looks and reads. The text says everything that the colour says. */
export interface StateLook {
  label: string;
  /** One sentence for people who meet the word for the first time. */
  meaning: string;
  /** Suffix of the style-sheet variables --state-…. */
  tone: "breached" | "risk" | "healthy" | "nodata" | "stale" | "quiet";
  /** Worst first. */
  rank: number;
}

const looks: Record<State, StateLook> = {
  BREACHED: {
    label: "Breached",
    meaning: "More of the budget is spent than the objective allows.",
    tone: "breached",
    rank: 0,
  },
  AT_RISK: {
    label: "At risk",
    meaning: "The budget is burning too fast, or little of it is left.",
    tone: "risk",
    rank: 1,
  },
  NO_DATA: {
    label: "No data",
    meaning: "Too few minutes of the window were measured for a verdict. What is known is shown as partial.",
    tone: "nodata",
    rank: 2,
  },
  STALE: {
    label: "Stale",
    meaning: "The newest measurement is older than it should be. Figures stand as of then.",
    tone: "stale",
    rank: 3,
  },
  NO_TRAFFIC: {
    label: "No traffic",
    meaning: "Fully measured, and nothing happened: there is no ratio to speak of.",
    tone: "quiet",
    rank: 4,
  },
  HEALTHY: {
    label: "Healthy",
    meaning: "Budget is left, and it does not burn too fast.",
    tone: "healthy",
    rank: 5,
  },
};

/** All states, worst first. */
export const states: readonly State[] = ["BREACHED", "AT_RISK", "NO_DATA", "STALE", "NO_TRAFFIC", "HEALTHY"];

/** The look of a state. */
export function lookOf(state: State): StateLook {
  return looks[state];
}

/** Whether text names a state. */
export function isState(text: string): text is State {
  return Object.hasOwn(looks, text);
}

/** The coverage below which the server gives no verdict. */
export const FLOOR = 0.9;

/** Whether a budget has figures that stand on too little of its window for a verdict. */
export function isPartial(budget: { state: State; remaining?: number | null }): boolean {
  return budget.state === "NO_DATA" && budget.remaining != null;
}
