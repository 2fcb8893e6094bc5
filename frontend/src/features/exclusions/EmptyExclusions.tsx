import { Button } from "@mantine/core";
import { Notice } from "@/components/Notice";

/** What exclusions are, while there is none. */
export function EmptyExclusions({ onCreate }: { onCreate: () => void }) {
  return (
    <Notice
      title="Nothing is excluded"
      action={
        <Button size="xs" variant="default" onClick={onCreate}>
          Exclude some time
        </Button>
      }
    >
      <p>
        Time that is excluded counts neither for nor against an objective: announced maintenance, a failure
        that the contract puts on somebody else, a measurement that was wrong. The measured minutes stay, so
        that every budget can be looked at with and without, and is what it was before once an exclusion is
        deleted.
      </p>
      <p>
        What lies ahead is in force at once. What reaches back could be chosen to fit: it waits until somebody
        other than its author agrees. Who did what is recorded.
      </p>
      <p>
        Exclusions may be written down as well, as documents of the kind <code>Exclusion</code> beside the
        objectives.
      </p>
    </Notice>
  );
}
