import { Tooltip } from "@mantine/core";
import { FlameIcon } from "@/components/icons";
import { humanDuration } from "@/lib/duration";
import { burn } from "@/lib/number";
import classes from "./BurnChip.module.css";
import type { ObjectiveLine } from "./row";

/** Whether the budget burns now: a window pair that fires, else the current rate. */
export function BurnChip({ line }: { line: ObjectiveLine }) {
  const firing = line.burn;
  if (!firing) {
    return (
      <Tooltip label="Burn rate: how many times faster than the budget could bear for the whole window. No window pair is above its factor.">
        <span className={classes.rate}>{burn(line.budget.burnRate)}</span>
      </Tooltip>
    );
  }
  const label = `${firing.speed === "fast" ? "Fast" : "Slow"} burn: ${burn(firing.rate)} the sustainable rate over the last ${humanDuration(firing.window)}`;
  return (
    <Tooltip label={label}>
      <span className={classes.chip} data-tone={firing.speed === "fast" ? "breached" : "risk"}>
        <FlameIcon size={12} />
        {firing.speed === "fast" ? "Fast" : "Slow"} {burn(firing.rate)}
      </span>
    </Tooltip>
  );
}
