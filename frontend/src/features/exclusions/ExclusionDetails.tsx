import { useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import { AuditList } from "@/components/AuditList";
import { ErrorLine } from "@/components/ErrorLine";
import { Fact, Facts } from "@/components/Facts";
import { useUndo } from "@/components/undo";
import { Instant, useZone } from "@/components/zone";
import type { ExclusionDefinitionFragment, ExclusionDetailsQuery } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { humanDuration } from "@/lib/duration";
import { exclusionKinds } from "@/lib/words";
import { ApprovalBadge } from "./ApprovalBadge";
import { DeleteExclusionDocument, SaveExclusionDocument, touched } from "./documents";
import classes from "./ExclusionDetails.module.css";
import { restored } from "./form";
import { states } from "./search";
import { objectives, scopeText, stretchText } from "./words";

interface ExclusionDetailsProps {
  exclusion: ExclusionDefinitionFragment;
  audit: ExclusionDetailsQuery["audit"]["nodes"];
  onEdit: () => void;
  onDeleted: () => void;
}

/** Everything about one exclusion, and who did what to it. */
export function ExclusionDetails({ exclusion: x, audit, onEdit, onDeleted }: ExclusionDetailsProps) {
  const zone = useZone();
  return (
    <div className={classes.details} data-testid="exclusion-details" data-exclusion={x.name}>
      <div className={classes.badges}>
        <ApprovalBadge state={x.approval.state} />
        <span>{states[x.approval.state].meaning}</span>
      </div>
      <p className={classes.reason}>{x.reason}</p>
      <Facts layout="list">
        <Fact label="Kind">
          {exclusionKinds[x.kind].label}: {exclusionKinds[x.kind].meaning}
        </Fact>
        <Fact label="Excludes">
          {scopeText(x.scope)} ({objectives(x.scope.covers)})
          {x.scope.slos.length > 0 && (
            <ul className={classes.links}>
              {x.scope.slos.map((s) => (
                <li key={s}>
                  <Link to="/slos/$name" params={{ name: s }} search={{}}>
                    {s}
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact label="First">
          <Instant at={x.start} />, {humanDuration(x.length)} long
        </Fact>
        {x.rrule && (
          <Fact label="Repeats">
            {x.recurrenceText ?? x.rrule}
            {x.timeZone && ` (${x.timeZone})`}
            <br />
            <code>{x.rrule}</code>
          </Fact>
        )}
        {x.next && <Fact label="Next">{stretchText(x.next.from, x.next.to, zone)}</Fact>}
        {x.approval.by && (
          <Fact label={x.approval.state === "REJECTED" ? "Rejected by" : "Approved by"}>
            {x.approval.by}
            {x.approval.at && (
              <>
                , <Instant at={x.approval.at} />
              </>
            )}
            {x.approval.note && `: “${x.approval.note}”`}
          </Fact>
        )}
        <Fact label="Made by">
          {x.author || "nobody named"}
          {x.createdAt && (
            <>
              , <Instant at={x.createdAt} />
            </>
          )}
        </Fact>
        {x.origin && (
          <Fact label="Defined in">
            <code>
              {x.origin.file}:{x.origin.line}
            </code>{" "}
            (from a file, read-only here)
          </Fact>
        )}
      </Facts>
      <section aria-label="What was done">
        <h3 className={classes.heading}>What was done</h3>
        {audit.length === 0 ? (
          <p className={classes.none}>
            Nothing is recorded: it comes from a file, whose history is in version control.
          </p>
        ) : (
          <AuditList changes={audit} />
        )}
      </section>
      {x.editable && <Changes exclusion={x} onEdit={onEdit} onDeleted={onDeleted} />}
    </div>
  );
}

type ChangesProps = Omit<ExclusionDetailsProps, "audit">;

/** What can be done with one that was made here. */
function Changes({ exclusion: x, onEdit, onDeleted }: ChangesProps) {
  const actor = useActor().trim();
  const offerUndo = useUndo();
  const [asked, setAsked] = useState(false);
  const [run, { loading, error }] = useMutation(DeleteExclusionDocument, {
    refetchQueries: ["ExclusionList", "ExclusionCalendar"],
  });
  const [restore] = useMutation(SaveExclusionDocument, { refetchQueries: touched });
  const remove = () => {
    setAsked(true);
    if (actor === "") {
      return;
    }
    run({ variables: { name: x.name, by: actor } }).then(
      () => {
        offerUndo({
          text: `${x.title} is deleted; every figure is what it was before.${x.retroactive ? " Brought back, it waits for approval again." : ""}`,
          undo: () => restore({ variables: { exclusion: restored(x, actor) } }),
        });
        onDeleted();
      },
      () => undefined, // shown below
    );
  };
  return (
    <>
      <ErrorLine error={error} />
      {asked && actor === "" && <ActorLine lead="" missing />}
      <div className={classes.actions}>
        <Button size="sm" variant="default" loading={loading} onClick={remove} data-testid="exclusion-delete">
          Delete
        </Button>
        <Button size="sm" onClick={onEdit} data-testid="exclusion-edit">
          Change
        </Button>
      </div>
    </>
  );
}
