import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Callout } from "@/components/Callout";
import type { SlaIssuedFragment } from "@/gql/graphql";
import { titleOf } from "@/lib/words";
import classes from "./DriftNotice.module.css";
import { driftText } from "./words";

interface DriftNoticeProps {
  sla: string;
  /** The newest revisions. */
  latest: readonly SlaIssuedFragment[];
  onIssue: (statement: SlaIssuedFragment) => void;
}

// More would push the figures off the screen; the table below marks all of them.
const SHOWN = 5;

/** Statements that no longer say what the figures say: somebody has to send them again. */
export function DriftNotice({ sla, latest, onIssue }: DriftNoticeProps) {
  const drifted = latest.filter((s) => s.drift.length > 0);
  if (drifted.length === 0) {
    return null;
  }
  return (
    <Callout tone="risk" label="Statements to issue again" testId="sla-drift">
      <ul className={classes.list}>
        {drifted.slice(0, SHOWN).map((s) => (
          <li key={s.id}>
            <span>
              <Link
                to="/slas/$name/statements/$customer/$period"
                params={{ name: sla, customer: s.customer.name, period: s.period.name }}
                search={{}}
              >
                {s.period.name} for {titleOf(s.customer)}
              </Link>
              : {driftText(s.drift.length)}
            </span>
            <Button size="compact-xs" variant="default" onClick={() => onIssue(s)}>
              Issue again
            </Button>
          </li>
        ))}
        {drifted.length > SHOWN && <li>{drifted.length - SHOWN} more are marked below.</li>}
      </ul>
    </Callout>
  );
}
