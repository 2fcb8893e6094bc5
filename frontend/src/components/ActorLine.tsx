import { Button, TextInput } from "@mantine/core";
import { useId, useState } from "react";
import { setActor, useActor } from "@/lib/actor";
import classes from "./ActorLine.module.css";

interface ActorLineProps {
  /** What the name stands beside: "You decide as". */
  lead: string;
  /** Something was tried without a name. */
  missing?: boolean | undefined;
}

/** Asks once who the reader is, then shows the name with a way to change it. */
export function ActorLine({ lead, missing = false }: ActorLineProps) {
  const actor = useActor();
  const [draft, setDraft] = useState<string | null>(null);
  const field = useId();
  if (actor.trim() !== "" && draft === null) {
    return (
      <p className={classes.line} data-testid="actor-line">
        <span>
          {lead} <strong>{actor}</strong>
        </span>
        <Button size="compact-xs" variant="subtle" onClick={() => setDraft(actor)} data-testid="actor-change">
          Change
        </Button>
      </p>
    );
  }
  const keep = () => {
    if ((draft ?? "").trim() !== "") {
      setActor((draft ?? "").trim());
      setDraft(null);
    }
  };
  return (
    <div className={classes.line}>
      <label htmlFor={field}>Who are you?</label>
      <TextInput
        id={field}
        size="xs"
        value={draft ?? ""}
        placeholder="Your name"
        error={missing ? "Write your name: it stands in the record." : undefined}
        onChange={(e) => setDraft(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key === "Enter") {
            e.preventDefault();
            keep();
          }
        }}
        data-testid="actor"
      />
      <Button size="xs" variant="default" onClick={keep} data-testid="actor-keep">
        That is me
      </Button>
    </div>
  );
}
