import { useQuery } from "@apollo/client/react";
import { Button, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { BudgetBar } from "@/components/BudgetBar";
import { BudgetFigures } from "@/components/budget-figures";
import { TroubleNotice } from "@/components/Notice";
import panel from "@/components/panel.module.css";
import { ScrollBox } from "@/components/ScrollBox";
import { StateBadge } from "@/components/StateBadge";
import { graphql, unmask } from "@/gql";
import { troubleOf } from "@/lib/errors";
import { count, percent, raw, remaining, sli } from "@/lib/number";
import type { Patch } from "@/lib/search-params";
import { isPartial, lookOf } from "@/lib/state";
import classes from "./Groups.module.css";
import { groupKey, labelText, type SloSearch } from "./search";

const SloGroupsDocument = graphql(/* GraphQL */ `
  query SloGroups($name: String!, $first: Int!, $after: String, $asOf: Time) {
    slo(name: $name) {
      id
      groups(first: $first, after: $after, asOf: $asOf) {
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
`);

const PAGE = 20;

interface GroupsProps {
  slo: string;
  asOf: string | undefined;
  chosen: string | undefined;
  targetPercent: string;
  onChange: (patch: Patch<SloSearch>) => void;
}

/** The budgets of a grouped SLO's members, worst first. */
export function Groups({ slo, asOf, chosen, targetPercent, onChange }: GroupsProps) {
  // Cursors of the pages up to the one on the screen; the first page has none.
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const { data, previousData, error, refetch } = useQuery(SloGroupsDocument, {
    variables: { name: slo, first: PAGE, after: cursors.at(-1) ?? null, asOf: asOf ?? null },
    fetchPolicy: "cache-and-network",
    pollInterval: asOf ? 0 : 60_000,
  });
  const page = (data ?? previousData)?.slo?.groups;
  if (!page) {
    return error ? <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} /> : null;
  }
  const start = (cursors.length - 1) * PAGE;
  return (
    <section className={panel.panel} aria-labelledby="groups-title">
      <header className={panel.head}>
        <h2 id="groups-title" className={panel.title}>
          Groups
        </h2>
        <p className={panel.hint}>
          {page.totalCount} members over the SLO's own window, least budget first. Choose one to see its
          plots.
        </p>
      </header>
      <ScrollBox label="Groups">
        <table className={panel.table} data-testid="groups">
          <thead>
            <tr>
              <th scope="col">Group</th>
              <th scope="col">State</th>
              <th scope="col">Budget left</th>
              <th scope="col" data-number>
                SLI
              </th>
              <th scope="col" data-number>
                Spent
              </th>
              <th scope="col" data-number>
                Seen
              </th>
            </tr>
          </thead>
          <tbody>
            {page.nodes.map((node) => {
              const key = groupKey(node.key);
              const budget = unmask(BudgetFigures, node.budget);
              const active = key === chosen;
              return (
                <tr
                  key={key}
                  data-testid="group-row"
                  data-key={key}
                  data-active={active || undefined}
                  className={classes.row}
                >
                  <th scope="row">
                    <UnstyledButton
                      className={classes.name}
                      aria-pressed={active}
                      onClick={() => onChange({ group: active ? undefined : key })}
                    >
                      {labelText(node.key)}
                    </UnstyledButton>
                  </th>
                  <td>
                    <StateBadge state={budget.state} />
                  </td>
                  <td className={classes.budget}>
                    <span data-value={raw(budget.remaining)}>{remaining(budget.remaining)}</span>
                    <BudgetBar
                      remaining={budget.remaining ?? null}
                      tone={lookOf(budget.state).tone}
                      partial={isPartial(budget)}
                    />
                  </td>
                  <td data-number>{sli(budget.sli, targetPercent)}</td>
                  <td data-number>
                    {count(budget.spent)} <small>/ {count(budget.allowed)}</small>
                  </td>
                  <td data-number>{percent(budget.coverage, budget.coverage === 1 ? 0 : 1)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
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
    </section>
  );
}
