import { Badge } from "@/components/Badge";
import { BreachedIcon, HealthyIcon, PauseIcon, UnknownIcon } from "@/components/icons";
import type { Standing } from "./words";

const icons = {
  breached: BreachedIcon,
  healthy: HealthyIcon,
  nodata: UnknownIcon,
  quiet: PauseIcon,
  risk: BreachedIcon,
  stale: UnknownIcon,
};

/** Whether a promise is kept. */
export function StandingBadge({ standing: s, large = false }: { standing: Standing; large?: boolean }) {
  return (
    <Badge
      tone={s.tone}
      icon={icons[s.tone]}
      label={s.label}
      large={large}
      testId="sla-standing"
      value={s.label}
    />
  );
}
