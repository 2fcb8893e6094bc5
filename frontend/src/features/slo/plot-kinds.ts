import type { Trace } from "@/components/plot/chart";
import { extent, type PlotData } from "@/components/plot/plot-data";
import type { Unit } from "@/gql/graphql";
import { burn, count, percent, remaining, sli } from "@/lib/number";

/** How one of the four series is drawn and told. */
export interface PlotKind {
  /** Part of the hooks that tests find it by. */
  id: "burn_down" | "sli" | "burn_rate" | "volume";
  series: "burnDown" | "sli" | "burnRate" | "volume";
  title: string;
  traces: Trace[];
  /** Text of a value of a column, in tooltips and tables. */
  show: (value: number | null, column: number) => string;
  tick: (value: number, step: number) => string;
  limits: (data: PlotData) => [number, number];
  /** Limits of the axis on the right, for traces that have one. */
  rightLimits?: (data: PlotData) => [number, number];
  /** A level to compare with, drawn as a line. */
  reference?: { trace: Trace; value: number };
}

interface About {
  targetPercent: string;
  unit: Unit;
}

/** The four plots, in reading order. */
export function plotKinds({ targetPercent, unit }: About): PlotKind[] {
  const things = unit === "SECONDS" ? "seconds" : "events";
  return [
    {
      id: "burn_down",
      series: "burnDown",
      title: "Budget left",
      traces: [
        { label: "left", ink: "--plot-main", kind: "line", width: 2 },
        { label: "even burn", ink: "--plot-second", kind: "dashed" },
      ],
      show: (v) => remaining(v),
      tick: (v) => `${Math.round(v * 100)} %`.replace("-", "−"),
      limits: burnDownLimits,
    },
    {
      id: "sli",
      series: "sli",
      title: "SLI",
      traces: [
        { label: "SLI", ink: "--plot-main", kind: "step" },
        { label: "target", ink: "--plot-second", kind: "dashed" },
      ],
      show: (v, column) => (column === 1 ? `${targetPercent} %` : sli(v, targetPercent)),
      tick: (v, step) => percent(v, Math.max(0, Math.ceil(-Math.log10(step * 100) - 1e-9))),
      limits: (data) => sliLimits(data, Number(targetPercent) / 100),
    },
    {
      id: "burn_rate",
      series: "burnRate",
      title: "Burn rate",
      traces: [{ label: "burn rate", ink: "--plot-main", kind: "step" }],
      show: (v) => burn(v),
      tick: (v) => `${count(v)}×`,
      limits: (data) => aboveZero(data, 1.5),
      reference: { trace: { label: "even burn", ink: "--plot-second", kind: "dashed" }, value: 1 },
    },
    {
      id: "volume",
      series: "volume",
      title: unit === "SECONDS" ? "Seconds, good and bad" : "Events, good and bad",
      traces: [
        { label: `good ${things}`, ink: "--plot-good", kind: "bars" },
        { label: `bad ${things} (right)`, ink: "--plot-bad", kind: "bars", axis: "right" },
      ],
      show: (v) => count(v),
      tick: (v) => count(v),
      limits: (data) => aboveZero({ ...data, columns: data.columns.slice(0, 1) }, 1),
      // Bad events are few by design: on the scale of the good ones nobody would see them.
      rightLimits: (data) => [0, aboveZero({ ...data, columns: data.columns.slice(1, 2) }, 1)[1] * 2],
    },
  ];
}

/** From a little below the least to the full budget; debts beyond three budgets are cut off and told by the tooltip. */
export function burnDownLimits(data: PlotData): [number, number] {
  const found = extent(data.columns.slice(0, 1));
  const low = Math.max(-3, Math.min(0, found?.[0] ?? 0));
  const high = Math.max(1, Math.min(2, found?.[1] ?? 1));
  const pad = (high - low) * 0.04;
  return [low < 0 ? low - pad : -0.02, high + pad];
}

/** From a little below the least, or the target, to 100 %: a dip shows, and so does how near the target is. */
export function sliLimits(data: PlotData, target: number): [number, number] {
  const least = extent(data.columns.slice(0, 1))?.[0] ?? target;
  const low = Math.min(least, target - (1 - target) * 0.5);
  const pad = (1 - low) * 0.06;
  return [Math.max(0, low - pad), 1 + pad * 0.6];
}

/** From zero to a little above the greatest, which is at least `least`. */
export function aboveZero(data: PlotData, least: number): [number, number] {
  const high = Math.max(least, extent(data.columns)?.[1] ?? 0);
  return [0, high * 1.08];
}
