import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import panel from "@/components/panel.module.css";
import { ScrollBox } from "@/components/ScrollBox";
import { Instant } from "@/components/zone";
import type { SlaIssuedFragment } from "@/gql/graphql";
import classes from "./Periods.module.css";
import { achievedText, dueText, titleOf } from "./words";

interface IssuedStatementsProps {
  sla: string;
  /** Absent while they are on the way. */
  issued: readonly SlaIssuedFragment[] | undefined;
  more: (() => void) | undefined;
}

/** Every revision that was issued, newest first: what customers have in their hands. */
export function IssuedStatements({ sla, issued, more }: IssuedStatementsProps) {
  const title = useId();
  if (!issued || issued.length === 0) {
    return null;
  }
  return (
    <section className={panel.panel} aria-labelledby={title} data-testid="sla-issued">
      <header className={panel.head}>
        <h2 id={title} className={panel.title}>
          Issued statements
        </h2>
        <p className={panel.hint}>Each stays as it was issued.</p>
      </header>
      <ScrollBox label="Issued statements">
        <table className={panel.table}>
          <thead>
            <tr>
              <th scope="col">Statement</th>
              <th scope="col">Customer</th>
              <th scope="col">Issued</th>
              <th scope="col">By</th>
              <th scope="col" data-number>
                Achieved
              </th>
              <th scope="col">Credit</th>
              <th scope="col">Corrections</th>
            </tr>
          </thead>
          <tbody>
            {issued.map((s) => (
              <tr key={s.id}>
                <th scope="row">
                  <Link
                    to="/slas/$name/statements/$customer/$period"
                    params={{ name: sla, customer: s.customer.name, period: s.period.name }}
                    search={s.latest ? {} : { revision: String(s.revision) }}
                    className={classes.link}
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
        </table>
      </ScrollBox>
      {more && (
        <Button size="xs" variant="subtle" onClick={more}>
          Earlier ones
        </Button>
      )}
    </section>
  );
}
