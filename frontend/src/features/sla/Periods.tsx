import { NativeSelect, Switch } from "@mantine/core";
import { useId } from "react";
import { TroubleNotice } from "@/components/Notice";
import panel from "@/components/panel.module.css";
import { ScrollBox } from "@/components/ScrollBox";
import type { SlaDefinitionFragment, SlaDetailQuery, SlaIssuedFragment } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import type { Patch } from "@/lib/search-params";
import { PeriodPlot } from "./PeriodPlot";
import { PeriodRow } from "./PeriodRow";
import classes from "./Periods.module.css";
import type { SlaSearch } from "./search";
import { AT_ONCE, latestKey, useHistory } from "./use-sla";
import { periodNoun, titleOf } from "./words";

interface PeriodsProps {
  sla: SlaDefinitionFragment;
  periods: NonNullable<SlaDetailQuery["sla"]>["periods"];
  /** Whose credits and statements are shown. */
  customer: string;
  older: boolean;
  latest: ReadonlyMap<string, SlaIssuedFragment>;
  onChange: (patch: Patch<SlaSearch>) => void;
}

/** What was achieved in each period, and the statement of each. */
export function Periods({ sla, periods, customer, older, latest, onChange }: PeriodsProps) {
  const title = useId();
  const shown = older ? periods.slice(AT_ONCE, 2 * AT_ONCE) : periods.slice(0, AT_ONCE);
  const { figures, error, refetch } = useHistory(
    sla.name,
    shown.map((p) => p.name),
  );
  const noun = periodNoun(sla.window.duration);
  return (
    <section className={panel.panel} aria-labelledby={title} data-testid="sla-periods">
      <header className={panel.head}>
        <h2 id={title} className={panel.title}>
          {older ? "Older periods" : "Periods"}
        </h2>
        <p className={panel.hint}>
          As the figures are now; a statement keeps what they were when it was issued.
        </p>
        <div className={classes.tools}>
          {periods.length > AT_ONCE && (
            <Switch
              size="xs"
              label="Older"
              checked={older}
              onChange={(e) => onChange({ older: e.currentTarget.checked ? "1" : undefined })}
            />
          )}
          {sla.customers.length > 1 && (
            <NativeSelect
              size="xs"
              aria-label="Customer"
              value={customer}
              onChange={(e) => onChange({ customer: e.currentTarget.value })}
              data={sla.customers.map((c) => ({ value: c.name, label: titleOf(c) }))}
              data-testid="sla-customer"
            />
          )}
        </div>
      </header>
      {error && <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />}
      <PeriodPlot sla={sla} periods={shown.toReversed()} figures={figures} />
      <ScrollBox label="Periods">
        <table className={panel.table}>
          <thead>
            <tr>
              <th scope="col">Period</th>
              <th scope="col" data-number>
                Achieved
              </th>
              <th scope="col">Target</th>
              <th scope="col" data-number>
                Coverage
              </th>
              <th scope="col">Excluded</th>
              <th scope="col">Credit</th>
              <th scope="col">Statement</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((p) => (
              <PeriodRow
                key={p.name}
                sla={sla}
                period={p}
                noun={noun}
                customer={customer}
                figures={figures.get(p.name)}
                issued={latest.get(latestKey(customer, p.name))}
                onIssue={() => onChange({ customer, issue: p.name })}
              />
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}
