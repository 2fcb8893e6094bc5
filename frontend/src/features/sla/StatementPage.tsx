import { useQuery } from "@apollo/client/react";
import { Button, NativeSelect, Skeleton } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ChevronIcon, WarningIcon } from "@/components/icons";
import { Notice, TroubleNotice } from "@/components/Notice";
import { Instant } from "@/components/zone";
import { unmask } from "@/gql";
import type { SlaCorrectionFieldsFragment, SlaStatementFieldsFragment } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import { Corrections } from "./Corrections";
import { SlaCorrectionFragment, SlaStatementDocument, SlaStatementFragment } from "./documents";
import { FrozenStatement } from "./FrozenStatement";
import header from "./SlaHeader.module.css";
import page from "./SlasPage.module.css";
import classes from "./StatementPage.module.css";
import { driftText, titleOf } from "./words";

const route = getRouteApi("/slas/$name/statements/$customer/$period");

/** A statement as it was issued, with its revisions. */
export function StatementPage() {
  const { name, customer, period } = route.useParams();
  const { revision } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(SlaStatementDocument, {
    variables: { sla: name, customer, period, revision: revision ? Number(revision) : null },
    fetchPolicy: "cache-and-network",
  });
  const shown = unmask(SlaStatementFragment, data?.shown);
  const newest = data?.newest;
  if (error && !data) {
    return (
      <Framed>
        <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />
      </Framed>
    );
  }
  if (!data) {
    return (
      <Framed>
        <Skeleton height={420} radius="md" />
      </Framed>
    );
  }
  if (!shown || !newest) {
    return (
      <Framed>
        <Notice
          title={`No statement of ${period} was issued to ${customer}`}
          action={
            <Button
              size="xs"
              variant="default"
              renderRoot={(props) => (
                <Link to="/slas/$name" params={{ name }} search={{ customer }} {...props} />
              )}
            >
              To the agreement
            </Button>
          }
        >
          {revision && <p>There may be another revision of it than {revision}.</p>}
        </Notice>
      </Framed>
    );
  }
  const choose = (r: number) =>
    void navigate({ search: r === newest.revision ? {} : { revision: String(r) }, replace: true });
  return (
    <Framed>
      <header className={header.header}>
        <nav aria-label="Path" className={`${header.path} ${classes.screen}`}>
          <Link to="/slas" search={{}}>
            Agreements
          </Link>
          <ChevronIcon size={11} />
          <Link to="/slas/$name" params={{ name }} search={{ customer }}>
            {shown.slaTitle}
          </Link>
          <ChevronIcon size={11} />
          <span>{period}</span>
        </nav>
        <div className={header.titles}>
          <h1 className={header.title}>
            {shown.slaTitle}: {period} for {titleOf(shown.customer)}
          </h1>
          <Tools statement={shown} newest={newest.revision} onRevision={choose} />
        </div>
      </header>
      {!shown.latest && (
        <p className={classes.older} data-testid="statement-older">
          Revision {shown.revision} was replaced by{" "}
          <button type="button" className={classes.button} onClick={() => choose(newest.revision)}>
            revision {newest.revision}
          </button>{" "}
          on <Instant at={newest.issuedAt} />.
        </p>
      )}
      <Drift
        name={name}
        customer={customer}
        period={period}
        drift={unmask(SlaCorrectionFragment, newest.drift)}
      />
      <FrozenStatement statement={shown} />
    </Framed>
  );
}

function Framed({ children }: { children: ReactNode }) {
  return (
    <main className={page.page} id="content" data-testid="statement-page">
      {children}
    </main>
  );
}

interface ToolsProps {
  statement: SlaStatementFieldsFragment;
  newest: number;
  onRevision: (revision: number) => void;
}

const formats: Record<string, string> = { html: "HTML", json: "JSON", csv: "CSV" };

/** Revisions, other forms of the statement, and paper. */
function Tools({ statement, newest, onRevision }: ToolsProps) {
  return (
    <div className={`${classes.tools} ${classes.screen}`}>
      {newest > 1 && (
        <NativeSelect
          size="xs"
          aria-label="Revision"
          value={String(statement.revision)}
          onChange={(e) => onRevision(Number(e.currentTarget.value))}
          data={Array.from({ length: newest }, (_, i) => ({
            value: String(newest - i),
            label: `Revision ${newest - i}${i === 0 ? " (newest)" : ""}`,
          }))}
          data-testid="statement-revision"
        />
      )}
      {statement.links.map((l) => (
        <a
          key={l.format}
          className={classes.download}
          href={l.url}
          target={l.format === "html" ? "_blank" : undefined}
          rel="noreferrer"
          data-testid={`statement-${l.format}`}
        >
          {formats[l.format] ?? l.format}
        </a>
      ))}
      <Button size="xs" variant="default" onClick={() => window.print()} data-testid="statement-print">
        Print
      </Button>
    </div>
  );
}

/** What late data changed since the newest revision: nobody should pay by it unknowingly. */
function Drift({
  name,
  customer,
  period,
  drift,
}: {
  name: string;
  customer: string;
  period: string;
  drift: readonly SlaCorrectionFieldsFragment[];
}) {
  if (drift.length === 0) {
    return null;
  }
  return (
    <section
      className={`${classes.drift} ${classes.screen}`}
      aria-label="Drift"
      data-testid="statement-drift"
    >
      <div className={classes.driftHead}>
        <WarningIcon size={15} />
        <strong>{driftText(drift.length)}</strong>
        <Button
          size="compact-sm"
          variant="default"
          renderRoot={(props) => (
            <Link to="/slas/$name" params={{ name }} search={{ customer, issue: period }} {...props} />
          )}
        >
          Issue again
        </Button>
      </div>
      <Corrections corrections={drift} label="Drift" now="Is now" />
    </section>
  );
}
