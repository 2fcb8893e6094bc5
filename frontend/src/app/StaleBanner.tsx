import { Button } from "@mantine/core";
import { useConnection, useLiveStatus } from "@/components/live";
import { useZone } from "@/components/zone";
import { useNow } from "@/lib/now";
import { clock } from "@/lib/time";
import classes from "./StaleBanner.module.css";

// A reload of the server takes about this long; sooner, the banner would only twitch.
const PATIENCE = 8_000;

/** Says that nothing on the page is live any more, and since when. */
export function StaleBanner() {
  const status = useLiveStatus();
  const { state, since } = useConnection();
  const zone = useZone();
  const now = useNow();
  if (
    state === "live" ||
    !since ||
    (state === "reconnecting" && now.getTime() - since.getTime() < PATIENCE)
  ) {
    return null;
  }
  return (
    <div className={classes.banner} role="alert">
      <span>
        No connection to the server since {clock(since, zone)}. Figures stand as they were read; the page
        keeps trying.
      </span>
      <Button size="compact-xs" variant="default" onClick={status.retry}>
        Try now
      </Button>
    </div>
  );
}
