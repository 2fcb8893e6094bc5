import { CopyText } from "@/components/CopyText";
import { Fact, Facts } from "@/components/Facts";
import { figures, Table } from "@/components/Table";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import type { SlaStatementFieldsFragment } from "@/gql/graphql";
import { money } from "@/lib/decimal";
import { coverage, exact } from "@/lib/number";
import { dateTime, zoneLabel } from "@/lib/time";
import { titleOf } from "@/lib/words";
import { Corrections } from "./Corrections";
import { SlaCorrectionFragment } from "./documents";
import { StandingBadge } from "./StandingBadge";
import classes from "./StatementPage.module.css";
import { achievedText, dueText, excludedText, kindWords, statedStanding } from "./words";

/** A statement as it was frozen: nothing here is computed but for its layout. */
export function FrozenStatement({ statement: s }: { statement: SlaStatementFieldsFragment }) {
  const corrections = unmask(SlaCorrectionFragment, s.corrections);
  const how = statedStanding(s.state);
  const known = s.achievedPercent != null && how.known;
  const due = dueText({ percent: s.creditPercent, amount: s.creditAmount, currency: s.currency }, known);
  return (
    <article className={classes.paper} data-tone={how.tone} data-testid="statement">
      <div className={classes.top}>
        <div>
          <p className={classes.label}>Achieved</p>
          <p className={classes.big} data-testid="statement-achieved" data-value={s.achievedPercent ?? ""}>
            {achievedText(s.achievedPercent)}
          </p>
          <p className={classes.of}>of {s.targetPercent} % that were promised</p>
        </div>
        <div>
          <p className={classes.label}>Credit due</p>
          <p className={classes.big} data-testid="statement-credit" data-value={s.creditPercent ?? ""}>
            {due}
          </p>
          {!known && <p className={classes.of}>Too little was measured to tell.</p>}
        </div>
        <StandingBadge standing={how} large />
      </div>
      <div className={classes.facts}>
        <Facts layout="columns">
          <Fact label="Customer">
            {titleOf(s.customer)}
            {s.customer.fee && `, fee ${money(s.customer.fee, s.customer.currency)}`}
          </Fact>
          <Fact label="Period">
            {s.period.name}: <Moment at={s.period.from} /> to <Moment at={s.period.to} />
          </Fact>
          <Fact label="Measured">
            {exact(s.total)}, of which {exact(s.good)} good
          </Fact>
          <Fact label="Coverage">{coverage(s.coverage)} of minutes</Fact>
          <Fact label="Excluded">{excludedText(s.excludedMinutes)}</Fact>
          <Fact label="Issued">
            <Moment at={s.issuedAt} /> by {s.issuedBy}, revision {s.revision}
          </Fact>
          {s.note && <Fact label="Note">{s.note}</Fact>}
        </Facts>
      </div>
      {corrections.length > 0 && (
        <section className={classes.corrections} aria-label="Corrections" data-testid="statement-corrections">
          <h2>Corrected in this revision</h2>
          <Corrections corrections={corrections} label="Corrections" />
        </section>
      )}
      <Lines statement={s} />
      {s.exclusions.length > 0 && <Exclusions statement={s} />}
      <section className={classes.digest} aria-label="Digest">
        <h2>SHA-256 of the frozen document</h2>
        <CopyText text={s.digest} label="the digest" testId="statement-digest" />
      </section>
    </article>
  );
}

/** An instant with its zone: on paper nobody can ask which one it is. */
function Moment({ at }: { at: string }) {
  const zone = useZone();
  const date = new Date(at);
  return (
    <time dateTime={at}>
      {dateTime(date, zone)} {zoneLabel(date, zone)}
    </time>
  );
}

function Lines({ statement: s }: { statement: SlaStatementFieldsFragment }) {
  return (
    <section aria-label="Streams">
      <h2>What was measured</h2>
      <Table
        label="Streams"
        columns={[
          "Objective",
          figures("Achieved"),
          figures("Good"),
          figures("Total"),
          figures("Coverage"),
          "Excluded",
          "Evidence",
        ]}
      >
        <tbody>
          {s.lines.map((l) => (
            <tr key={`${l.sloName}/${l.objective}`} data-testid="statement-line">
              <th scope="row">
                {l.sloName}
                {l.objective && <small> · {l.objective}</small>}
              </th>
              <td data-number>{achievedText(l.achievedPercent)}</td>
              <td data-number>{exact(l.good)}</td>
              <td data-number>{exact(l.total)}</td>
              <td data-number>{coverage(l.coverage)}</td>
              <td>{excludedText(l.excludedMinutes)}</td>
              <td>
                <a href={l.evidence}>How it came about</a>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

function Exclusions({ statement: s }: { statement: SlaStatementFieldsFragment }) {
  return (
    <section aria-label="Exclusions">
      <h2>What was excluded under the terms</h2>
      <Table label="Exclusions" columns={["Exclusion", "From", "To", "Reason", "Objectives"]}>
        <tbody>
          {s.exclusions.map((e) => (
            <tr key={`${e.name} ${e.from}`}>
              <th scope="row">
                {e.title} <small>{kindWords[e.kind]}</small>
              </th>
              <td>
                <Moment at={e.from} />
              </td>
              <td>
                <Moment at={e.to} />
              </td>
              <td>{e.reason}</td>
              <td>{e.slos.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
