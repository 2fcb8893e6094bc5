import type { BudgetFiguresFragment } from "@/gql/graphql";
import { raw, remaining, sli } from "@/lib/number";
import { isPartial, lookOf } from "@/lib/state";
import { BudgetBar } from "./BudgetBar";
import classes from "./BudgetCells.module.css";
import { Partly } from "./Partly";
import { StateBadge } from "./StateBadge";
import { type Column, figures } from "./Table";

/** The headings of BudgetCells. */
export const budgetColumns: readonly Column[] = ["State", "Budget left", figures("SLI")];

interface BudgetCellsProps {
  /** Null where there is none. */
  budget: BudgetFiguresFragment | null;
  targetPercent: string;
}

/** A budget in a row of a table: its state, what is left of it, and the SLI. */
export function BudgetCells({ budget, targetPercent }: BudgetCellsProps) {
  if (!budget) {
    return <td colSpan={budgetColumns.length} />;
  }
  const partial = isPartial(budget);
  return (
    <>
      <td>
        <StateBadge state={budget.state} />
      </td>
      <td className={classes.left}>
        <span data-value={raw(budget.remaining)}>
          <Partly partial={partial}>{remaining(budget.remaining)}</Partly>
        </span>
        <BudgetBar remaining={budget.remaining ?? null} tone={lookOf(budget.state).tone} partial={partial} />
      </td>
      <td data-number>
        <Partly partial={partial}>{sli(budget.sli, targetPercent)}</Partly>
      </td>
    </>
  );
}
