import { BudgetFigures } from "@/components/budget-figures";
import { type FragmentType, unmask } from "@/gql";
import type { BudgetFiguresFragment } from "@/gql/graphql";

/** The figures of an objective's budget. */
export function budgetOf(objective: { budget: FragmentType<typeof BudgetFigures> }): BudgetFiguresFragment {
  return unmask(BudgetFigures, objective.budget);
}
