import { Button } from "@mantine/core";
import classes from "./Form.module.css";

interface UnsavedProps {
  name: string;
  text?: string;
  onStay: () => void;
  onLeave: () => void;
}

/** Asks before what was written is lost. Escape stays. */
export function Unsaved({ name, text = "What you wrote is not saved.", onStay, onLeave }: UnsavedProps) {
  const keys = {
    // The sheet around it listens to Escape as well, and would ask again.
    "data-mantine-stop-propagation": true,
    onKeyDown: (e: { key: string }) => e.key === "Escape" && onStay(),
  };
  return (
    <div
      role="alertdialog"
      aria-label="Unsaved changes"
      className={classes.leave}
      data-testid={`${name}-unsaved`}
    >
      <span>{text}</span>
      <Button size="xs" variant="default" onClick={onStay} autoFocus {...keys}>
        Keep editing
      </Button>
      <Button size="xs" variant="default" onClick={onLeave} data-testid={`${name}-discard`} {...keys}>
        Discard
      </Button>
    </div>
  );
}
