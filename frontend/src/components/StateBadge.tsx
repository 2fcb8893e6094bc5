import type { ReactNode } from "react";
import type { State } from "@/gql/graphql";
import { lookOf } from "@/lib/state";
import { Badge } from "./Badge";
import { BreachedIcon, ClockIcon, FlameIcon, HealthyIcon, PauseIcon, UnknownIcon } from "./icons";

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

interface StateBadgeProps {
  state: State;
  testId?: string;
  large?: boolean;
}

/** The verdict on a budget. */
export function StateBadge({ state, testId, large = false }: StateBadgeProps) {
  const { tone, label, meaning } = lookOf(state);
  return (
    <Badge
      tone={tone}
      icon={icons[state]}
      label={label}
      meaning={meaning}
      large={large}
      testId={testId}
      value={state}
    />
  );
}
