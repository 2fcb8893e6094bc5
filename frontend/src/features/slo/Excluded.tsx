import { Switch } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { BudgetFiguresFragment } from "@/gql/graphql";
import { exact } from "@/lib/number";
import classes from "./Excluded.module.css";

interface ExcludedProps {
  slo: string;
  budget: BudgetFiguresFragment;
  /** The figures are as measured. */
  measured: boolean;
  onMeasured: (measured: boolean) => void;
}

/** How much of the window is left out of the figures, and a switch that counts it again. */
export function Excluded({ slo, budget, measured, onMeasured }: ExcludedProps) {
  const { minutes, total, good } = budget.excluded;
  if (minutes === 0 && !measured) {
    return null;
  }
  return (
    <div className={classes.line}>
      <span data-testid="budget-excluded" data-value={minutes}>
        {measured ? (
          "As measured: nothing is left out. "
        ) : (
          <>
            {exact(minutes)} minute{minutes === 1 ? "" : "s"} excluded
            {total != null && good != null && `, with ${exact(total - good)} bad of ${exact(total)}`}.{" "}
          </>
        )}
        <Link to="/exclusions" search={{ slo }}>
          Which?
        </Link>
      </span>
      <Switch
        size="xs"
        label="Without exclusions"
        checked={measured}
        onChange={(e) => onMeasured(e.currentTarget.checked)}
        data-testid="measured-toggle"
      />
    </div>
  );
}
