import { useMutation } from "@apollo/client/react";
import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { ActorField } from "@/components/ActorField";
import type { SlaDefinitionFragment } from "@/gql/graphql";
import { useActor } from "@/lib/actor";
import { troubleOf } from "@/lib/errors";
import classes from "./Dialog.module.css";
import { DeleteSlaDocument } from "./documents";
import { titleOf } from "./words";

interface DeleteSlaDialogProps {
  sla: SlaDefinitionFragment;
  /** How many revisions of statements were issued. */
  statements: number;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before an agreement is removed, and says what stays. */
export function DeleteSlaDialog({ sla, statements, onClose, onDeleted }: DeleteSlaDialogProps) {
  const actor = useActor();
  const [asked, setAsked] = useState(false);
  const [run, { loading, error }] = useMutation(DeleteSlaDocument);
  const remove = () => {
    setAsked(true);
    if (actor.trim() !== "") {
      run({ variables: { name: sla.name, by: actor } }).then(
        () => onDeleted(),
        () => undefined, // shown below
      );
    }
  };
  return (
    <Modal.Root opened onClose={onClose} centered classNames={{ content: classes.content ?? "" }}>
      <Modal.Overlay />
      <Modal.Content data-testid="sla-delete-dialog">
        <div className={classes.header}>
          <Modal.Title className={classes.title ?? ""}>Delete {titleOf(sla)}?</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>
          <p className={classes.text}>
            {statements === 0
              ? "No statement was issued. What was measured stays: it belongs to the objectives."
              : `${statements === 1 ? "The statement that was issued stays" : `The ${statements} statements that were issued stay`} at their addresses. What was measured stays too.`}
          </p>
          <ActorField required={asked} />
          {error && (
            <p className={classes.error} role="alert">
              {troubleOf(error).detail || troubleOf(error).title}
            </p>
          )}
          <div className={classes.actions}>
            <Button size="xs" variant="default" onClick={onClose} data-autofocus>
              Keep it
            </Button>
            <Button size="xs" loading={loading} onClick={remove} data-testid="sla-delete-confirm">
              Delete
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
