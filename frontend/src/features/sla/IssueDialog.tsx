import { useMutation, useQuery } from "@apollo/client/react";
import { Button, Modal, Skeleton, Textarea } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ActorField } from "@/components/ActorField";
import { BudgetFigures } from "@/components/budget-figures";
import { Instant } from "@/components/zone";
import { unmask } from "@/gql";
import type {
  SlaPeriodFiguresFragment as Figures,
  SlaDefinitionFragment,
  SlaDetailQuery,
  SlaIssuedFragment,
} from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { troubleOf } from "@/lib/errors";
import { coverage } from "@/lib/number";
import { Corrections } from "./Corrections";
import classes from "./Dialog.module.css";
import {
  IssueStatementDocument,
  SlaCorrectionFragment,
  SlaHistoryDocument,
  SlaPeriodFiguresFragment,
} from "./documents";
import { historyVariables } from "./use-sla";
import { achievedText, countedBy, countText, dueText, excludedText, standing, titleOf } from "./words";

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
    <Modal.Root opened onClose={onClose} centered size="lg" classNames={{ content: classes.content ?? "" }}>
      <Modal.Overlay />
      <Modal.Content data-testid="issue-dialog">
        <div className={classes.header}>
          <Modal.Title className={classes.title ?? ""}>
            {previous ? `Issue ${period.name} again` : `State ${period.name}`} for {titleOf(customer)}
          </Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>
          <p className={classes.text}>
            {previous
              ? `This makes revision ${previous.revision + 1}. Revision ${previous.revision} stays as it is; the new one says what changed.`
              : "These figures are frozen as they are. If late data change them, the statement is issued again, and says so."}
          </p>
          {figures ? (
            <Frozen sla={sla} figures={figures} customer={customer.name} />
          ) : unread ? (
            <p className={classes.error} role="alert">
              {troubleOf(unread).detail || troubleOf(unread).title}
            </p>
          ) : (
            <Skeleton height={150} />
          )}
          {changes.length > 0 && <Corrections corrections={changes} label="What changes" now="Will be" />}
          <div className={classes.fields}>
            <ActorField required={asked} />
            <Textarea
              label="Note"
              description="Stands on the statement; leave it empty if there is nothing to say."
              rows={2}
              maxLength={2000}
              value={note}
              onChange={(e) => setNote(e.currentTarget.value)}
              data-testid="issue-note"
            />
          </div>
          {error && (
            <p className={classes.error} role="alert">
              {troubleOf(error).detail || troubleOf(error).title}
            </p>
          )}
          <div className={classes.actions}>
            <Button size="xs" variant="default" onClick={onClose}>
              Not now
            </Button>
            <Button
              size="xs"
              loading={loading}
              disabled={!figures || !period.settled}
              onClick={issue}
              data-testid="issue-confirm"
              data-autofocus
            >
              {previous ? "Issue again" : "Issue the statement"}
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
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
    <dl className={classes.facts} data-testid="issue-figures">
      <dt>Period</dt>
      <dd>
        <Instant at={figures.from} /> to <Instant at={figures.to} />
      </dd>
      <dt>Achieved</dt>
      <dd>
        {achievedText(figures.achievedPercent)} of {sla.targetPercent} %, {how.label.toLowerCase()}
      </dd>
      <dt>Measured</dt>
      <dd>
        {countText(budget.total, counted)}, {countText(budget.good, counted)} good
      </dd>
      <dt>Coverage</dt>
      <dd>{coverage(budget.coverage)}</dd>
      <dt>Excluded</dt>
      <dd>{excludedText(figures.budget.excluded.minutes)}</dd>
      <dt>Credit due</dt>
      <dd>{dueText(due, how.known)}</dd>
    </dl>
  );
}
