import { Tooltip } from "@mantine/core";
import type { BudgetFiguresFragment } from "@/gql/graphql";
import { age } from "@/lib/duration";
import { useNow } from "@/lib/now";
import { coverage, raw } from "@/lib/number";
import { FLOOR } from "@/lib/state";
import { fullDateTime } from "@/lib/time";
import classes from "./Freshness.module.css";
import { useZone } from "./zone";

/** How much of the window was seen, and how old the newest of it is. */
export function Freshness({ budget, testId }: { budget: BudgetFiguresFragment; testId?: string }) {
  const now = useNow();
  const zone = useZone();
  const at = budget.asOf ? new Date(budget.asOf) : null;
  const label = `${coverage(budget.coverage)} of the window's minutes were measured. ${
    at ? `The figures include everything up to ${fullDateTime(at, zone)}.` : "Nothing was measured yet."
  }`;
  return (
    <Tooltip label={label}>
      <span className={classes.freshness}>
        <span
          data-testid={testId}
          data-value={raw(budget.coverage)}
          data-low={budget.coverage < FLOOR || undefined}
          className={classes.coverage}
        >
          <span className="visually-hidden">coverage </span>
          {coverage(budget.coverage)}
        </span>
        <span className={classes.age}>{at ? age(at, now) : "never"}</span>
      </span>
    </Tooltip>
  );
}
