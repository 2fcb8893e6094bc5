import { Button } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { ZoomOutIcon } from "@/components/icons";
import { TroubleNotice } from "@/components/Notice";
import { useZone } from "@/components/zone";
import type { BudgetFiguresFragment, Unit } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import type { Patch } from "@/lib/search-params";
import { rfc3339, shortDateTime } from "@/lib/time";
import { MarkLegend } from "./MarkLegend";
import { PlotCard } from "./PlotCard";
import classes from "./Plots.module.css";
import { plotKinds } from "./plot-kinds";
import type { SloSearch } from "./search";
import { useSeries } from "./use-series";

interface PlotsProps {
  slo: string;
  objective: string;
  targetPercent: string;
  unit: Unit;
  budget: BudgetFiguresFragment;
  search: SloSearch;
  onChange: (patch: Patch<SloSearch>) => void;
}

/** The four plots of an objective: burn-down, SLI, burn rate, volume. */
export function Plots({ slo, objective, targetPercent, unit, budget, search, onChange }: PlotsProps) {
  const zone = useZone();
  const { series, stretch, marks, zoomed, error, pending, refetch } = useSeries(
    slo,
    objective,
    budget,
    search,
  );
  const kinds = useMemo(() => plotKinds({ targetPercent, unit }), [targetPercent, unit]);
  const zoom = useCallback(
    (from: number, to: number) =>
      onChange({ from: rfc3339(new Date(from * 1000)), to: rfc3339(new Date(to * 1000)) }),
    [onChange],
  );
  if (error) {
    return <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />;
  }
  const now = new Date();
  const until =
    Math.min(Date.parse(stretch.to), search.asOf ? Date.parse(search.asOf) : minuteOf(now)) / 1000;
  return (
    <section aria-label="Plots" className={classes.section}>
      <div className={classes.scope}>
        <MarkLegend marks={marks} />
        {zoomed && (
          <Button
            size="compact-xs"
            variant="light"
            leftSection={<ZoomOutIcon size={12} />}
            onClick={() => onChange({ from: undefined, to: undefined })}
          >
            {shortDateTime(new Date(stretch.from), zone, now)} –{" "}
            {shortDateTime(new Date(stretch.to), zone, now)}: show the whole window
          </Button>
        )}
      </div>
      <div className={classes.grid} data-pending={pending || undefined}>
        {kinds.map((kind) => (
          <PlotCard
            key={kind.id}
            kind={kind}
            series={series?.[kind.series]}
            stretch={stretch}
            until={until}
            name={`${slo} ${objective}`}
            marks={marks}
            onZoom={zoom}
          />
        ))}
      </div>
    </section>
  );
}

/** The beginning of the minute of an instant, in milliseconds: nothing is known of a minute that goes on. */
function minuteOf(at: Date): number {
  return Math.floor(at.getTime() / 60_000) * 60_000;
}
