import { useQuery } from "@apollo/client/react";
import { Link } from "@tanstack/react-router";
import { BudgetCells, budgetColumns } from "@/components/BudgetCells";
import { BudgetFigures } from "@/components/budget-figures";
import { TroubleNotice } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { figures, Table } from "@/components/Table";
import { graphql, unmask } from "@/gql";
import type { CompositeMethod, WhenDelayed } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import { useHeld } from "@/lib/held";
import { coverage } from "@/lib/number";
import { titleOf } from "@/lib/words";

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
    <Panel
      title="Made of"
      hint={`${methods[composite.method]} The bars are the components' own budgets, over the window of the whole.`}
    >
      <Table
        label="Components"
        testId="components"
        columns={[
          "Component",
          figures("Weight"),
          ...budgetColumns,
          figures("Seen"),
          "A minute without figures",
        ]}
      >
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
                      {titleOf({ name: part.sloName, displayName: part.slo.displayName })}
                    </Link>
                  ) : (
                    part.sloName
                  )}
                  {part.objective && <small> · {part.objective}</small>}
                </th>
                <td data-number>
                  {composite.method === "WORST_OF" ? "–" : part.weight}
                  {composite.method === "WEIGHTED" && <small> {Math.round(part.share * 100)} %</small>}
                </td>
                <BudgetCells budget={budget} targetPercent="99.9" />
                <td data-number>{budget && coverage(budget.coverage)}</td>
                <td>{delays[part.whenDelayed]}</td>
              </tr>
            );
          })}
        </tbody>
      </Table>
    </Panel>
  );
}
