import type { ReactNode } from "react";
import classes from "./Headline.module.css";
import { WarningIcon } from "./icons";
import type { Tone } from "./tone";

interface HeadlineProps {
  /** What the figures are about. */
  name: string;
  tone: Tone;
  label: ReactNode;
  /** The figure for which people come. */
  big: ReactNode;
  testId: string;
  value: string;
  exact?: string;
  /** What stands below it: a bar, words. */
  below: ReactNode;
  /** Figures beside it, in rows of so many. */
  columns: 3 | 4;
  children: ReactNode;
  warnings: readonly string[];
}

/** One figure in large, what it means, and those that belong to it. */
export function Headline(props: HeadlineProps) {
  const { name, tone, label, big, testId, value, exact, below, columns, children, warnings } = props;
  return (
    <section aria-label={name} className={classes.panel} data-tone={tone}>
      <div className={classes.main}>
        <div className={classes.label}>{label}</div>
        <div className={classes.big} data-testid={testId} data-value={value} title={exact}>
          {big}
        </div>
        {below}
      </div>
      <dl className={classes.grid} data-columns={columns}>
        {children}
      </dl>
      {warnings.length > 0 && (
        <ul className={classes.warnings}>
          {warnings.map((w) => (
            <li key={w}>
              <WarningIcon size={13} />
              <span>{w}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What the large figure means. */
export function Words({ testId, children }: { testId?: string; children: ReactNode }) {
  return (
    <p className={classes.words} data-testid={testId}>
      {children}
    </p>
  );
}

interface FigureProps {
  label: string;
  testId?: string;
  value?: string;
  exact?: string | undefined;
  /** Whether it takes a row of its own. */
  whole?: boolean;
  children: ReactNode;
}

/** One of the figures beside it; in a small what belongs to it. */
export function Figure({ label, testId, value, exact, whole = false, children }: FigureProps) {
  return (
    <div className={classes.figure} data-whole={whole || undefined}>
      <dt>{label}</dt>
      <dd data-testid={testId} data-value={value} title={exact}>
        {children}
      </dd>
    </div>
  );
}
