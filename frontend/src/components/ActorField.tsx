import { TextInput } from "@mantine/core";
import { setActor, useActor } from "@/lib/actor";

/** Who changes something: there are no accounts, and what is changed says by whom. */
export function ActorField({ required }: { required: boolean }) {
  const actor = useActor();
  return (
    <TextInput
      label="Your name"
      description="Stands in the record of what was changed."
      value={actor}
      error={required && actor.trim() === "" ? "Write your name." : undefined}
      onChange={(e) => setActor(e.currentTarget.value)}
      data-testid="actor"
    />
  );
}
