/** What a plot draws, derived from a series as the server sends it. */

export interface SeriesPoint {
  at: string;
  values: readonly (number | null)[];
  coverage: number;
  estimated: boolean;
}

/** A stretch of time, in Unix seconds. */
export interface Band {
  from: number;
  to: number;
}

export interface PlotData {
  /** Unix seconds: the end of the step that a point stands for. */
  x: number[];
  /** One list for each column; null where nothing is known. */
  columns: (number | null)[][];
  /** Stretches of which nothing is known. */
  gaps: Band[];
  /** Stretches in which at least one minute is estimated. */
  estimated: Band[];
}

/**
 * Turns points into columns. An unknown value stays one: no line is drawn across
 * it and no zero in its place. A gap is a point of which no minute was measured;
 * where something was measured but nothing happened, there is no value and no
 * gap either. What lies after `until` (the part of a calendar window that is yet
 * to come) is neither known nor missing.
 */
export function plotData(
  points: readonly SeriesPoint[],
  width: number,
  step: number,
  until: number,
): PlotData {
  const data: PlotData = { x: [], columns: Array.from({ length: width }, () => []), gaps: [], estimated: [] };
  for (const point of points) {
    const at = Date.parse(point.at) / 1000;
    data.x.push(at);
    data.columns.forEach((column, i) => {
      column.push(finite(point.values[i]));
    });
    const band = { from: at - step, to: at };
    if (point.coverage === 0 && band.from < until) {
      extend(data.gaps, { from: band.from, to: Math.min(band.to, until) });
    }
    if (point.estimated && point.coverage > 0) {
      extend(data.estimated, band);
    }
  }
  return data;
}

function finite(value: number | null | undefined): number | null {
  return value == null || !Number.isFinite(value) ? null : value;
}

/** Adds a band, or lengthens the last one that it touches. */
function extend(bands: Band[], band: Band): void {
  const last = bands.at(-1);
  if (last && band.from <= last.to) {
    last.to = Math.max(last.to, band.to);
  } else {
    bands.push({ ...band });
  }
}

/** The least and the greatest known value of some columns; null if nothing is known. */
export function extent(columns: readonly (readonly (number | null)[])[]): [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    for (const v of column) {
      if (v !== null) {
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
    }
  }
  return low <= high ? [low, high] : null;
}

/** The band that holds an instant. */
export function bandAt(bands: readonly Band[], at: number): Band | undefined {
  return bands.find((b) => b.from < at && at <= b.to);
}
