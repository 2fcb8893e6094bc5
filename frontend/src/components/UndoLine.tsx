import { Button } from "@mantine/core";
import { useState } from "react";
import { troubleOf } from "@/lib/errors";
import classes from "./UndoLine.module.css";

interface UndoLineProps {
  text: string;
  /** Takes it back. */
  undo: () => Promise<unknown>;
  onDone: () => void;
}

/** Says that something was deleted and takes it back. */
export function UndoLine({ text, undo, onDone }: UndoLineProps) {
  const [error, setError] = useState<unknown>(null);
  const [running, setRunning] = useState(false);
  const run = () => {
    setRunning(true);
    undo().then(onDone, (e) => {
      setError(e);
      setRunning(false);
    });
  };
  return (
    <div className={classes.line} role="status" data-testid="undo-line">
      <span>
        {text}
        {error !== null &&
          ` It could not be taken back: ${troubleOf(error).detail || troubleOf(error).title}`}
      </span>
      <Button size="compact-sm" variant="default" loading={running} onClick={run} data-testid="undo">
        Undo
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={onDone}>
        Dismiss
      </Button>
    </div>
  );
}
