import { Button } from "@mantine/core";
import { CrossIcon } from "./icons";

interface OnlyButtonProps {
  /** To what it is narrowed down. */
  what: string;
  testId?: string;
  onClear: () => void;
}

/** Says that something is narrowed down, and leads back to all of it. */
export function OnlyButton({ what, testId, onClear }: OnlyButtonProps) {
  return (
    <div>
      <Button
        size="compact-sm"
        variant="light"
        maw="100%"
        rightSection={<CrossIcon size={11} />}
        onClick={onClear}
        data-testid={testId}
      >
        Only {what}
      </Button>
    </div>
  );
}
