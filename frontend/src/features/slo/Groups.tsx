import { useQuery } from "@apollo/client/react";
import { Button, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { BudgetCells, budgetColumns } from "@/components/BudgetCells";
import { BudgetFigures } from "@/components/budget-figures";
import { TroubleNotice } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { figures, Table } from "@/components/Table";
import { useZone } from "@/components/zone";
import { graphql, unmask } from "@/gql";
import { amount, type Counted } from "@/lib/counted";
import { troubleOf } from "@/lib/errors";
import { useHeld } from "@/lib/held";
import { coverage } from "@/lib/number";
import type { Patch } from "@/lib/search-params";
import classes from "./Groups.module.css";
import { groupKey, labelText, questionOf, type SloSearch } from "./search";

const SloGroupsDocument = graphql(/* GraphQL */ `
  query SloGroups(
    $name: String!
    $objective: String
    $first: Int!
    $after: String
    $window: WindowInput
    $asOf: Time
  ) {
    slo(name: $name) {
      id
      objective(name: $objective) {
        name
        groups(first: $first, after: $after, window: $window, asOf: $asOf) {
          totalCount
          nodes {
            key
            budget {
              ...BudgetFigures
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`);

const PAGE = 20;

interface GroupsProps {
  slo: string;
  objective: string;
  search: SloSearch;
  windowTitle: string;
  targetPercent: string;
  counted: Counted;
  onChange: (patch: Patch<SloSearch>) => void;
}

/** The budgets of a grouped SLO's members, worst first. */
export function Groups(props: GroupsProps) {
  const { slo, objective, search, windowTitle, targetPercent, counted, onChange } = props;
  const zone = useZone();
  const { window, asOf } = questionOf(search, zone);
  const question = { name: slo, objective, window, asOf };
  const key = JSON.stringify(question);
  // Cursors of the pages up to the one on the screen; the first page has none.
  // They lead on under one question only: another starts anew.
  const [place, setPlace] = useState<{ key: string; cursors: (string | null)[] }>({ key, cursors: [null] });
  const cursors = place.key === key ? place.cursors : [null];
  const setCursors = (next: (string | null)[]) => setPlace({ key, cursors: next });
  const variables = { ...question, first: PAGE, after: cursors.at(-1) ?? null };
  const { data, loading, error, refetch } = useQuery(SloGroupsDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    pollInterval: asOf ? 0 : 60_000,
  });
  const page = useHeld({ data, loading, about: slo, question: variables })?.slo?.objective?.groups;
  if (!page) {
    return error ? <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} /> : null;
  }
  const start = (cursors.length - 1) * PAGE;
  return (
    <Panel
      title="Groups"
      hint={`${page.totalCount} members, ${windowTitle}, least budget first. Choose one to see its figures.`}
    >
      <Table
        label="Groups"
        testId="groups"
        columns={["Group", ...budgetColumns, figures("Spent"), figures("Seen")]}
      >
        <tbody>
          {page.nodes.map((node) => {
            const group = groupKey(node.key);
            const budget = unmask(BudgetFigures, node.budget);
            const active = group === search.group;
            return (
              <tr
                key={group}
                data-testid="group-row"
                data-key={group}
                data-active={active || undefined}
                className={classes.row}
              >
                <th scope="row">
                  <UnstyledButton
                    className={classes.name}
                    aria-pressed={active}
                    onClick={() => onChange({ group: active ? undefined : group })}
                  >
                    {labelText(node.key)}
                  </UnstyledButton>
                </th>
                <BudgetCells budget={budget} targetPercent={targetPercent} />
                <td data-number>
                  {amount(budget.spent, counted)} <small>/ {amount(budget.allowed, counted)}</small>
                </td>
                <td data-number>{coverage(budget.coverage)}</td>
              </tr>
            );
          })}
        </tbody>
      </Table>
      {page.totalCount > PAGE && (
        <footer className={classes.pages}>
          <span>
            {start + 1}–{start + page.nodes.length} of {page.totalCount}
          </span>
          <Button
            size="compact-xs"
            variant="default"
            disabled={cursors.length === 1}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            Previous
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            disabled={!page.pageInfo.hasNextPage}
            onClick={() => setCursors([...cursors, page.pageInfo.endCursor ?? null])}
          >
            Next
          </Button>
        </footer>
      )}
    </Panel>
  );
}
