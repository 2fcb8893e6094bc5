import { Button } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { createContext, type ReactNode, use, useState } from "react";
import { errorText } from "@/lib/errors";
import classes from "./undo.module.css";

/** Something that was taken away, and what brings it back. */
export interface Offer {
  text: string;
  undo: () => Promise<unknown>;
}

const UndoContext = createContext<(offer: Offer) => void>(() => undefined);

/** Says that something is gone and offers to bring it back, on this page and on the next. */
export function useUndo(): (offer: Offer) => void {
  return use(UndoContext);
}

/** Gives everything below a way to offer that; the newest offer counts. */
export function UndoProvider({ children }: { children: ReactNode }) {
  const [offer, setOffer] = useState<Offer | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [running, setRunning] = useState(false);
  const show = (next: Offer | null) => {
    setOffer(next);
    setError(null);
    setRunning(false);
  };
  const run = () => {
    if (offer && !running) {
      setRunning(true);
      offer.undo().then(
        () => show(null),
        (thrown) => {
          setError(thrown);
          setRunning(false);
        },
      );
    }
  };
  useHotkeys([["mod+Z", run]]);
  return (
    <UndoContext value={show}>
      {children}
      <div className={classes.toast} data-open={offer !== null || undefined} data-testid="undo-toast">
        <p role="status">
          {offer?.text}
          {error !== null && ` It could not be brought back: ${errorText(error)}`}
        </p>
        {offer && (
          <>
            <Button
              size="compact-sm"
              variant="default"
              loading={running}
              onClick={run}
              aria-keyshortcuts="Control+Z Meta+Z"
              data-testid="undo"
            >
              Undo
            </Button>
            <Button size="compact-sm" variant="subtle" onClick={() => show(null)}>
              Dismiss
            </Button>
          </>
        )}
      </div>
    </UndoContext>
  );
}
