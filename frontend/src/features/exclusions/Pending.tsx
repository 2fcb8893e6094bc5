import { useMutation } from "@apollo/client/react";
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import panel from "@/components/panel.module.css";
import { Instant, useZone } from "@/components/zone";
import type { ExclusionDefinitionFragment } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { troubleOf } from "@/lib/errors";
import { DecideExclusionDocument } from "./documents";
import classes from "./Pending.module.css";
import { kinds } from "./search";
import { objectives, samePerson, scopeText, whenText } from "./words";

/** Lists of the page that a change concerns. */
export const touched = ["ExclusionList", "ExclusionCalendar", "ExclusionDetails"];

interface PendingProps {
  waiting: readonly ExclusionDefinitionFragment[];
  onOpen: (name: string) => void;
}

/** Exclusions that reach back and wait for a second person. */
export function Pending({ waiting, onOpen }: PendingProps) {
  const [missing, setMissing] = useState(false);
  return (
    <section className={panel.panel} aria-label="Waiting for approval" data-testid="pending">
      <div className={panel.head}>
        <h2 className={panel.title}>
          {waiting.length === 1 ? "One exclusion waits" : `${waiting.length} exclusions wait`} for approval
        </h2>
        <p className={panel.hint}>They reach back, and change nothing until somebody else agrees.</p>
      </div>
      <div className={classes.who}>
        <ActorLine lead="You decide as" missing={missing} />
      </div>
      <ul className={classes.list}>
        {waiting.map((x) => (
          <Waiting key={x.id} exclusion={x} onOpen={onOpen} onNameless={() => setMissing(true)} />
        ))}
      </ul>
    </section>
  );
}

interface WaitingProps {
  exclusion: ExclusionDefinitionFragment;
  onOpen: (name: string) => void;
  onNameless: () => void;
}

function Waiting({ exclusion: x, onOpen, onNameless }: WaitingProps) {
  const actor = useActor();
  const zone = useZone();
  const [note, setNote] = useState("");
  const [run, { loading, error }] = useMutation(DecideExclusionDocument, { refetchQueries: touched });
  const own = samePerson(actor, x.author);
  const decide = (approve: boolean) => {
    if (actor.trim() === "") {
      onNameless();
      return;
    }
    const variables = {
      name: x.name,
      approve,
      by: actor.trim(),
      note: note.trim() || null,
      createdAt: x.createdAt ?? null,
    };
    run({ variables }).catch(() => undefined); // shown below
  };
  return (
    <li className={classes.item} data-testid="pending-item" data-exclusion={x.name}>
      <div className={classes.what}>
        <button type="button" className={classes.open} onClick={() => onOpen(x.name)}>
          {x.title}
        </button>
        <p>
          {kinds[x.kind].label} · {whenText(x, zone)} · {scopeText(x.scope)} ({objectives(x.scope.covers)})
        </p>
        <p>
          {x.author}
          {x.createdAt && (
            <>
              , <Instant at={x.createdAt} />
            </>
          )}
          : “{x.reason}”
        </p>
        {error && (
          <p className={classes.error} role="alert">
            {troubleOf(error).detail || troubleOf(error).title}
          </p>
        )}
      </div>
      {own ? (
        <p className={classes.own}>You made it: somebody else has to decide.</p>
      ) : (
        <div className={classes.decide}>
          <TextInput
            size="xs"
            aria-label={`Note on ${x.title}`}
            placeholder="Note (optional)"
            value={note}
            onChange={(e) => setNote(e.currentTarget.value)}
          />
          <Button size="xs" loading={loading} onClick={() => decide(true)} data-testid="approve">
            Approve
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={loading}
            onClick={() => decide(false)}
            data-testid="reject"
          >
            Reject
          </Button>
        </div>
      )}
    </li>
  );
}
