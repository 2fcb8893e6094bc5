import { BudgetFigures } from "@/components/budget-figures";
import { unmask } from "@/gql";
import type { SlaDefinitionFragment, SlaPeriodFiguresFragment } from "@/gql/graphql";
import { barMarks } from "./bar";
import classes from "./PeriodPlot.module.css";
import { achievedText, shortPeriod, standing } from "./words";

interface PeriodPlotProps {
  sla: SlaDefinitionFragment;
  /** Oldest first. */
  periods: readonly { name: string }[];
  figures: ReadonlyMap<string, SlaPeriodFiguresFragment>;
}

/** What was achieved in each period beside the target, as columns; the table below has the figures. */
export function PeriodPlot({ sla, periods, figures }: PeriodPlotProps) {
  const achieved = periods.map((p) => figures.get(p.name)?.achievedPercent ?? null);
  // One scale for all columns: that of the worst.
  const worst = achieved.filter((a) => a !== null).toSorted((a, b) => Number(a) - Number(b))[0];
  const low = barMarks(
    sla.targetPercent,
    worst,
    sla.credits.map((c) => c.belowPercent),
  ).low;
  const height = (percent: string) =>
    Math.min(100, Math.max(1.5, ((Number(percent) - low) / (100 - low)) * 100));
  const target = 100 - height(sla.targetPercent);
  return (
    <ul
      className={classes.plot}
      aria-label={`Achieved in each period, from ${low.toFixed(2)} to 100 %, target ${sla.targetPercent} %`}
      data-testid="sla-plot"
    >
      {periods.map((p, i) => {
        const found = figures.get(p.name);
        const how = found && standing(unmask(BudgetFigures, found.budget), found.settled);
        const percent = achieved[i] ?? null;
        return (
          <li key={p.name} data-tone={how?.tone ?? "quiet"}>
            <svg
              className={classes.column}
              viewBox="0 0 20 100"
              preserveAspectRatio="none"
              role="img"
              aria-label={`${p.name}: ${achievedText(percent)}${how ? `, ${how.label.toLowerCase()}` : ""}`}
            >
              {percent === null ? (
                <path
                  className={classes.hatch}
                  d={Array.from({ length: 13 }, (_, n) => `M3 ${n * 8 + 4}l14-8`).join("")}
                />
              ) : (
                <rect
                  className={classes.fill}
                  x="3"
                  y={100 - height(percent)}
                  width="14"
                  height={height(percent)}
                />
              )}
              <path className={classes.target} d={`M0 ${target}h20`} />
            </svg>
            <span className={classes.label} aria-hidden="true">
              {shortPeriod(p.name)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
