import { useQuery } from "@apollo/client/react";
import { Link } from "@tanstack/react-router";
import { BudgetBar } from "@/components/BudgetBar";
import { BudgetFigures } from "@/components/budget-figures";
import { TroubleNotice } from "@/components/Notice";
import { Partly } from "@/components/Partly";
import panel from "@/components/panel.module.css";
import { ScrollBox } from "@/components/ScrollBox";
import { StateBadge } from "@/components/StateBadge";
import { graphql, unmask } from "@/gql";
import type { CompositeMethod, WhenDelayed } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import { useHeld } from "@/lib/held";
import { coverage, raw, remaining, sli } from "@/lib/number";
import { isPartial, lookOf } from "@/lib/state";
import classes from "./CompositeParts.module.css";

const SloCompositeDocument = graphql(/* GraphQL */ `
  query SloComposite($name: String!, $objective: String, $asOf: Time) {
    slo(name: $name) {
      id
      objective(name: $objective) {
        name
        composite {
          method
          components {
            sloName
            objective
            weight
            share
            whenDelayed
            slo {
              id
              displayName
            }
            budget(asOf: $asOf) {
              ...BudgetFigures
            }
          }
        }
      }
    }
  }
`);

const methods: Record<CompositeMethod, string> = {
  WEIGHTED: "Each minute is the mean of its components' SLIs, by weight.",
  WORST_OF: "Each minute is as good as its worst component.",
  ADDITIVE: "In each minute, what is missing of the components adds up, times their weights.",
};

const delays: Record<WhenDelayed, string> = {
  HOLD: "is waited for",
  IGNORE: "is left out",
  COUNT_AS_GOOD: "counts as good",
  COUNT_AS_BAD: "counts as bad",
};

interface CompositePartsProps {
  slo: string;
  objective: string;
  asOf?: string | undefined;
}

/** What a composite is made of, with the budget of each part over the window of the whole. */
export function CompositeParts({ slo, objective, asOf }: CompositePartsProps) {
  const variables = { name: slo, objective, asOf: asOf ?? null };
  const { data, loading, error, refetch } = useQuery(SloCompositeDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    pollInterval: asOf ? 0 : 60_000,
  });
  const composite = useHeld({ data, loading, about: slo, question: variables })?.slo?.objective?.composite;
  if (!composite) {
    return error ? <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} /> : null;
  }
  return (
    <section className={panel.panel} aria-labelledby="composite-title">
      <header className={panel.head}>
        <h2 id="composite-title" className={panel.title}>
          Made of
        </h2>
        <p className={panel.hint}>
          {methods[composite.method]} The bars are the components' own budgets, over the window of the whole.
        </p>
      </header>
      <ScrollBox label="Components">
        <table className={panel.table} data-testid="components">
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col" data-number>
                Weight
              </th>
              <th scope="col">State</th>
              <th scope="col">Budget left</th>
              <th scope="col" data-number>
                SLI
              </th>
              <th scope="col" data-number>
                Seen
              </th>
              <th scope="col">A minute without figures</th>
            </tr>
          </thead>
          <tbody>
            {composite.components.map((part) => {
              const budget = part.budget ? unmask(BudgetFigures, part.budget) : null;
              return (
                <tr key={`${part.sloName}/${part.objective}`} data-testid="component-row">
                  <th scope="row">
                    {part.slo ? (
                      <Link
                        to="/slos/$name"
                        params={{ name: part.sloName }}
                        search={part.objective ? { objective: part.objective } : {}}
                      >
                        {part.slo.displayName}
                      </Link>
                    ) : (
                      part.sloName
                    )}
                    {part.objective && <small className={classes.objective}>{part.objective}</small>}
                  </th>
                  <td data-number>
                    {composite.method === "WORST_OF" ? "–" : part.weight}
                    {composite.method === "WEIGHTED" && (
                      <small className={classes.objective}>{Math.round(part.share * 100)} %</small>
                    )}
                  </td>
                  <td>{budget && <StateBadge state={budget.state} />}</td>
                  <td className={classes.budget}>
                    {budget && (
                      <>
                        <span data-value={raw(budget.remaining)}>
                          <Partly partial={isPartial(budget)}>{remaining(budget.remaining)}</Partly>
                        </span>
                        <BudgetBar
                          remaining={budget.remaining ?? null}
                          tone={lookOf(budget.state).tone}
                          partial={isPartial(budget)}
                        />
                      </>
                    )}
                  </td>
                  <td data-number>{budget && sli(budget.sli, "99.9")}</td>
                  <td data-number>{budget && coverage(budget.coverage)}</td>
                  <td>{delays[part.whenDelayed]}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}
