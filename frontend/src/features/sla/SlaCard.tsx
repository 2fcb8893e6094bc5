import { Link } from "@tanstack/react-router";
import { BudgetFigures } from "@/components/budget-figures";
import { Card } from "@/components/CardList";
import { unmask } from "@/gql";
import type { SlaListQuery } from "@/gql/graphql";
import { coverage, raw } from "@/lib/number";
import { FLOOR } from "@/lib/state";
import { titleOf } from "@/lib/words";
import { AchievedBar } from "./AchievedBar";
import { SlaPeriodFiguresFragment } from "./documents";
import classes from "./SlaCard.module.css";
import { StandingBadge } from "./StandingBadge";
import { achievedText, dueText, standing } from "./words";

type Listed = SlaListQuery["slas"]["nodes"][number];

/** How many customers a line of the list names; more would be read by nobody. */
const NAMED = 3;

/** One agreement at a glance: the promise, and the current period against it. */
export function SlaCard({ sla }: { sla: Listed }) {
  const figures = unmask(SlaPeriodFiguresFragment, sla.figures);
  const budget = unmask(BudgetFigures, figures.budget);
  const how = standing(budget, figures.settled);
  const [due] = figures.due;
  const sum = figures.due.length;
  return (
    <Card data-testid="sla-card" data-sla={sla.name}>
      <div className={classes.card}>
        <div className={classes.who}>
          <h2 className={classes.name}>
            <Link to="/slas/$name" params={{ name: sla.name }} search={{}} data-testid="sla-link">
              {titleOf(sla)}
            </Link>
          </h2>
          <p className={classes.about}>
            {sla.service && <span>{sla.service}</span>}
            <span>{customersText(sla.customers)}</span>
            <span>{sla.window.title}</span>
            {sla.origin && (
              <span>
                {sla.origin.file}:{sla.origin.line}
              </span>
            )}
          </p>
        </div>
        <div className={classes.bar}>
          <p className={classes.figures}>
            <strong data-testid="sla-achieved" data-value={figures.achievedPercent ?? ""}>
              {achievedText(figures.achievedPercent)}
            </strong>{" "}
            <span>
              of {sla.targetPercent} % in {figures.period}
            </span>
          </p>
          <AchievedBar
            targetPercent={sla.targetPercent}
            achievedPercent={figures.achievedPercent}
            belows={[]}
            tone={how.tone}
          />
        </div>
        <dl className={classes.rest}>
          <div>
            <dt>State</dt>
            <dd>
              <StandingBadge standing={how} />
            </dd>
          </div>
          <div>
            <dt>Coverage</dt>
            <dd data-value={raw(budget.coverage)} data-low={budget.coverage < FLOOR || undefined}>
              {coverage(budget.coverage)}
            </dd>
          </div>
          <div>
            <dt>Credit so far</dt>
            <dd data-testid="sla-due">
              {dueText(due, how.known)}
              {sum > 1 && due?.percent != null && <small> each of {sum}</small>}
            </dd>
          </div>
        </dl>
      </div>
    </Card>
  );
}

function customersText(customers: Listed["customers"]): string {
  const named = customers.slice(0, NAMED).map(titleOf).join(", ");
  return customers.length > NAMED ? `${named} and ${customers.length - NAMED} more` : named;
}
