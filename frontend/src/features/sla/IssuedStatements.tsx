import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Panel } from "@/components/Panel";
import { figures, Table } from "@/components/Table";
import { Instant } from "@/components/zone";
import type { SlaIssuedFragment } from "@/gql/graphql";
import { titleOf } from "@/lib/words";
import classes from "./Periods.module.css";
import { achievedText, dueText } from "./words";

interface IssuedStatementsProps {
  sla: string;
  /** Absent while they are on the way. */
  issued: readonly SlaIssuedFragment[] | undefined;
  more: (() => void) | undefined;
}

/** Every revision that was issued, newest first: what customers have in their hands. */
export function IssuedStatements({ sla, issued, more }: IssuedStatementsProps) {
  if (!issued || issued.length === 0) {
    return null;
  }
  return (
    <Panel title="Issued statements" hint="Each stays as it was issued." testId="sla-issued">
      <Table
        label="Issued statements"
        columns={["Statement", "Customer", "Issued", "By", figures("Achieved"), "Credit", "Corrections"]}
      >
        <tbody>
          {issued.map((s) => (
            <tr key={s.id}>
              <th scope="row">
                <Link
                  to="/slas/$name/statements/$customer/$period"
                  params={{ name: sla, customer: s.customer.name, period: s.period.name }}
                  search={s.latest ? {} : { revision: String(s.revision) }}
                >
                  {s.period.name}, revision {s.revision}
                </Link>
              </th>
              <td>{titleOf(s.customer)}</td>
              <td>
                <Instant at={s.issuedAt} />
              </td>
              <td>{s.issuedBy}</td>
              <td data-number>{achievedText(s.achievedPercent)}</td>
              <td>
                {dueText(
                  { percent: s.creditPercent, amount: s.creditAmount, currency: s.currency },
                  s.achievedPercent != null && s.state !== "NO_DATA",
                )}
              </td>
              <td>
                {s.corrections.length > 0 && `${s.corrections.length} corrected `}
                {s.latest && s.drift.length > 0 && <span className={classes.drift}>out of date</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {more && (
        <Button size="xs" variant="subtle" onClick={more}>
          Earlier ones
        </Button>
      )}
    </Panel>
  );
}
