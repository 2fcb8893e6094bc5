import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Badge.module.css";
import type { Tone } from "./tone";

interface BadgeProps {
  tone: Tone;
  /** An icon of its own shape, so that the colour only repeats what is said. */
  icon: (p: { size?: number }) => ReactNode;
  label: string;
  /** One sentence for people who meet the word for the first time. */
  meaning?: string;
  large?: boolean;
  testId?: string | undefined;
  value?: string;
}

/** A verdict in one or two words. */
export function Badge({ tone, icon: Icon, label, meaning, large = false, testId, value }: BadgeProps) {
  const badge = (
    <span
      className={classes.badge}
      data-tone={tone}
      data-large={large || undefined}
      data-testid={testId}
      data-value={value}
    >
      <Icon size={large ? 16 : 13} />
      {label}
    </span>
  );
  return meaning ? <Tooltip label={meaning}>{badge}</Tooltip> : badge;
}
