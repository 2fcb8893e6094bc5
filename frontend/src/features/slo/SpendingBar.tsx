import { Panel } from "@/components/Panel";
import type { StatementFieldsFragment } from "@/gql/graphql";
import { percent } from "@/lib/number";
import classes from "./SpendingBar.module.css";
import { amountText, decimals, lineLooks, type Segment, segmentsOf } from "./statement";

/** What took how much of the budget, as one bar. */
export function SpendingBar({ statement: s }: { statement: StatementFieldsFragment }) {
  const { segments, limit } = segmentsOf(s);
  const digits = decimals(s);
  if (segments.length === 0) {
    return null;
  }
  const inkOf = (segment: Segment) =>
    segment.kind === "LEFT" || segment.kind === "WAIVED" ? "left" : lineLooks[segment.kind].ink;
  const text = (segment: Segment) =>
    `${segment.title}: ${amountText(segment.amount, digits)} ${s.unit}, ${percent(segment.width / Math.max(limit, 1e-9), 1)} of what there was`;
  return (
    <Panel title="What took how much" testId="spending">
      <div className={classes.frame}>
        <svg
          className={classes.bar}
          viewBox="0 0 1000 24"
          preserveAspectRatio="none"
          role="img"
          aria-label="Shares of the budget; the list below has the figures."
        >
          {segments.map((segment) => (
            <rect
              key={segment.key}
              className={classes.segment}
              data-ink={inkOf(segment)}
              x={segment.from * 1000}
              y="0"
              width={Math.max(segment.width * 1000, 1)}
              height="24"
            >
              <title>{text(segment)}</title>
            </rect>
          ))}
          {limit < 1 && <rect className={classes.limit} x={limit * 1000 - 1.5} y="0" width="3" height="24" />}
        </svg>
        <ul className={classes.legend}>
          {segments.map((segment) => (
            <li key={segment.key}>
              <svg className={classes.key} viewBox="0 0 10 10" aria-hidden="true">
                <rect className={classes.segment} data-ink={inkOf(segment)} width="10" height="10" rx="2" />
              </svg>
              <span>{segment.title}</span>
              <strong>{percent(segment.width / Math.max(limit, 1e-9), 1)}</strong>
            </li>
          ))}
        </ul>
        {limit < 1 && <p className={classes.over}>The line marks where the budget was used up.</p>}
      </div>
    </Panel>
  );
}
