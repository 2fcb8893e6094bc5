import { useMutation, useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Absent } from "@/components/Absent";
import { AuditList } from "@/components/AuditList";
import { CopyText } from "@/components/CopyText";
import { ErrorLine } from "@/components/ErrorLine";
import { Fact, Facts } from "@/components/Facts";
import { unmask } from "@/gql";
import type {
  SourceDefinitionFragment as Definition,
  SourceDetailsQuery,
  SourceInput,
  SourceSummaryFragment,
  SourceTestFieldsFragment,
} from "@/gql/graphql";
import { humanDuration } from "@/lib/duration";
import { count } from "@/lib/number";
import { titleOf } from "@/lib/words";
import { DeleteDialog } from "./DeleteDialog";
import {
  ProbeSourceDocument,
  SourceDefinitionFragment,
  SourceDetailsDocument,
  SourceUseFragment,
} from "./documents";
import { formOf, inputOf } from "./form";
import classes from "./SourceDetails.module.css";
import { snippet } from "./snippet";
import { TestResult } from "./TestResult";
import { authenticationText, bytes, readOnlyReason, useText } from "./words";

interface SourceDetailsProps {
  source: SourceSummaryFragment;
  test: SourceTestFieldsFragment | null;
  onEdit: () => void;
  onRemoved: (removed: SourceInput, by: string) => void;
}

/** What discovery said, how the source is defined, what it costs and who uses it. */
export function SourceDetails({ source, test, onEdit, onRemoved }: SourceDetailsProps) {
  const { data, error, refetch } = useQuery(SourceDetailsDocument, {
    variables: { name: source.name },
    fetchPolicy: "cache-and-network",
  });
  const [probe, { loading: probing, error: failed }] = useMutation(ProbeSourceDocument);
  const [deleting, setDeleting] = useState(false);
  const definition = unmask(SourceDefinitionFragment, data?.source);
  const reason = readOnlyReason(source);
  return (
    <div className={classes.details} data-testid="source-details">
      <div className={classes.actions}>
        <Button
          size="xs"
          variant="default"
          loading={probing}
          onClick={() => void probe({ variables: { name: source.name } }).catch(() => undefined)}
          data-testid="source-probe"
        >
          Test
        </Button>
        {source.editable && (
          <>
            <Button
              size="xs"
              variant="default"
              onClick={onEdit}
              disabled={!definition}
              data-testid="source-edit"
            >
              Edit
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => setDeleting(true)}
              disabled={!definition}
              data-testid="source-delete"
            >
              Delete
            </Button>
          </>
        )}
        <span role="status" className={classes.note}>
          {probing ? `Asking ${source.name}; no answer within 8 s counts as none.` : reason}
        </span>
      </div>
      <ErrorLine error={failed} />
      <div className={classes.columns}>
        <section aria-label="What it said">
          <h3 className={classes.heading}>What it said</h3>
          {test ? (
            <TestResult test={test} />
          ) : (
            <p className={classes.note}>Nobody asked yet. Test it to learn what it can do.</p>
          )}
        </section>
        <section aria-label="Definition">
          <h3 className={classes.heading}>Definition</h3>
          {definition ? (
            <DefinitionList definition={definition} />
          ) : (
            <Absent what="the definition" heights={[120]} error={error} onRetry={() => void refetch()} />
          )}
        </section>
        <section aria-label="Cost and use">
          <h3 className={classes.heading}>What it costs</h3>
          <CostList source={source} />
          {data?.source && <Users source={source} slos={data.source.slos} />}
        </section>
      </div>
      {data && data.audit.nodes.length > 0 && (
        <section aria-label="What was done" className={classes.done}>
          <h3 className={classes.heading}>What was done</h3>
          <AuditList changes={data.audit.nodes} />
        </section>
      )}
      {source.objectives === 0 && source.origin !== "EMBEDDED" && (
        <section aria-label="Next step" data-testid="source-next">
          <h3 className={classes.heading}>Next: an objective on this source</h3>
          <p className={classes.note}>
            Write this into a file in the folder of specifications, with a metric of yours. It is read at
            once, and its history with it.
          </p>
          <CopyText
            text={snippet(source.name, source.type)}
            label="the specification"
            testId="source-snippet"
          />
        </section>
      )}
      {deleting && definition && (
        <DeleteDialog
          source={source}
          slos={data?.source?.slos.nodes ?? []}
          onClose={() => setDeleting(false)}
          onDeleted={(by) => onRemoved(inputOf(formOf(definition), null), by)}
        />
      )}
    </div>
  );
}

function DefinitionList({ definition: d }: { definition: Definition }) {
  const tls = d.tls;
  const rows: [string, string | null | undefined][] = [
    ["Address", d.url || "inside this server"],
    ["Authentication", authenticationText(d)],
    ["Tenant", d.tenant],
    ["Headers", d.headers.map((h) => `${h.name}: ${h.value ?? "(withheld)"}`).join(", ")],
    ["CA file", tls?.caFile],
    ["Certificate", tls?.certFile],
    ["Server name", tls?.serverName],
    ["TLS", tls?.insecureSkipVerify ? "certificate not verified" : null],
    ["Timeout", d.timeout && humanDuration(d.timeout)],
    ["Requests at a time", d.concurrency?.toString()],
    ["Largest answer", d.maxResponseBytes == null ? null : bytes(d.maxResponseBytes)],
    ["Samples at a time", d.maxSamples == null ? null : count(d.maxSamples)],
    ["Incomplete answers", d.onIncomplete === "ESTIMATE" ? "kept, marked as estimated" : "are gaps"],
    ["Read after", d.settleDelay && humanDuration(d.settleDelay)],
    ["Read again", d.reread && `the last ${humanDuration(d.reread)}`],
  ];
  return (
    <Facts layout="list">
      {rows
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <Fact key={name} label={name}>
            {value}
          </Fact>
        ))}
    </Facts>
  );
}

function CostList({ source }: { source: SourceSummaryFragment }) {
  const last = unmask(SourceUseFragment, source.cost?.lastCycle);
  const since = unmask(SourceUseFragment, source.cost?.sinceStart);
  return (
    <div data-testid="source-cost" data-requests={since?.requests ?? ""}>
      <Facts layout="list">
        <Fact label="Last cycle">{useText(last)}</Fact>
        <Fact label="Since start">{useText(since)}</Fact>
      </Facts>
    </div>
  );
}

type Slos = NonNullable<SourceDetailsQuery["source"]>["slos"];

function Users({ source, slos }: { source: SourceSummaryFragment; slos: Slos }) {
  return (
    <>
      <h3 className={classes.heading}>Who measures on it</h3>
      {source.objectives === 0 ? (
        <p className={classes.note}>No objective yet.</p>
      ) : (
        <ul className={classes.slos}>
          {slos.nodes.map((s) => (
            <li key={s.id}>
              <Link to="/slos/$name" params={{ name: s.name }} search={{}}>
                {titleOf(s)}
              </Link>
            </li>
          ))}
          {slos.pageInfo.hasNextPage && <li>and others</li>}
        </ul>
      )}
    </>
  );
}
