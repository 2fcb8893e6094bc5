import type { ReactNode } from "react";
import { CopyText } from "@/components/CopyText";
import { figures, Table } from "@/components/Table";
import { Instant } from "@/components/zone";
import { type FragmentType, graphql, unmask } from "@/gql";
import type { ExplanationFieldsFragment } from "@/gql/graphql";
import { amount, type Counted, headings } from "@/lib/counted";
import { humanSeconds } from "@/lib/duration";
import { exact, percent } from "@/lib/number";
import classes from "./Explanation.module.css";

const ExplanationFields = graphql(/* GraphQL */ `
  fragment ExplanationFields on Explanation {
    at
    from
    to
    formula
    queries {
      role
      source
      text
      note
    }
    minutes
    measured
    estimated
    gapMinutes
    gaps {
      from
      to
    }
    revisions {
      at
      from
      to
      changed
      goodDelta
      totalDelta
      reason
    }
    worstDays {
      day
      good
      total
      spent
      share
    }
    firstMeasured
    lastMeasured
    settledUntil
    warnings
  }
`);

interface ExplanationProps {
  explanation: FragmentType<typeof ExplanationFields>;
  origin: { file: string; line: number };
  counted: Counted;
}

/** The arithmetic, what was asked of the source, and what was and was not seen. */
export function Explanation({ explanation: masked, origin, counted }: ExplanationProps) {
  const e = unmask(ExplanationFields, masked);
  return (
    <div className={classes.body}>
      <Part title="The arithmetic">
        <CopyText text={e.formula} label="the formula" testId="explain-formula" />
        <p className={classes.hint}>
          Over the window from <Instant at={e.from} /> to <Instant at={e.to} />.
        </p>
        {e.warnings.map((w) => (
          <p key={w} className={classes.warning}>
            {w}
          </p>
        ))}
      </Part>
      <Part title="What was asked">
        {e.queries.map((q) => (
          <div key={`${q.role} ${q.text}`} className={classes.query}>
            <p className={classes.hint}>
              <strong>{q.role}</strong> from {q.source || "the default source"}
              {q.note && ` · ${q.note}`}
            </p>
            <CopyText text={q.text} label={`the ${q.role} query`} testId="explain-query" />
          </div>
        ))}
      </Part>
      <Minutes e={e} />
      <WorstDays days={e.worstDays} counted={counted} />
      <Gaps e={e} />
      <Revisions e={e} />
      <Part title="Where it is defined">
        <p className={classes.hint}>
          <code>
            {origin.file}:{origin.line}
          </code>{" "}
          in the folder of specifications. Change the file; the server reads it again by itself.
        </p>
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h3 className={classes.title}>{title}</h3>
      {children}
    </section>
  );
}

function Minutes({ e }: { e: ExplanationFieldsFragment }) {
  const parts = [
    { label: "measured", minutes: e.measured, className: classes.measured },
    { label: "estimated", minutes: e.estimated, className: classes.estimated },
    { label: "not seen", minutes: e.gapMinutes, className: classes.gap },
  ];
  let x = 0;
  return (
    <Part title={`The ${exact(e.minutes)} minutes of the window`}>
      <svg className={classes.minutes} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {parts.map((p) => {
          const width = e.minutes > 0 ? (p.minutes / e.minutes) * 100 : 0;
          x += width;
          return <rect key={p.label} className={p.className} x={x - width} y="0" width={width} height="8" />;
        })}
      </svg>
      <dl className={classes.counts}>
        {parts.map((p) => (
          <div key={p.label}>
            <dt>
              <svg className={classes.key} viewBox="0 0 8 8" aria-hidden="true">
                <rect className={p.className} width="8" height="8" rx="2" />
              </svg>
              {p.label}
            </dt>
            <dd>
              {exact(p.minutes)} <small>{e.minutes > 0 ? percent(p.minutes / e.minutes, 2) : ""}</small>
            </dd>
          </div>
        ))}
      </dl>
      <p className={classes.hint}>
        First measured {e.firstMeasured ? <Instant at={e.firstMeasured} /> : "never"}, last measured{" "}
        {e.lastMeasured ? <Instant at={e.lastMeasured} /> : "never"}. The source was asked up to{" "}
        {e.settledUntil ? <Instant at={e.settledUntil} /> : "now, without an answer"}; later minutes are not
        counted as gaps.
      </p>
    </Part>
  );
}

interface WorstDaysProps {
  days: ExplanationFieldsFragment["worstDays"];
  counted: Counted;
}

function WorstDays({ days, counted }: WorstDaysProps) {
  const spent = days.filter((d) => d.spent > 0);
  return (
    <Part title="Days that spent most">
      {spent.length === 0 ? (
        <p className={classes.hint}>No day of the window spent anything.</p>
      ) : (
        <Table
          label="Days that spent most"
          dense
          columns={[
            "Day (UTC)",
            figures(headings[counted].spent),
            figures(headings[counted].total),
            figures("Of the budget"),
          ]}
        >
          <tbody>
            {spent.map((d) => (
              <tr key={d.day}>
                <th scope="row">{d.day}</th>
                <td data-number title={exact(d.spent)}>
                  {amount(d.spent, counted)}
                </td>
                <td data-number title={exact(d.total)}>
                  {amount(d.total, counted)}
                </td>
                <td data-number>{percent(d.share)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Part>
  );
}

function Gaps({ e }: { e: ExplanationFieldsFragment }) {
  return (
    <Part title={e.gaps.length >= 50 ? "The 50 longest gaps" : "Gaps"}>
      {e.gaps.length === 0 ? (
        <p className={classes.hint}>Every minute of the window was seen.</p>
      ) : (
        <Table label="Gaps" dense columns={["From", "To", figures("Length")]}>
          <tbody>
            {e.gaps.map((g) => (
              <tr key={g.from}>
                <td>
                  <Instant at={g.from} />
                </td>
                <td>
                  <Instant at={g.to} />
                </td>
                <td data-number>{humanSeconds((Date.parse(g.to) - Date.parse(g.from)) / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Part>
  );
}

function Revisions({ e }: { e: ExplanationFieldsFragment }) {
  return (
    <Part title={e.revisions.length >= 50 ? "The 50 newest corrections" : "Corrections"}>
      {e.revisions.length === 0 ? (
        <p className={classes.hint}>No figure of the window was changed after it was first written.</p>
      ) : (
        <Table
          label="Corrections"
          dense
          columns={["Written", figures("Minutes"), figures("Good"), figures("Total"), "Why"]}
        >
          <tbody>
            {e.revisions.map((r) => (
              <tr key={`${r.at} ${r.from}`}>
                <td>
                  <Instant at={r.at} />
                </td>
                <td data-number>{r.changed}</td>
                <td data-number>{signed(r.goodDelta)}</td>
                <td data-number>{signed(r.totalDelta)}</td>
                <td>{r.reason}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Part>
  );
}

function signed(delta: number): string {
  return delta > 0 ? `+${exact(delta)}` : exact(delta);
}
