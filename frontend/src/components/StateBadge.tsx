import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import type { State } from "@/gql/graphql";
import { lookOf } from "@/lib/state";
import { BreachedIcon, ClockIcon, FlameIcon, HealthyIcon, PauseIcon, UnknownIcon } from "./icons";
import classes from "./StateBadge.module.css";

const icons: Record<State, (p: { size?: number }) => ReactNode> = {
  BREACHED: BreachedIcon,
  AT_RISK: FlameIcon,
  NO_DATA: UnknownIcon,
  STALE: ClockIcon,
  NO_TRAFFIC: PauseIcon,
  HEALTHY: HealthyIcon,
};

/** The icon of a state. */
export function StateIcon({ state, size = 14 }: { state: State; size?: number }) {
  const Icon = icons[state];
  return <Icon size={size} />;
}

/** A verdict in words, with an icon of its own shape; the colour only repeats it. */
export function StateBadge({
  state,
  testId,
  large = false,
}: {
  state: State;
  testId?: string;
  large?: boolean;
}) {
  const look = lookOf(state);
  return (
    <Tooltip label={look.meaning}>
      <span
        className={classes.badge}
        data-tone={look.tone}
        data-large={large || undefined}
        data-testid={testId}
        data-value={state}
      >
        <StateIcon state={state} size={large ? 16 : 13} />
        {look.label}
      </span>
    </Tooltip>
  );
}
