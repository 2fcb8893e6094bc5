import type { ReactNode } from "react";
import { ChevronIcon } from "./icons";
import classes from "./Page.module.css";

interface FrameProps {
  testId: string;
  /** The object that the page is about. */
  about?: { [attribute: `data-${string}`]: string };
  busy?: boolean;
  children: ReactNode;
}

/** What "skip to content" leads to. */
export function Frame({ testId, about, busy, children }: FrameProps) {
  return (
    <main className={classes.page} id="content" data-testid={testId} aria-busy={busy} {...about}>
      {children}
    </main>
  );
}

interface PageProps {
  testId: string;
  /** The part of the site to which it belongs. */
  eyebrow?: string;
  title: string;
  lead?: ReactNode;
  /** What most people come for. */
  action?: ReactNode;
  children: ReactNode;
}

/** A page under a title. */
export function Page({ testId, eyebrow, title, lead, action, children }: PageProps) {
  return (
    <Frame testId={testId}>
      <header className={classes.head}>
        <div>
          {eyebrow && <p className={classes.eyebrow}>{eyebrow}</p>}
          <h1 className={classes.title} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className={classes.lead}>{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </Frame>
  );
}

interface ObjectHeaderProps {
  /** Links to what is above it, and its own name. */
  path: readonly ReactNode[];
  title: string;
  badge?: ReactNode;
  actions?: ReactNode;
  description?: string | null;
  children?: ReactNode;
}

/** The head of a page about one object: where it stands, what it is, and facts about it. */
export function ObjectHeader({ path, title, badge, actions, description, children }: ObjectHeaderProps) {
  return (
    <header className={classes.object}>
      <nav aria-label="Path" className={classes.path}>
        {path.map((step, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a path is not reordered
          <span key={i} className={classes.step}>
            {i > 0 && <ChevronIcon size={11} />}
            {step}
          </span>
        ))}
      </nav>
      <div className={classes.titles}>
        <h1 className={classes.title} tabIndex={-1}>
          {title}
        </h1>
        {badge}
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {description && <p className={classes.description}>{description}</p>}
      {children}
    </header>
  );
}
