import { useQuery } from "@apollo/client/react";
import { Button, NativeSelect } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Absent } from "@/components/Absent";
import { Callout } from "@/components/Callout";
import { Notice } from "@/components/Notice";
import { Frame, ObjectHeader } from "@/components/Page";
import { TextButton } from "@/components/TextButton";
import { Instant } from "@/components/zone";
import { unmask } from "@/gql";
import type { SlaCorrectionFieldsFragment, SlaStatementFieldsFragment } from "@/gql/graphql";
import { titleOf } from "@/lib/words";
import { Corrections } from "./Corrections";
import { SlaCorrectionFragment, SlaStatementDocument, SlaStatementFragment } from "./documents";
import { FrozenStatement } from "./FrozenStatement";
import classes from "./StatementPage.module.css";
import { driftText } from "./words";

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
  if (!data) {
    return (
      <Framed>
        <Absent what="the statement" heights={[420]} error={error} onRetry={() => void refetch()} />
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
      <ObjectHeader
        path={[
          <Link key="all" to="/slas" search={{}}>
            Agreements
          </Link>,
          <Link key="sla" to="/slas/$name" params={{ name }} search={{ customer }}>
            {shown.slaTitle}
          </Link>,
          period,
        ]}
        title={`${shown.slaTitle}: ${period} for ${titleOf(shown.customer)}`}
        actions={<Tools statement={shown} newest={newest.revision} onRevision={choose} />}
      />
      {!shown.latest && (
        <Callout tone="risk" testId="statement-older">
          Revision {shown.revision} was replaced by{" "}
          <TextButton look="link" onClick={() => choose(newest.revision)}>
            revision {newest.revision}
          </TextButton>{" "}
          on <Instant at={newest.issuedAt} />.
        </Callout>
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
  return <Frame testId="statement-page">{children}</Frame>;
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
    <>
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
    </>
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
    <div className={classes.screen}>
      <Callout tone="risk" label="Drift" testId="statement-drift">
        <div className={classes.driftHead}>
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
        <div className={classes.drift}>
          <Corrections corrections={drift} label="Drift" now="Is now" />
        </div>
      </Callout>
    </div>
  );
}
