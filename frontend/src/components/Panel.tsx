import { type ReactNode, useId } from "react";
import classes from "./Panel.module.css";

interface PanelProps {
  title: ReactNode;
  /** What a reader should know before the content. */
  hint?: ReactNode;
  /** Controls at the end of the heading. */
  tools?: ReactNode;
  testId?: string;
  className?: string | undefined;
  children: ReactNode;
}

/** A framed part of a page with a heading. */
export function Panel({ title, hint, tools, testId, className, children }: PanelProps) {
  const id = useId();
  return (
    <section
      className={[classes.panel, className].filter(Boolean).join(" ")}
      aria-labelledby={id}
      data-testid={testId}
    >
      <header className={classes.head}>
        <h2 id={id} className={classes.title}>
          {title}
        </h2>
        {hint && <p className={classes.hint}>{hint}</p>}
        {tools && <div className={classes.tools}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}

/** What stands in a panel that has nothing to show, or not all of it. */
export function PanelNote({ testId, children }: { testId?: string; children: ReactNode }) {
  return (
    <div className={classes.note} data-testid={testId}>
      {children}
    </div>
  );
}
