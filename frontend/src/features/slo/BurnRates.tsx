import { CheckIcon, FlameIcon, UnknownIcon } from "@/components/icons";
import { Panel } from "@/components/Panel";
import { figures, Table } from "@/components/Table";
import { type FragmentType, graphql, unmask } from "@/gql";
import { humanDuration } from "@/lib/duration";
import { burn, count, percent, raw, coverage as share } from "@/lib/number";
import { FLOOR } from "@/lib/state";
import classes from "./BurnRates.module.css";

const BurnRateFields = graphql(/* GraphQL */ `
  fragment BurnRateFields on BurnRate {
    severity
    longWindow
    shortWindow
    factor
    budgetFraction
    long
    short
    longCoverage
    shortCoverage
    firing
  }
`);

interface BurnRatesProps {
  pairs: readonly FragmentType<typeof BurnRateFields>[];
  /** Whether they are those of another instant than now. */
  past: boolean;
}

/** The window pairs of the SRE workbook: which fire, and how far the others are from it. */
export function BurnRates({ pairs: masked, past }: BurnRatesProps) {
  const pairs = unmask(BurnRateFields, masked);
  return (
    <Panel
      title="Burn alerts"
      hint="A pair fires when the burn rates over both of its windows reach its factor. Both are scaled to the window that is shown."
    >
      <Table
        label="Burn alerts"
        testId="burn-rates"
        columns={[
          "Alert",
          past ? "Then" : "Now",
          figures("Long window"),
          figures("Short window"),
          figures("Fires at"),
          figures("Budget spent by then"),
        ]}
      >
        <tbody>
          {pairs.map((p) => (
            <tr key={`${p.severity} ${p.longWindow}`} data-testid="burn-rate-row">
              <th scope="row">
                {p.severity === "page" ? "Page" : p.severity === "ticket" ? "Ticket" : p.severity}
              </th>
              <td>
                <span
                  className={classes.state}
                  data-tone={p.firing ? (p.severity === "page" ? "breached" : "risk") : "quiet"}
                  data-firing={p.firing || undefined}
                >
                  {p.firing ? (
                    <FlameIcon size={12} />
                  ) : known(p) ? (
                    <CheckIcon size={12} />
                  ) : (
                    <UnknownIcon size={12} />
                  )}
                  {p.firing ? "Firing" : known(p) ? "Quiet" : "Unknown"}
                </span>
              </td>
              <Rate window={p.longWindow} rate={p.long} factor={p.factor} coverage={p.longCoverage} />
              <Rate window={p.shortWindow} rate={p.short} factor={p.factor} coverage={p.shortCoverage} />
              <td data-number>{count(p.factor)}×</td>
              <td data-number>{percent(p.budgetFraction, 0)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}

interface Pair {
  long: number | null;
  short: number | null;
  longCoverage: number;
  shortCoverage: number;
}

/** Whether enough of both windows was measured to call a pair quiet. */
export function known(pair: Pair): boolean {
  const seen = Math.min(pair.longCoverage, pair.shortCoverage);
  return pair.long !== null && pair.short !== null && seen >= FLOOR;
}

interface RateProps {
  window: string;
  rate: number | null | undefined;
  factor: number;
  coverage: number;
}

function Rate({ window, rate, factor, coverage }: RateProps) {
  const above = rate != null && rate >= factor;
  return (
    <td data-number data-value={raw(rate)} title={`${share(coverage)} of the minutes measured`}>
      <span className={above ? classes.above : undefined}>{burn(rate)}</span>{" "}
      <small>
        / {humanDuration(window)}
        {coverage < 1 ? ` (${share(coverage)} seen)` : ""}
      </small>
    </td>
  );
}
