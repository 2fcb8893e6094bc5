import { Skeleton, Switch } from "@mantine/core";
import { memo, useId, useState } from "react";
import type { Trace } from "@/components/plot/chart";
import { type Mark, marksAt } from "@/components/plot/marks";
import { Plot } from "@/components/plot/Plot";
import { bandAt, type PlotData, type SeriesPoint } from "@/components/plot/plot-data";
import type { Tip } from "@/components/plot/tooltip";
import { useZone } from "@/components/zone";
import type { PlotSeriesFragment } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { percent, UNKNOWN } from "@/lib/number";
import { fullDateTime } from "@/lib/time";
import classes from "./PlotCard.module.css";
import { PlotTable } from "./PlotTable";
import type { PlotKind } from "./plot-kinds";
import { dataOf, stepOf, within } from "./series";
import type { Stretch } from "./use-series";

interface PlotCardProps {
  kind: PlotKind;
  series: PlotSeriesFragment | undefined;
  stretch: Stretch;
  /** Up to when anything can be known, Unix seconds. */
  until: number;
  name: string;
  marks: readonly Mark[];
  onZoom: (from: number, to: number) => void;
}

/**
 * One plot with its legend and the table behind it. It is dear to draw, so that
 * what it is given has to be the same where it is not another one.
 */
export const PlotCard = memo(function PlotCard(props: PlotCardProps) {
  const { kind, series, stretch, until, name, marks, onZoom } = props;
  const zone = useZone();
  const title = useId();
  const [table, setTable] = useState(false);
  return (
    <section className={classes.card} aria-labelledby={title}>
      <header className={classes.head}>
        <h2 id={title} className={classes.title}>
          {kind.title}
        </h2>
        <ul className={classes.legend}>
          {tracesOf(kind).map((t) => (
            <li key={t.label}>
              <svg className={classes.key} viewBox="0 0 14 8" aria-hidden="true">
                <path
                  className={classes[t.kind]}
                  data-ink={t.ink.slice(2)}
                  d={t.kind === "bars" ? "M1 0h12v8H1z" : "M0 4h14"}
                />
              </svg>
              {t.label}
            </li>
          ))}
        </ul>
        <Switch
          size="xs"
          label="Table"
          checked={table}
          onChange={(e) => setTable(e.currentTarget.checked)}
          data-testid={`table-toggle-${kind.id}`}
          classNames={{ root: classes.toggle ?? "", label: classes.toggleLabel ?? "" }}
        />
      </header>
      <div data-testid={`plot-${kind.id}`} className={classes.plot}>
        {series ? (
          <Drawn
            kind={kind}
            series={series}
            stretch={stretch}
            until={until}
            zone={zone}
            marks={marks}
            onZoom={onZoom}
          />
        ) : (
          <Skeleton height={190} />
        )}
      </div>
      {table && series && (
        <PlotTable kind={kind} series={within(series, stretch)} until={until} name={name} />
      )}
    </section>
  );
});

interface DrawnProps {
  kind: PlotKind;
  series: PlotSeriesFragment;
  stretch: Stretch;
  until: number;
  zone: string;
  marks: readonly Mark[];
  onZoom: (from: number, to: number) => void;
}

function Drawn({ kind, series, stretch, until, zone, marks, onZoom }: DrawnProps) {
  const data = dataOf(series, until);
  const drawn = { ...data, columns: columnsOf(kind, data) };
  const step = stepOf(series);
  const describe = (index: number): Tip | null => {
    const point = series.points[index];
    if (!point) {
      return null;
    }
    const at = Date.parse(point.at) / 1000;
    const gap = bandAt(data.gaps, at);
    const note = gap ? `No data for ${humanSeconds(gap.to - gap.from)}` : noteOf(point, step);
    return {
      title: fullDateTime(new Date(point.at), zone),
      lines: kind.traces.map((t, i) => ({
        label: t.label,
        ink: t.ink,
        value: at > until && i === 0 ? UNKNOWN : kind.show(point.values[i] ?? null, i),
      })),
      ...(note ? { note } : {}),
      marks: marksAt(marks, at, step),
    };
  };
  return (
    <Plot
      data={drawn}
      marks={marks}
      traces={tracesOf(kind)}
      range={{ from: Date.parse(stretch.from) / 1000, to: Date.parse(stretch.to) / 1000 }}
      limits={kind.limits(drawn)}
      rightLimits={kind.rightLimits?.(drawn) ?? null}
      tick={kind.tick}
      zone={zone}
      describe={describe}
      onZoom={onZoom}
      label={`${kind.title}, ${data.x.length} points. The table behind the plot has the figures.`}
    />
  );
}

/** What a reader should know about a point besides its values. */
function noteOf(point: SeriesPoint, step: number): string | undefined {
  if (point.coverage > 0 && point.values[0] == null) {
    return "Measured, and nothing happened";
  }
  if (point.estimated) {
    return "Partly estimated";
  }
  return point.coverage > 0 && point.coverage < 1
    ? `${percent(point.coverage, 0)} of ${humanSeconds(step)} measured`
    : undefined;
}

function tracesOf(kind: PlotKind): Trace[] {
  return kind.reference ? [...kind.traces, kind.reference.trace] : kind.traces;
}

function columnsOf(kind: PlotKind, data: PlotData): (number | null)[][] {
  const level = kind.reference?.value;
  return level === undefined ? data.columns : [...data.columns, data.x.map(() => level)];
}
