import { graphql } from "@/gql";

/**
 * The figures of a budget. Everybody asks for all of them together: they belong
 * to one instant and are replaced together in the cache.
 */
export const BudgetFigures = graphql(/* GraphQL */ `
  fragment BudgetFigures on Budget {
    from
    to
    target
    good
    total
    sli
    allowed
    spent
    remaining
    burnRate
    coverage
    state
    exhaustsAt
    asOf
    excluded {
      minutes
      good
      total
    }
    warnings
  }
`);
