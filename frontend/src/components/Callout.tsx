import type { ReactNode } from "react";
import classes from "./Callout.module.css";
import { WarningIcon } from "./icons";
import type { Tone } from "./tone";

interface CalloutProps {
  tone: Tone;
  /** Names it, where it is a part of the page and not only a remark. */
  label?: string;
  role?: "alert" | "status";
  testId?: string;
  children: ReactNode;
}

/** A remark that should not be missed. */
export function Callout({ tone, label, role, testId, children }: CalloutProps) {
  const Part = label ? "section" : "div";
  return (
    <Part className={classes.callout} data-tone={tone} aria-label={label} role={role} data-testid={testId}>
      {(tone === "risk" || tone === "breached") && <WarningIcon size={15} />}
      <div className={classes.text}>{children}</div>
    </Part>
  );
}
