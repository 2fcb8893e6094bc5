import { BreachedIcon, HealthyIcon, PauseIcon, UnknownIcon } from "@/components/icons";
import classes from "./StandingBadge.module.css";
import type { Standing } from "./words";

const icons = {
  breached: BreachedIcon,
  healthy: HealthyIcon,
  nodata: UnknownIcon,
  quiet: PauseIcon,
  risk: BreachedIcon,
  stale: UnknownIcon,
};

/** Whether a promise is kept, in words with an icon of its own shape; the colour only repeats it. */
export function StandingBadge({ standing, large = false }: { standing: Standing; large?: boolean }) {
  const Icon = icons[standing.tone];
  return (
    <span
      className={classes.badge}
      data-tone={standing.tone}
      data-large={large || undefined}
      data-testid="sla-standing"
      data-value={standing.label}
    >
      <Icon size={large ? 16 : 13} />
      {standing.label}
    </span>
  );
}
