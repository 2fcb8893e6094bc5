import { NativeSelect, Switch } from "@mantine/core";
import { TroubleNotice } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { figures as ofFigures, Table } from "@/components/Table";
import type { SlaDefinitionFragment, SlaDetailQuery, SlaIssuedFragment } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import type { Patch } from "@/lib/search-params";
import { titleOf } from "@/lib/words";
import { PeriodPlot } from "./PeriodPlot";
import { PeriodRow } from "./PeriodRow";
import type { SlaSearch } from "./search";
import { AT_ONCE, latestKey, useHistory } from "./use-sla";
import { periodNoun } from "./words";

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
  const shown = older ? periods.slice(AT_ONCE, 2 * AT_ONCE) : periods.slice(0, AT_ONCE);
  const { figures, error, refetch } = useHistory(
    sla.name,
    shown.map((p) => p.name),
  );
  const noun = periodNoun(sla.window.duration);
  return (
    <Panel
      title={older ? "Older periods" : "Periods"}
      hint="As the figures are now; a statement keeps what they were when it was issued."
      tools={
        <>
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
        </>
      }
      testId="sla-periods"
    >
      {error && <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />}
      <PeriodPlot sla={sla} periods={shown.toReversed()} figures={figures} />
      <Table
        label="Periods"
        columns={[
          "Period",
          ofFigures("Achieved"),
          "Target",
          ofFigures("Coverage"),
          "Excluded",
          "Credit",
          "Statement",
        ]}
      >
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
      </Table>
    </Panel>
  );
}
