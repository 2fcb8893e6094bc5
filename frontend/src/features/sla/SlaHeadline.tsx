import type { ReactNode } from "react";
import { BudgetFigures } from "@/components/budget-figures";
import { WarningIcon } from "@/components/icons";
import { Partly } from "@/components/Partly";
import { Instant } from "@/components/zone";
import { unmask } from "@/gql";
import type { SlaDefinitionFragment, SlaPeriodFiguresFragment } from "@/gql/graphql";
import { exact, coverage as share } from "@/lib/number";
import { isPartial } from "@/lib/state";
import { titleOf } from "@/lib/words";
import { AchievedBar } from "./AchievedBar";
import classes from "./SlaHeadline.module.css";
import {
  achievedText,
  countedBy,
  countText,
  doubt,
  dueText,
  excludedText,
  leftText,
  periodNoun,
  standing,
} from "./words";

interface SlaHeadlineProps {
  sla: SlaDefinitionFragment;
  figures: SlaPeriodFiguresFragment;
}

/** The current period in one glance: achieved, promised, what may still fail, what would be due. */
export function SlaHeadline({ sla, figures }: SlaHeadlineProps) {
  const budget = unmask(BudgetFigures, figures.budget);
  const how = standing(budget, figures.settled);
  const counted = countedBy(sla.streams);
  const words = doubt(budget) ?? leftText(budget, counted, periodNoun(sla.window.duration));
  return (
    <section aria-label="Current period" className={classes.panel} data-tone={how.tone}>
      <div className={classes.main}>
        <div className={classes.label}>
          Achieved in {figures.period}, from <Instant at={figures.from} />
        </div>
        <div
          className={classes.big}
          data-testid="sla-headline"
          data-value={figures.achievedPercent ?? ""}
          title={exact(budget.sli)}
        >
          <Partly partial={isPartial(budget)}>{achievedText(figures.achievedPercent)}</Partly>
        </div>
        <AchievedBar
          targetPercent={sla.targetPercent}
          achievedPercent={figures.achievedPercent}
          belows={sla.credits.map((c) => c.belowPercent)}
          tone={how.tone}
        />
        <p className={classes.words} data-testid="sla-words">
          {words ?? "Nothing was measured yet."}
        </p>
      </div>
      <dl className={classes.grid}>
        <Figure label="Target">
          {sla.targetPercent} %<small>{how.label.toLowerCase()}</small>
        </Figure>
        <Figure label="Measured">
          {countText(budget.total, counted)}
          <small>{budget.good == null ? "good unknown" : `${countText(budget.good, counted)} good`}</small>
        </Figure>
        <Figure label="Coverage">
          {share(budget.coverage)}
          <small>of minutes so far</small>
        </Figure>
        <Figure label="Excluded" id="sla-excluded" value={String(figures.budget.excluded.minutes)}>
          {excludedText(figures.budget.excluded.minutes)}
          <small>
            {figures.budget.excluded.total == null
              ? "under the terms"
              : `${countText(figures.budget.excluded.total, counted)} left out`}
          </small>
        </Figure>
        <div className={classes.due}>
          <dt>Credit if the period ended now</dt>
          <dd>
            <ul>
              {figures.due.map((d) => (
                <li key={d.customer}>
                  <span>
                    {titleOf(sla.customers.find((c) => c.name === d.customer) ?? unnamed(d.customer))}
                  </span>
                  <strong data-testid="sla-due">{dueText(d, how.known)}</strong>
                </li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
      {figures.warnings.length > 0 && (
        <ul className={classes.warnings}>
          {figures.warnings.map((w) => (
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

const unnamed = (name: string) => ({ name, displayName: "" });

function Figure({
  label,
  id,
  value,
  children,
}: {
  label: string;
  id?: string;
  value?: string;
  children: ReactNode;
}) {
  return (
    <div className={classes.figure}>
      <dt>{label}</dt>
      <dd data-testid={id} data-value={value}>
        {children}
      </dd>
    </div>
  );
}
