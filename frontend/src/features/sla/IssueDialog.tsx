import { useMutation, useQuery } from "@apollo/client/react";
import { Button, Textarea } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import { BudgetFigures } from "@/components/budget-figures";
import { ErrorLine } from "@/components/ErrorLine";
import { Fact, Facts } from "@/components/Facts";
import { Loading } from "@/components/Loading";
import { Dialog, DialogActions } from "@/components/Sheet";
import { Instant } from "@/components/zone";
import { unmask } from "@/gql";
import type {
  SlaPeriodFiguresFragment as Figures,
  SlaDefinitionFragment,
  SlaDetailQuery,
  SlaIssuedFragment,
} from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { coverage } from "@/lib/number";
import { titleOf } from "@/lib/words";
import { Corrections } from "./Corrections";
import {
  IssueStatementDocument,
  SlaCorrectionFragment,
  SlaHistoryDocument,
  SlaPeriodFiguresFragment,
} from "./documents";
import { historyVariables } from "./use-sla";
import { achievedText, countedBy, countText, dueText, excludedText, standing } from "./words";

interface IssueDialogProps {
  sla: SlaDefinitionFragment;
  period: NonNullable<SlaDetailQuery["sla"]>["periods"][number];
  customer: SlaDefinitionFragment["customers"][number];
  /** The newest revision, where one was issued before. */
  previous: SlaIssuedFragment | undefined;
  onClose: () => void;
  onIssued: () => void;
}

/** Shows what will be frozen before it is. */
export function IssueDialog({ sla, period, customer, previous, onClose, onIssued }: IssueDialogProps) {
  const navigate = useNavigate();
  const actor = useActor();
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState(false);
  const [run, { loading, error }] = useMutation(IssueStatementDocument);
  const { data, error: unread } = useQuery(SlaHistoryDocument, {
    variables: historyVariables(sla.name, [period.name]),
    fetchPolicy: "network-only", // what is confirmed must be what is so now
  });
  const figures = unmask(SlaPeriodFiguresFragment, data?.sla?.p0);
  const changes = previous ? unmask(SlaCorrectionFragment, previous.drift) : [];
  const issue = () => {
    setAsked(true);
    if (actor.trim() === "") {
      return;
    }
    const input = {
      sla: sla.name,
      customer: customer.name,
      period: period.name,
      by: actor,
      note: note.trim(),
    };
    run({ variables: { issue: input } }).then(
      () => {
        onIssued();
        void navigate({
          to: "/slas/$name/statements/$customer/$period",
          params: { name: sla.name, customer: customer.name, period: period.name },
          search: {},
        });
      },
      () => undefined, // shown below
    );
  };
  return (
    <Dialog
      title={`${previous ? `Issue ${period.name} again` : `State ${period.name}`} for ${titleOf(customer)}`}
      testId="issue-dialog"
      width={620}
      onClose={onClose}
    >
      <p>
        {previous
          ? `This makes revision ${previous.revision + 1}. Revision ${previous.revision} stays as it is; the new one says what changed.`
          : "These figures are frozen as they are. If late data change them, the statement is issued again, and says so."}
      </p>
      {figures && <Frozen sla={sla} figures={figures} customer={customer.name} />}
      {!figures && (unread ? <ErrorLine error={unread} /> : <Loading what="the figures" heights={[150]} />)}
      {changes.length > 0 && <Corrections corrections={changes} label="What changes" now="Will be" />}
      <Textarea
        label="Note"
        description="Stands on the statement; leave it empty if there is nothing to say."
        rows={2}
        maxLength={2000}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
        data-testid="issue-note"
      />
      <ActorLine lead="Issued by" missing={asked} />
      <ErrorLine error={error} />
      <DialogActions>
        <Button size="xs" variant="default" onClick={onClose} data-autofocus>
          Not now
        </Button>
        <Button
          size="xs"
          loading={loading}
          disabled={!figures || !period.settled}
          onClick={issue}
          data-testid="issue-confirm"
        >
          {previous ? "Issue again" : "Issue the statement"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** The figures that a statement would freeze. */
function Frozen({
  sla,
  figures,
  customer,
}: {
  sla: SlaDefinitionFragment;
  figures: Figures;
  customer: string;
}) {
  const budget = unmask(BudgetFigures, figures.budget);
  const how = standing(budget, figures.settled);
  const counted = countedBy(sla.streams);
  const due = figures.due.find((d) => d.customer === customer);
  return (
    <Facts layout="list" testId="issue-figures">
      <Fact label="Period">
        <Instant at={figures.from} /> to <Instant at={figures.to} />
      </Fact>
      <Fact label="Achieved">
        {achievedText(figures.achievedPercent)} of {sla.targetPercent} %, {how.label.toLowerCase()}
      </Fact>
      <Fact label="Measured">
        {countText(budget.total, counted)}, {countText(budget.good, counted)} good
      </Fact>
      <Fact label="Coverage">{coverage(budget.coverage)}</Fact>
      <Fact label="Excluded">{excludedText(figures.budget.excluded.minutes)}</Fact>
      <Fact label="Credit due">{dueText(due, how.known)}</Fact>
    </Facts>
  );
}
