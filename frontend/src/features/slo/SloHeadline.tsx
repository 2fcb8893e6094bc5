import type { ReactNode } from "react";
import { BudgetBar } from "@/components/BudgetBar";
import { Figure, Headline, Words } from "@/components/Headline";
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
import classes from "./SloHeadline.module.css";

interface SloHeadlineProps {
  budget: BudgetFiguresFragment;
  targetPercent: string;
  counted: Counted;
  /** The length of a slice, where slices are counted. */
  sliceLength: string | null;
  /** What was excluded, and the switch that counts it again. */
  excluded: ReactNode;
}

/** The budget in one glance: what is left, of what, and what that is worth. */
export function SloHeadline({ budget, targetPercent, counted, sliceLength, excluded }: SloHeadlineProps) {
  const look = lookOf(budget.state);
  const partial = isPartial(budget);
  return (
    <Headline
      name="Error budget"
      tone={look.tone}
      label="Error budget left"
      big={<Partly partial={partial}>{remaining(budget.remaining)}</Partly>}
      testId="budget-headline"
      value={raw(budget.remaining)}
      below={
        <>
          <BudgetBar remaining={budget.remaining ?? null} tone={look.tone} tall partial={partial} />
          <Words>{words(budget, counted, sliceLength)}</Words>
          <Outlook budget={budget} />
          {excluded}
        </>
      }
      columns={3}
      warnings={budget.warnings}
    >
      <Figure label="SLI" testId="budget-sli" value={raw(budget.sli)} exact={exact(budget.sli)}>
        <Partly partial={partial}>{sli(budget.sli, targetPercent)}</Partly>
        <small>target {target(targetPercent)}</small>
      </Figure>
      <Figure
        label={headings[counted].spent}
        testId="budget-spent"
        value={raw(budget.spent)}
        exact={exact(budget.spent)}
      >
        {amount(budget.spent, counted)}
        <small data-testid="budget-allowed" data-value={raw(budget.allowed)} title={exact(budget.allowed)}>
          {budget.allowed == null ? "allowance unknown" : `of ${amount(budget.allowed, counted)} allowed`}
        </small>
      </Figure>
      <Figure
        label={headings[counted].total}
        testId="budget-total"
        value={raw(budget.total)}
        exact={exact(budget.total)}
      >
        {amount(budget.total, counted)}
        <small data-testid="budget-good" data-value={raw(budget.good)} title={exact(budget.good)}>
          {budget.good == null ? "good unknown" : `${amount(budget.good, counted)} good`}
        </small>
      </Figure>
      <Figure
        label="Burn rate"
        testId="budget-burn"
        value={raw(budget.burnRate)}
        exact={exact(budget.burnRate)}
      >
        <Partly partial={partial}>{burn(budget.burnRate)}</Partly>
        <small>1× uses it up exactly</small>
      </Figure>
      <Figure
        label="Coverage"
        testId="budget-coverage"
        value={raw(budget.coverage)}
        exact={exact(budget.coverage)}
      >
        {coverage(budget.coverage)}
        <small>of minutes measured</small>
      </Figure>
      <AsOf budget={budget} />
    </Headline>
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
    <Figure
      label="As of"
      testId="as-of"
      value={budget.asOf ?? ""}
      exact={at ? fullDateTime(at, zone) : undefined}
    >
      {at ? <Instant at={at.toISOString()} /> : "never measured"}
      <small data-testid="budget-to" data-value={budget.to}>
        {at ? age(at, now) : "no data"}
      </small>
    </Figure>
  );
}
