import { Anchor, Button } from "@mantine/core";
import { Callout } from "@/components/Callout";
import classes from "./Form.module.css";

interface OutdatedProps {
  name: string;
  onOverwrite: () => void;
}

/** Says that somebody else saved while the form was open. What was written stays. */
export function Outdated({ name, onOverwrite }: OutdatedProps) {
  return (
    <Callout tone="risk" testId={`${name}-outdated`}>
      Somebody else changed this after you opened it. Nothing is saved, and what you wrote is still here.
      <div className={classes.outdated}>
        <Anchor size="sm" href={window.location.href} target="_blank" rel="noreferrer">
          See theirs in a new tab
        </Anchor>
        <Button size="xs" variant="default" onClick={onOverwrite} data-testid={`${name}-overwrite`}>
          Replace theirs with mine
        </Button>
      </div>
    </Callout>
  );
}
