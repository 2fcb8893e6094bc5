import type { SourceForm } from "./form";

/** What the fields have in common: value, message, and where changes go. */
export type Bind = <K extends keyof SourceForm>(
  field: K,
) => {
  value: SourceForm[K];
  error: string | undefined;
  onBlur: () => void;
  onChange: (e: { currentTarget: { value: string } }) => void;
};
