import { Link } from "@tanstack/react-router";
import { BudgetFigures } from "@/components/budget-figures";
import { Panel } from "@/components/Panel";
import { StateBadge } from "@/components/StateBadge";
import { figures, Table } from "@/components/Table";
import { unmask } from "@/gql";
import type { SlaDefinitionFragment, SlaDetailQuery } from "@/gql/graphql";
import { type Counted, countedOf } from "@/lib/counted";
import { coverage, exact, remaining, sli } from "@/lib/number";
import { titleOf } from "@/lib/words";
import classes from "./Streams.module.css";
import { countText, excludedText } from "./words";

type Figures = NonNullable<SlaDetailQuery["sla"]>["figures"]["streams"];

interface StreamsProps {
  definition: SlaDefinitionFragment;
  streams: Figures;
  window: { duration: string; timeZone?: string | null };
  /** What they count together. */
  counted: Counted;
}

// The page of an objective can show these windows; of others it shows its own.
const windows: Record<string, string> = { "1d": "day", "1w": "week", "1M": "month", "1Q": "quarter" };

/** What each stream contributed to the current period, with the way to its own page. */
export function Streams({ definition, streams, window, counted }: StreamsProps) {
  const shown = windows[window.duration];
  const search = shown ? { window: shown, tz: window.timeZone ?? "UTC" } : {};
  return (
    <Panel title="Streams" hint="Under the target and the terms of this agreement, as of now.">
      <Table
        label="Streams"
        testId="sla-streams"
        columns={[
          "Objective",
          figures("Achieved"),
          figures("Left of what may fail"),
          figures("Measured"),
          figures("Coverage"),
          "Excluded",
          "State",
        ]}
      >
        <tbody>
          {streams.map((s) => {
            const budget = unmask(BudgetFigures, s.budget);
            const promised = definition.streams.find(
              (p) => p.sloName === s.sloName && p.objective === s.objective,
            );
            const slo = promised?.slo;
            const counts = slo ? countedOf(slo.method, slo.unit) : counted;
            return (
              <tr key={`${s.sloName}/${s.objective}`} data-testid="sla-stream" data-slo={s.sloName}>
                <th scope="row">
                  {slo ? (
                    <Link
                      to="/slos/$name"
                      params={{ name: s.sloName }}
                      search={{ ...search, ...(s.objective ? { objective: s.objective } : {}) }}
                    >
                      {titleOf(slo)}
                    </Link>
                  ) : (
                    <>
                      {s.sloName} <small>is not defined</small>
                    </>
                  )}
                  {s.objective && <small> · {s.objective}</small>}
                </th>
                <td data-number title={exact(budget.sli)}>
                  {sli(budget.sli, definition.targetPercent)}
                </td>
                <td data-number>{remaining(budget.remaining)}</td>
                <td data-number title={exact(budget.total)}>
                  {countText(budget.total, counts)}
                </td>
                <td data-number>{coverage(budget.coverage)}</td>
                <td>
                  {excludedText(s.budget.excluded.minutes)}
                  {s.exclusions.length > 0 && (
                    <small className={classes.names}>
                      {[...new Set(s.exclusions.map((o) => o.exclusion.title))].join(", ")}
                    </small>
                  )}
                </td>
                <td>
                  <StateBadge state={budget.state} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </Table>
    </Panel>
  );
}
