import { Button } from "@mantine/core";
import { DownloadIcon } from "@/components/icons";
import { figures, Table } from "@/components/Table";
import { useZone } from "@/components/zone";
import type { PlotSeriesFragment } from "@/gql/graphql";
import { type Cell, csv, download } from "@/lib/csv";
import { humanDuration } from "@/lib/duration";
import { percent } from "@/lib/number";
import { dateTime, zoneLabel } from "@/lib/time";
import classes from "./PlotTable.module.css";
import type { PlotKind } from "./plot-kinds";

interface PlotTableProps {
  kind: PlotKind;
  series: PlotSeriesFragment;
  until: number;
  name: string;
}

/** Header and rows of the file behind "Download CSV": raw figures, instants in UTC. */
export function csvOf(series: PlotSeriesFragment): string {
  const rows: Cell[][] = series.points.map((p) => [
    p.at,
    ...p.values.map((v) => v ?? null),
    p.coverage,
    p.estimated ? "estimated" : "",
  ]);
  return csv(["at", ...series.columns, "coverage", "note"], rows);
}

/** The figures behind a plot, newest first. */
export function PlotTable({ kind, series, until, name }: PlotTableProps) {
  const zone = useZone();
  const points = series.points.filter((p) => Date.parse(p.at) / 1000 - until < 60).toReversed();
  return (
    <div className={classes.frame}>
      <div className={classes.bar}>
        <span>
          {points.length} points, {humanDuration(series.step)} each, newest first
        </span>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<DownloadIcon size={12} />}
          onClick={() => download(`${name}-${kind.id}.csv`, csvOf(series))}
        >
          Download CSV
        </Button>
      </div>
      <Table
        label={`${kind.title}: figures`}
        low
        dense
        className={classes.table}
        testId={`table-${kind.id}`}
        columns={[
          `Until (${zoneLabel(new Date(series.to), zone)})`,
          ...kind.traces.map((t) => figures(t.label)),
          figures("coverage"),
        ]}
      >
        <tbody>
          {points.map((p) => (
            <tr key={p.at} data-gap={p.coverage === 0 || undefined}>
              <th scope="row">{dateTime(new Date(p.at), zone)}</th>
              {kind.traces.map((t, i) => (
                <td key={t.label} data-number>
                  {p.values[i] == null && i === 0
                    ? p.coverage > 0
                      ? "nothing happened"
                      : "no data"
                    : kind.show(p.values[i] ?? null, i)}
                </td>
              ))}
              <td data-number>
                {percent(p.coverage, p.coverage === 1 ? 0 : 1)}
                {p.estimated && " est."}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
