import { useMutation } from "@apollo/client/react";
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import { ErrorLine } from "@/components/ErrorLine";
import { Panel } from "@/components/Panel";
import { TextButton } from "@/components/TextButton";
import { Instant, useZone } from "@/components/zone";
import type { ExclusionDefinitionFragment } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { exclusionKinds } from "@/lib/words";
import { DecideExclusionDocument, touched } from "./documents";
import classes from "./Pending.module.css";
import { objectives, samePerson, scopeText, whenText } from "./words";

interface PendingProps {
  waiting: readonly ExclusionDefinitionFragment[];
  onOpen: (name: string) => void;
}

/** Exclusions that reach back and wait for a second person. */
export function Pending({ waiting, onOpen }: PendingProps) {
  const [missing, setMissing] = useState(false);
  return (
    <Panel
      title={`${waiting.length === 1 ? "One exclusion waits" : `${waiting.length} exclusions wait`} for approval`}
      hint="What reaches back changes nothing until somebody else agrees."
      testId="pending"
    >
      <div className={classes.who}>
        <ActorLine lead="You decide as" missing={missing} />
      </div>
      <ul className={classes.list}>
        {waiting.map((x) => (
          <Waiting key={x.id} exclusion={x} onOpen={onOpen} onNameless={() => setMissing(true)} />
        ))}
      </ul>
    </Panel>
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
        <TextButton look="name" onClick={() => onOpen(x.name)}>
          {x.title}
        </TextButton>
        <p>
          {exclusionKinds[x.kind].label} · {whenText(x, zone)} · {scopeText(x.scope)} (
          {objectives(x.scope.covers)})
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
        <ErrorLine error={error} />
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
