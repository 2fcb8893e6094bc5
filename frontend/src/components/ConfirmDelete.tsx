import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useActor } from "@/lib/actor";
import { ActorLine } from "./ActorLine";
import { ErrorLine } from "./ErrorLine";
import { Dialog, DialogActions } from "./Sheet";

interface ConfirmDeleteProps {
  /** What it is, for tests: sla gives sla-delete-dialog and sla-delete-confirm. */
  name: string;
  title: string;
  /** It cannot be deleted as long as what is written below is so. */
  refused?: boolean;
  onDelete: (by: string) => Promise<unknown>;
  onClose: () => void;
  /** What goes, and what stays. */
  children: ReactNode;
}

/** Asks before something is deleted; a hasty Enter keeps it. */
export function ConfirmDelete(props: ConfirmDeleteProps) {
  const { name, title, refused = false, onDelete, onClose, children } = props;
  const actor = useActor().trim();
  const [asked, setAsked] = useState(false);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const remove = () => {
    setAsked(true);
    if (actor !== "") {
      setRunning(true);
      onDelete(actor).catch((thrown) => {
        setError(thrown);
        setRunning(false);
      });
    }
  };
  return (
    <Dialog title={`Delete ${title}?`} testId={`${name}-delete-dialog`} onClose={onClose}>
      {children}
      {!refused && <ActorLine lead="Deleted by" missing={asked} />}
      <ErrorLine error={error} />
      <DialogActions>
        <Button size="xs" variant="default" onClick={onClose} data-autofocus>
          {refused ? "Close" : "Keep it"}
        </Button>
        {!refused && (
          <Button size="xs" loading={running} onClick={remove} data-testid={`${name}-delete-confirm`}>
            Delete
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}
