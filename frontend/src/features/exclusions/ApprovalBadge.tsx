import { ClockIcon, HealthyIcon, PauseIcon } from "@/components/icons";
import type { ApprovalState } from "@/gql/graphql";
import classes from "./ApprovalBadge.module.css";
import { states } from "./search";

const icons = { NOT_NEEDED: HealthyIcon, APPROVED: HealthyIcon, PENDING: ClockIcon, REJECTED: PauseIcon };

/** Whether an exclusion counts. */
export function ApprovalBadge({ state }: { state: ApprovalState }) {
  const Icon = icons[state];
  return (
    <span
      className={classes.badge}
      data-tone={states[state].tone}
      title={states[state].meaning}
      data-testid="approval"
      data-value={state}
    >
      <Icon size={12} />
      {states[state].label}
    </span>
  );
}
