import uPlot from "uplot";
import { type Mark, markInks, marking } from "./marks";
import type { PlotData } from "./plot-data";
import { inksOf, shading } from "./shading";
import { timeTicks } from "./time-axis";
import { type Tip, tooltip } from "./tooltip";

/** How one column is drawn. */
export interface Trace {
  label: string;
  /** Name of the style-sheet variable of its colour. */
  ink: string;
  kind: "line" | "step" | "bars" | "dashed";
  fill?: string;
  width?: number;
  /** Right for a trace with a scale of its own. */
  axis?: "right";
}

export interface PlotProps {
  data: PlotData;
  /** What was excluded and what happened. */
  marks?: readonly Mark[];
  traces: readonly Trace[];
  /** Instants of the x axis, Unix seconds. */
  range: { from: number; to: number };
  /** Limits of the y axis; null for "nothing known". */
  limits: [number, number];
  /** The same of the axis on the right, if a trace has one. */
  rightLimits: [number, number] | null;
  /** Text of a y value on an axis whose ticks are `step` apart. */
  tick: (value: number, step: number) => string;
  zone: string;
  /** Says what a point means. */
  describe: (index: number) => Tip | null;
  /** Told when a stretch was dragged over. */
  onZoom: (from: number, to: number) => void;
  /** What the plot shows, for those who do not see it. */
  label: string;
}

/** Pixels of a plot's height. */
export const HEIGHT = 190;

const right: uPlot.Axis = { scale: "right", side: 1, size: 44, gap: 6, space: 34, grid: { show: false } };

/** What uPlot is told when a plot is made; whatever may change later is asked of `latest` then. */
export function options(host: HTMLElement, latest: { current: PlotProps }): uPlot.Options {
  const inks = inksOf(host);
  const marked = markInks(host);
  const ink = (name: string) => getComputedStyle(host).getPropertyValue(name).trim();
  const { traces, zone } = latest.current;
  const values = (_: uPlot, splits: number[], __: number, ___: number, step: number) =>
    splits.map((v) => latest.current.tick(v, step));
  const axis = {
    stroke: inks.text,
    font: inks.font,
    grid: { stroke: inks.grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth || 600,
    height: HEIGHT,
    padding: [8, latest.current.rightLimits ? 6 : 18, 0, 0],
    legend: { show: false },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
    cursor: {
      y: false,
      points: { size: 6, width: 1.5 },
      drag: { x: true, y: false, setScale: false },
      sync: { key: "hindcast", setSeries: false, scales: ["x", null] },
      dataIdx: (_, __, index) => index,
    },
    scales: {
      x: { time: true, range: () => [latest.current.range.from, latest.current.range.to] },
      y: { range: () => latest.current.limits },
      right: { range: () => latest.current.rightLimits ?? [0, 1] },
    },
    axes: [
      { ...axis, space: 64, size: 26, gap: 6, values: timeTicks(zone) },
      { ...axis, size: 58, gap: 6, space: 34, values },
      ...(latest.current.rightLimits ? [{ ...axis, ...right, values, stroke: ink("--state-breached") }] : []),
    ],
    series: [{}, ...traces.map((t) => seriesOf(t, ink))],
    plugins: [
      marking(
        () => latest.current.marks ?? [],
        () => marked,
      ),
      shading({
        gaps: () => latest.current.data.gaps,
        estimated: () => latest.current.data.estimated,
        inks: () => inks,
      }),
      tooltip((index) => latest.current.describe(index)),
    ],
    hooks: {
      setSelect: [
        (u) => {
          if (u.select.width < 6) {
            return;
          }
          const from = u.posToVal(u.select.left, "x");
          const to = u.posToVal(u.select.left + u.select.width, "x");
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          latest.current.onZoom(Math.round(from), Math.round(to));
        },
      ],
    },
  };
}

function seriesOf(trace: Trace, ink: (name: string) => string): uPlot.Series {
  const stroke = ink(trace.ink);
  const base: uPlot.Series = {
    label: trace.label,
    scale: trace.axis ?? "y",
    stroke,
    width: trace.width ?? 1.6,
    spanGaps: false,
    points: trace.kind === "line" ? { show: true, filter: lonely, size: 4, fill: stroke } : { show: false },
    ...(trace.fill ? { fill: ink(trace.fill) } : {}),
  };
  switch (trace.kind) {
    case "dashed":
      return { ...base, dash: [5, 5], width: 1.2 };
    case "step":
      return { ...base, paths: uPlot.paths.stepped?.({ align: -1 }) ?? null } as uPlot.Series;
    case "bars":
      return {
        ...base,
        fill: stroke,
        width: 0,
        paths: uPlot.paths.bars?.({ align: -1, size: [1, 24], gap: 1 }) ?? null,
      } as uPlot.Series;
    default:
      return base;
  }
}

/** Points between two gaps have no line to be seen by: they are drawn as dots. */
function lonely(u: uPlot, seriesIndex: number): number[] {
  const values = u.data[seriesIndex] ?? [];
  const alone: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) {
      alone.push(i);
    }
  }
  return alone;
}
