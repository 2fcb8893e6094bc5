import type { ReactNode } from "react";
import { BudgetBar } from "@/components/BudgetBar";
import { WarningIcon } from "@/components/icons";
import { Partly } from "@/components/Partly";
import { Instant, useZone } from "@/components/zone";
import type { BudgetFiguresFragment } from "@/gql/graphql";
import { amount, type Counted, headings, spentText } from "@/lib/counted";
import { age, coarse, humanSeconds } from "@/lib/duration";
import { useNow } from "@/lib/now";
import { burn, coverage, exact, raw, remaining, sli, target } from "@/lib/number";
import { isPartial, lookOf } from "@/lib/state";
import { fullDateTime } from "@/lib/time";
import { timeWorth } from "@/lib/worth";
import classes from "./Headline.module.css";

interface HeadlineProps {
  budget: BudgetFiguresFragment;
  targetPercent: string;
  counted: Counted;
  /** The length of a slice, where slices are counted. */
  sliceLength: string | null;
  /** What was excluded, and the switch that counts it again. */
  excluded: ReactNode;
}

/** The budget in one glance: what is left, of what, and what that is worth. */
export function Headline({ budget, targetPercent, counted, sliceLength, excluded }: HeadlineProps) {
  const look = lookOf(budget.state);
  const partial = isPartial(budget);
  return (
    <section aria-label="Error budget" className={classes.panel} data-tone={look.tone}>
      <div className={classes.main}>
        <div className={classes.label}>Error budget left</div>
        <div className={classes.big} data-testid="budget-headline" data-value={raw(budget.remaining)}>
          <Partly partial={partial}>{remaining(budget.remaining)}</Partly>
        </div>
        <BudgetBar remaining={budget.remaining ?? null} tone={look.tone} tall partial={partial} />
        <p className={classes.words}>{words(budget, counted, sliceLength)}</p>
        <Outlook budget={budget} />
        {excluded}
      </div>
      <dl className={classes.grid}>
        <Figure label="SLI" id="budget-sli" value={budget.sli}>
          <Partly partial={partial}>{sli(budget.sli, targetPercent)}</Partly>
          <small>target {target(targetPercent)}</small>
        </Figure>
        <Figure label={headings[counted].spent} id="budget-spent" value={budget.spent}>
          {amount(budget.spent, counted)}
          <small data-testid="budget-allowed" data-value={raw(budget.allowed)} title={exact(budget.allowed)}>
            {budget.allowed == null ? "allowance unknown" : `of ${amount(budget.allowed, counted)} allowed`}
          </small>
        </Figure>
        <Figure label={headings[counted].total} id="budget-total" value={budget.total}>
          {amount(budget.total, counted)}
          <small data-testid="budget-good" data-value={raw(budget.good)} title={exact(budget.good)}>
            {budget.good == null ? "good unknown" : `${amount(budget.good, counted)} good`}
          </small>
        </Figure>
        <Figure label="Burn rate" id="budget-burn" value={budget.burnRate}>
          <Partly partial={partial}>{burn(budget.burnRate)}</Partly>
          <small>1× uses it up exactly</small>
        </Figure>
        <Figure label="Coverage" id="budget-coverage" value={budget.coverage}>
          {coverage(budget.coverage)}
          <small>of minutes measured</small>
        </Figure>
        <AsOf budget={budget} />
      </dl>
      {budget.warnings.length > 0 && (
        <ul className={classes.warnings}>
          {budget.warnings.map((w) => (
            <li key={w}>
              <WarningIcon size={13} />
              <span>{w}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function words(budget: BudgetFiguresFragment, counted: Counted, sliceLength: string | null): ReactNode {
  const spent = spentText(budget, counted, sliceLength);
  if (!spent) {
    return lookOf(budget.state).meaning;
  }
  if (isPartial(budget)) {
    return (
      <>
        Only {coverage(budget.coverage)} of the window was measured, too little for a verdict. In that part
        spent <strong>{spent}</strong>.
      </>
    );
  }
  const worth = timeWorth(budget);
  return (
    <>
      Spent <strong>{spent}</strong>
      {worth &&
        (worth.left >= 0
          ? `, which leaves the worth of ${humanSeconds(worth.left)} of full outage out of ${humanSeconds(worth.whole)}.`
          : `, which is the worth of ${humanSeconds(-worth.left)} of full outage more than the ${humanSeconds(worth.whole)} allowed.`)}
    </>
  );
}

function Outlook({ budget }: { budget: BudgetFiguresFragment }) {
  const now = useNow();
  if (!budget.exhaustsAt) {
    return null;
  }
  const left = (Date.parse(budget.exhaustsAt) - now.getTime()) / 1000;
  return (
    <p className={classes.outlook}>
      At the recent burn the budget is spent {left > 0 ? `in ${coarse(left)}` : "now"}, on{" "}
      <Instant at={budget.exhaustsAt} />.
    </p>
  );
}

function AsOf({ budget }: { budget: BudgetFiguresFragment }) {
  const now = useNow();
  const zone = useZone();
  const at = budget.asOf ? new Date(budget.asOf) : null;
  return (
    <div className={classes.figure}>
      <dt>As of</dt>
      <dd data-testid="as-of" data-value={budget.asOf ?? ""} title={at ? fullDateTime(at, zone) : undefined}>
        {at ? <Instant at={at.toISOString()} /> : "never measured"}
        <small data-testid="budget-to" data-value={budget.to}>
          {at ? age(at, now) : "no data"}
        </small>
      </dd>
    </div>
  );
}

interface FigureProps {
  label: string;
  id: string;
  value: number | null | undefined;
  children: ReactNode;
}

function Figure({ label, id, value, children }: FigureProps) {
  return (
    <div className={classes.figure}>
      <dt>{label}</dt>
      <dd data-testid={id} data-value={raw(value)} title={exact(value)}>
        {children}
      </dd>
    </div>
  );
}
