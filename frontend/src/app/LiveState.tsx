import { Tooltip } from "@mantine/core";
import { useConnection } from "@/components/live";
import type { ConnectionState } from "@/lib/connection";
import classes from "./LiveState.module.css";

const words: Record<ConnectionState, { label: string; meaning: string }> = {
  live: { label: "Live", meaning: "Changes appear by themselves." },
  reconnecting: { label: "Connecting", meaning: "The connection for changes is being established." },
  offline: {
    label: "Offline",
    meaning: "The server cannot be reached. Figures stand as of when they were read.",
  },
};

/** Whether changes arrive by themselves. */
export function LiveState() {
  const { state } = useConnection();
  return (
    <Tooltip label={words[state].meaning}>
      <span className={classes.live} data-testid="live-state" data-state={state} role="status">
        <span className={classes.dot} />
        <span className={classes.label}>{words[state].label}</span>
      </span>
    </Tooltip>
  );
}
