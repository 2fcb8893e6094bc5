import { type PlotData, plotData } from "@/components/plot/plot-data";
import { graphql } from "@/gql";
import type { PlotSeriesFragment } from "@/gql/graphql";
import { durationSeconds } from "@/lib/duration";

export const PlotSeries = graphql(/* GraphQL */ `
  fragment PlotSeries on Series {
    kind
    from
    to
    step
    columns
    points {
      at
      values
      coverage
      estimated
    }
  }
`);

/** Seconds between the points of a series; read off the points if the step has no fixed length. */
export function stepOf(series: PlotSeriesFragment): number {
  const [a, b] = series.points;
  return durationSeconds(series.step) ?? (a && b ? (Date.parse(b.at) - Date.parse(a.at)) / 1000 : 60);
}

/** The columns of a series for a plot. */
export function dataOf(series: PlotSeriesFragment, until: number): PlotData {
  return plotData(series.points, series.columns.length, stepOf(series), until);
}

/** The part of a series that lies in a stretch. */
export function within(
  series: PlotSeriesFragment,
  stretch: { from: string; to: string },
): PlotSeriesFragment {
  const [from, to] = [Date.parse(stretch.from), Date.parse(stretch.to) + stepOf(series) * 1000];
  return { ...series, points: series.points.filter((p) => Date.parse(p.at) > from && Date.parse(p.at) < to) };
}
