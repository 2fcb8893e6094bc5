import { Tooltip } from "@mantine/core";
import { WarningIcon } from "@/components/icons";
import classes from "./BackfillHint.module.css";
import type { Row } from "./row";

/** How far the reading of history has come; nothing once it is done. */
export function BackfillHint({ backfill }: { backfill: Row["backfill"] }) {
  if (!backfill || (backfill.done && !backfill.error)) {
    return null;
  }
  if (backfill.error) {
    return (
      <Tooltip label={`Reading the history stopped: ${backfill.error}`}>
        <span className={classes.hint} data-bad>
          <WarningIcon size={12} /> history
        </span>
      </Tooltip>
    );
  }
  const label = `Reading history from the source, newest day first: ${backfill.daysDone} of ${backfill.daysTotal} days. Figures cover more of the window with every day.`;
  return (
    <Tooltip label={label}>
      <span className={classes.hint}>
        <progress
          className={classes.progress}
          value={backfill.daysDone}
          max={Math.max(1, backfill.daysTotal)}
          aria-label={label}
        />
        {backfill.daysDone}/{backfill.daysTotal} d read
      </span>
    </Tooltip>
  );
}
