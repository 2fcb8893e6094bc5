import { Button } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Absent } from "@/components/Absent";
import { Notice } from "@/components/Notice";
import { Frame } from "@/components/Page";
import { unmask } from "@/gql";
import { type Patch, patched } from "@/lib/search-params";
import { DeleteSlaDialog } from "./DeleteSlaDialog";
import { DriftNotice } from "./DriftNotice";
import { SlaDefinitionFragment, SlaPeriodFiguresFragment } from "./documents";
import { IssueDialog } from "./IssueDialog";
import { IssuedStatements } from "./IssuedStatements";
import { Periods } from "./Periods";
import { SlaDrawer } from "./SlaDrawer";
import { SlaHeader } from "./SlaHeader";
import { SlaHeadline } from "./SlaHeadline";
import { Streams } from "./Streams";
import type { SlaSearch } from "./search";
import { latestKey, latestOf, useIssued, useSla } from "./use-sla";
import { countedBy } from "./words";

const route = getRouteApi("/slas/$name");

/** Everything about one agreement. */
export function SlaPage() {
  const { name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<SlaSearch>, ignoreBlocker = false) =>
    void navigate({
      search: (old) => patched(old, patch),
      replace: true,
      resetScroll: false,
      ignoreBlocker,
    });
  const { sla, error, refetch } = useSla(name);
  const statements = useIssued(name);
  const [deleting, setDeleting] = useState(false);

  if (error || sla === undefined) {
    return (
      <Framed name={name}>
        <Absent what="the agreement" heights={[88, 150, 260]} error={error} onRetry={() => void refetch()} />
      </Framed>
    );
  }
  if (sla === null) {
    return (
      <Framed name={name}>
        <Missing name={name} />
      </Framed>
    );
  }
  const definition = unmask(SlaDefinitionFragment, sla);
  const figures = unmask(SlaPeriodFiguresFragment, sla.figures);
  const customer = definition.customers.find((c) => c.name === search.customer) ?? definition.customers[0];
  const issued = statements.issued ?? [];
  const latest = latestOf(issued);
  const issuing = sla.periods.find((p) => p.name === search.issue);
  return (
    <Framed name={name}>
      <SlaHeader
        sla={definition}
        figures={figures}
        onEdit={() => change({ edit: "1" })}
        onDelete={() => setDeleting(true)}
      />
      <DriftNotice
        sla={name}
        latest={[...latest.values()]}
        onIssue={(s) => change({ customer: s.customer.name, issue: s.period.name })}
      />
      <SlaHeadline sla={definition} figures={figures} />
      <Streams
        definition={definition}
        streams={sla.figures.streams}
        window={definition.window}
        counted={countedBy(definition.streams)}
      />
      <Periods
        sla={definition}
        periods={sla.periods}
        customer={customer?.name ?? ""}
        older={search.older === "1"}
        latest={latest}
        onChange={change}
      />
      <IssuedStatements sla={name} issued={statements.issued} more={statements.more} />
      {issuing && customer && (
        <IssueDialog
          key={`${issuing.name} ${customer.name}`}
          sla={definition}
          period={issuing}
          customer={customer}
          previous={latest.get(latestKey(customer.name, issuing.name))}
          onClose={() => change({ issue: undefined })}
          onIssued={() => void statements.refetch()}
        />
      )}
      {search.edit && definition.editable && (
        <SlaDrawer
          edit={name}
          taken={[]}
          onClose={() => change({ edit: undefined })}
          onSaved={() => {
            change({ edit: undefined }, true);
            void refetch();
          }}
        />
      )}
      {deleting && (
        <DeleteSlaDialog
          sla={definition}
          statements={issued.length}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate({ to: "/slas", search: {} })}
        />
      )}
    </Framed>
  );
}

function Framed({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Frame testId="sla-page" about={{ "data-sla": name }}>
      {children}
    </Frame>
  );
}

function Missing({ name }: { name: string }) {
  return (
    <Notice
      title={`No agreement is called ${name}`}
      action={
        <Button
          size="xs"
          variant="default"
          renderRoot={(props) => <Link to="/slas" search={{}} {...props} />}
        >
          To the agreements
        </Button>
      }
    >
      <p>It may have been renamed or removed. Statements that were issued stay at their addresses.</p>
    </Notice>
  );
}
