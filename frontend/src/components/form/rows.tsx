import { ActionIcon, Button } from "@mantine/core";
import { CrossIcon } from "@/components/icons";
import classes from "./Form.module.css";

/** A row of fields; the key tells rows apart while they are edited. */
interface Keyed {
  key: number;
}

/** A key that no row has. */
export function nextKey(rows: readonly Keyed[]): number {
  return Math.max(-1, ...rows.map((r) => r.key)) + 1;
}

/** The rows with one of them changed. */
export function withRow<R extends Keyed>(rows: readonly R[], key: number, patch: Partial<R>): R[] {
  return rows.map((r) => (r.key === key ? { ...r, ...patch } : r));
}

interface RemoveRowProps {
  /** Which one: "credit 2". */
  label: string;
  /** Whether it stands beside fields with a label above them. */
  labelled?: boolean;
  disabled?: boolean;
  onRemove: () => void;
}

/** Takes a row away. */
export function RemoveRow({ label, labelled = false, disabled = false, onRemove }: RemoveRowProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      className={labelled ? (classes.lowered ?? "") : ""}
      aria-label={`Remove ${label}`}
      disabled={disabled}
      onClick={onRemove}
    >
      <CrossIcon size={14} />
    </ActionIcon>
  );
}

interface AddRowProps {
  label: string;
  disabled: boolean;
  onAdd: () => void;
  testId?: string;
}

/** Adds one. */
export function AddRow({ label, disabled, onAdd, testId }: AddRowProps) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      className={classes.add ?? ""}
      disabled={disabled}
      onClick={onAdd}
      data-testid={testId}
    >
      {label}
    </Button>
  );
}
