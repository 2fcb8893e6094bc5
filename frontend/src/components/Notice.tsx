import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import type { Trouble } from "@/lib/errors";
import classes from "./Notice.module.css";

/** Something that stands where content should be: what happened, and what to do. */
export function Notice({
  title,
  children,
  action,
  tone = "quiet",
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  tone?: string;
}) {
  return (
    <div className={classes.notice} data-tone={tone}>
      <h2 className={classes.title}>{title}</h2>
      {children && <div className={classes.body}>{children}</div>}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  );
}

/** An error in place of content, with its remedy. */
export function TroubleNotice({ trouble, onRetry }: { trouble: Trouble; onRetry?: () => void }) {
  return (
    <div role="alert">
      <Notice
        title={trouble.title}
        tone="breached"
        action={
          trouble.retry &&
          onRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )
        }
      >
        {trouble.detail && <p className={classes.detail}>{trouble.detail}</p>}
        <p>{trouble.remedy}</p>
      </Notice>
    </div>
  );
}
