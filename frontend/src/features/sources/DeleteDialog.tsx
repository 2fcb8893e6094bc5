import { useMutation } from "@apollo/client/react";
import { Button, Modal } from "@mantine/core";
import type { SourceSummaryFragment } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import classes from "./DeleteDialog.module.css";
import { DeleteSourceDocument } from "./documents";

interface DeleteDialogProps {
  source: SourceSummaryFragment;
  slos: readonly { id: string; name: string }[];
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before a source is deleted, or says who still measures on it. */
export function DeleteDialog({ source, slos, onClose, onDeleted }: DeleteDialogProps) {
  const [run, { loading, error }] = useMutation(DeleteSourceDocument);
  const remove = () =>
    run({ variables: { name: source.name } }).then(
      () => onDeleted(),
      () => undefined, // shown below
    );
  const used = source.objectives > 0;
  return (
    <Modal.Root opened onClose={onClose} centered classNames={{ content: classes.content ?? "" }}>
      <Modal.Overlay />
      <Modal.Content data-testid="source-delete-dialog">
        <div className={classes.header}>
          <Modal.Title className={classes.title ?? ""}>Delete {source.name}?</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>
          {used ? (
            <>
              <p className={classes.text}>It is in use. Move these to another source or remove them first:</p>
              <ul className={classes.slos}>
                {slos.map((s) => (
                  <li key={s.id}>{s.name}</li>
                ))}
              </ul>
            </>
          ) : (
            <p className={classes.text}>
              Nothing measures on it. What was measured before stays. The secret is not touched: only its name
              was known here.
            </p>
          )}
          {error && (
            <p className={classes.error} role="alert">
              {troubleOf(error).detail || troubleOf(error).title}
            </p>
          )}
          <div className={classes.actions}>
            <Button size="xs" variant="default" onClick={onClose} data-autofocus>
              {used ? "Close" : "Keep it"}
            </Button>
            {!used && (
              <Button
                size="xs"
                loading={loading}
                onClick={() => void remove()}
                data-testid="source-delete-confirm"
              >
                Delete
              </Button>
            )}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
