import { Badge } from "@/components/Badge";
import { BreachedIcon, ClockIcon, HealthyIcon, PauseIcon } from "@/components/icons";
import type { Tone } from "@/components/tone";
import { Instant } from "@/components/zone";
import { type FragmentType, graphql, unmask } from "@/gql";
import type { AlertFieldsFragment, AlertState } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { burn } from "@/lib/number";
import classes from "./AlertItem.module.css";

export const AlertFields = graphql(/* GraphQL */ `
  fragment AlertFields on Alert {
    id
    sloName
    objective
    policy
    severity
    state
    since
    firedAt
    resolvedAt
    burnRate
    shortBurnRate
    threshold
    reason
    deliveries {
      target
      state
      at
      attempts
      error
    }
  }
`);

/** States of alerts in words. */
export const alertLooks: Record<AlertState, { label: string; tone: Tone; meaning: string }> = {
  FIRING: { label: "Firing", tone: "breached", meaning: "The condition holds, and has long enough." },
  PENDING: { label: "Pending", tone: "risk", meaning: "The condition holds, but not long enough yet." },
  FROZEN: {
    label: "Frozen",
    tone: "nodata",
    meaning: "Too little was measured to say whether it fires or ended.",
  },
  RESOLVED: { label: "Resolved", tone: "quiet", meaning: "It fired, and ended." },
  INACTIVE: { label: "Quiet", tone: "healthy", meaning: "The condition does not hold." },
};

const icons = {
  FIRING: BreachedIcon,
  PENDING: ClockIcon,
  FROZEN: PauseIcon,
  RESOLVED: HealthyIcon,
  INACTIVE: HealthyIcon,
};

/** The state of an alert. */
export function AlertBadge({ state }: { state: AlertState }) {
  return <Badge {...alertLooks[state]} icon={icons[state]} testId="alert-state" value={state} />;
}

/** Why an alert is in its state. The burn rates are written once, as they are everywhere. */
export function reasonOf(
  a: Pick<AlertFieldsFragment, "reason" | "burnRate" | "shortBurnRate" | "threshold">,
): string {
  if (a.burnRate == null) {
    return a.reason;
  }
  const short = a.shortBurnRate == null ? "" : ` and ${burn(a.shortBurnRate)}`;
  const figures = `burn rate ${burn(a.burnRate)}${short}, threshold ${burn(a.threshold)}`;
  return a.reason === "" || a.reason.startsWith("burn rate ") ? figures : `${a.reason}; ${figures}`;
}

interface AlertItemProps {
  alert: FragmentType<typeof AlertFields>;
  /** What stands before the policy: a link to the objective, where several are listed. */
  lead?: React.ReactNode;
}

/** One alert: its state, since when, why, and who was told. */
export function AlertItem({ alert: masked, lead }: AlertItemProps) {
  const a = unmask(AlertFields, masked);
  const lasted = a.firedAt && a.resolvedAt ? (Date.parse(a.resolvedAt) - Date.parse(a.firedAt)) / 1000 : null;
  return (
    <li className={classes.item} data-testid="alert" data-policy={a.policy} data-state={a.state}>
      <div className={classes.head}>
        <AlertBadge state={a.state} />
        <span className={classes.name}>
          {lead}
          {a.policy} <small>({a.severity})</small>
        </span>
        <span className={classes.since}>
          since <Instant at={a.since} />
          {lasted !== null && `, fired for ${humanSeconds(lasted)}`}
        </span>
      </div>
      <p className={classes.reason}>{reasonOf(a)}</p>
      {a.deliveries.length > 0 && (
        <ul className={classes.deliveries}>
          {a.deliveries.map((d) => (
            <li key={`${d.target} ${d.state}`} data-bad={d.error ? true : undefined}>
              {alertLooks[d.state].label} to {d.target}:{" "}
              {d.error ? (
                `not delivered after ${d.attempts} attempt${d.attempts === 1 ? "" : "s"}: ${d.error}`
              ) : d.at ? (
                <>
                  delivered <Instant at={d.at} />
                </>
              ) : (
                "on its way"
              )}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
