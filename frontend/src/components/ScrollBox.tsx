import type { ReactNode } from "react";
import classes from "./ScrollBox.module.css";

interface ScrollBoxProps {
  /** What is inside, for those who come by keyboard. */
  label: string;
  /** Whether it is as high as a few rows only. */
  low?: boolean;
  children: ReactNode;
}

/** A box that scrolls when its content is wider (or higher) than it, by keyboard too. */
export function ScrollBox({ label, low = false, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className={classes.box} data-low={low || undefined} tabIndex={0} aria-label={`${label}, table`}>
      {children}
    </section>
  );
}
