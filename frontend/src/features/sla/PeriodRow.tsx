import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { BudgetFigures } from "@/components/budget-figures";
import { Partly } from "@/components/Partly";
import { unmask } from "@/gql";
import type {
  SlaDefinitionFragment,
  SlaDetailQuery,
  SlaIssuedFragment,
  SlaPeriodFiguresFragment,
} from "@/gql/graphql";
import { useNow } from "@/lib/now";
import { coverage, exact } from "@/lib/number";
import { isPartial } from "@/lib/state";
import { waitFor } from "./issue";
import classes from "./Periods.module.css";
import { StandingBadge } from "./StandingBadge";
import { achievedText, dueText, excludedText, standing } from "./words";

interface PeriodRowProps {
  sla: SlaDefinitionFragment;
  period: NonNullable<SlaDetailQuery["sla"]>["periods"][number];
  noun: string;
  customer: string;
  /** Absent while they are on the way. */
  figures: SlaPeriodFiguresFragment | undefined;
  /** The newest revision of the customer's statement. */
  issued: SlaIssuedFragment | undefined;
  onIssue: () => void;
}

/** One period: its figures as they are now, and its statement. */
export function PeriodRow({ sla, period, noun, customer, figures, issued, onIssue }: PeriodRowProps) {
  const now = useNow();
  const running = now.getTime() < Date.parse(period.to);
  return (
    <tr data-testid="sla-period" data-period={period.name}>
      <th scope="row" className={classes.name}>
        {period.name}
        {running && <span className={classes.now}> · now</span>}
      </th>
      {figures ? <Figures figures={figures} customer={customer} /> : <td colSpan={5}>reading…</td>}
      <td>
        <div className={classes.statement}>
          {issued && (
            <Link
              to="/slas/$name/statements/$customer/$period"
              params={{ name: sla.name, customer, period: period.name }}
              search={{}}
              data-testid="sla-statement-link"
            >
              Revision {issued.revision}
            </Link>
          )}
          {issued && issued.drift.length > 0 && (
            <span className={classes.drift} data-testid="sla-period-drift">
              {issued.drift.length === 1 ? "1 figure" : `${issued.drift.length} figures`} changed
            </span>
          )}
          {(!issued || issued.drift.length > 0) && (
            <IssueButton
              label={issued ? "Issue again" : "Issue statement"}
              about={period.name}
              reason={waitFor(period, noun, now)}
              onIssue={onIssue}
            />
          )}
        </div>
      </td>
    </tr>
  );
}

function Figures({ figures, customer }: { figures: SlaPeriodFiguresFragment; customer: string }) {
  const budget = unmask(BudgetFigures, figures.budget);
  const how = standing(budget, figures.settled);
  return (
    <>
      <td
        data-number
        title={exact(budget.sli)}
        data-testid="period-achieved"
        data-value={figures.achievedPercent ?? ""}
      >
        <Partly partial={isPartial(budget)}>{achievedText(figures.achievedPercent)}</Partly>
      </td>
      <td>
        <StandingBadge standing={how} />
      </td>
      <td data-number>{coverage(budget.coverage)}</td>
      <td>{excludedText(figures.budget.excluded.minutes)}</td>
      <td>
        {dueText(
          figures.due.find((d) => d.customer === customer),
          how.known,
        )}
      </td>
    </>
  );
}

interface IssueButtonProps {
  label: string;
  about: string;
  /** Why not yet. */
  reason: string | null;
  onIssue: () => void;
}

/** A button that says why it does nothing, while it does nothing. */
function IssueButton({ label, about, reason, onIssue }: IssueButtonProps) {
  const why = useId();
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        disabled={reason !== null}
        aria-label={`${label} of ${about}`}
        aria-describedby={reason ? why : undefined}
        onClick={onIssue}
        data-testid="sla-issue"
      >
        {label}
      </Button>
      {reason && (
        <span id={why} className={classes.wait}>
          {reason}
        </span>
      )}
    </>
  );
}
