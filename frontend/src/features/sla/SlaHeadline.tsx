import { BudgetFigures } from "@/components/budget-figures";
import { Figure, Headline, Words } from "@/components/Headline";
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
    <Headline
      name="Current period"
      tone={how.tone}
      label={
        <>
          Achieved in {figures.period}, from <Instant at={figures.from} />
        </>
      }
      big={<Partly partial={isPartial(budget)}>{achievedText(figures.achievedPercent)}</Partly>}
      testId="sla-headline"
      value={figures.achievedPercent ?? ""}
      exact={exact(budget.sli)}
      below={
        <>
          <AchievedBar
            targetPercent={sla.targetPercent}
            achievedPercent={figures.achievedPercent}
            belows={sla.credits.map((c) => c.belowPercent)}
            tone={how.tone}
          />
          <Words testId="sla-words">{words ?? "Nothing was measured yet."}</Words>
        </>
      }
      columns={4}
      warnings={figures.warnings}
    >
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
      <Figure label="Excluded" testId="sla-excluded" value={String(figures.budget.excluded.minutes)}>
        {excludedText(figures.budget.excluded.minutes)}
        <small>
          {figures.budget.excluded.total == null
            ? "under the terms"
            : `${countText(figures.budget.excluded.total, counted)} left out`}
        </small>
      </Figure>
      <Figure label="Credit if the period ended now" whole>
        <ul className={classes.due}>
          {figures.due.map((d) => (
            <li key={d.customer}>
              <span>{titleOf(sla.customers.find((c) => c.name === d.customer) ?? unnamed(d.customer))}</span>
              <strong data-testid="sla-due">{dueText(d, how.known)}</strong>
            </li>
          ))}
        </ul>
      </Figure>
    </Headline>
  );
}

const unnamed = (name: string) => ({ name, displayName: "" });
