import { useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import type { SourceInput } from "@/gql/graphql";
import { troubleOf } from "@/lib/errors";
import { SaveSourceDocument } from "./documents";
import classes from "./UndoNotice.module.css";

/** A source that was deleted, and what makes it again. */
export interface Removed {
  name: string;
  input: SourceInput;
}

interface UndoNoticeProps {
  removed: Removed;
  onDone: () => void;
  onChanged: () => void;
}

/** Says that a source was deleted and takes it back. */
export function UndoNotice({ removed, onDone, onChanged }: UndoNoticeProps) {
  const [save, { loading, error }] = useMutation(SaveSourceDocument);
  const undo = () =>
    save({ variables: { input: removed.input } }).then(
      () => {
        onDone();
        onChanged();
      },
      () => undefined, // shown below
    );
  return (
    <div className={classes.notice} role="status" data-testid="source-removed">
      <span>
        {removed.name} is deleted.
        {error && ` It could not be taken back: ${troubleOf(error).detail || troubleOf(error).title}`}
      </span>
      <Button
        size="compact-sm"
        variant="default"
        loading={loading}
        onClick={() => void undo()}
        data-testid="source-undo"
      >
        Undo
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onDone}>
        Dismiss
      </Button>
    </div>
  );
}
