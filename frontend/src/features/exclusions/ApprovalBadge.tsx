import { Badge } from "@/components/Badge";
import { ClockIcon, HealthyIcon, PauseIcon } from "@/components/icons";
import type { ApprovalState } from "@/gql/graphql";
import { states } from "./search";

const icons = { NOT_NEEDED: HealthyIcon, APPROVED: HealthyIcon, PENDING: ClockIcon, REJECTED: PauseIcon };

/** Whether an exclusion counts. */
export function ApprovalBadge({ state }: { state: ApprovalState }) {
  return <Badge {...states[state]} icon={icons[state]} testId="approval" value={state} />;
}
