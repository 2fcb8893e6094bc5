import classes from "./AuditList.module.css";
import { Instant } from "./zone";

interface AuditListProps {
  /** Changes, the newest first. */
  changes: readonly { id: string; at: string; actor: string; action: string; summary: string }[];
}

/** Who changed something, when, and what it became. */
export function AuditList({ changes }: AuditListProps) {
  return (
    <ol className={classes.audit} data-testid="audit">
      {changes.map((c) => (
        <li key={c.id}>
          <Instant at={c.at} /> <strong>{c.actor}</strong> {c.action.toLowerCase()}
          {c.summary && `: ${c.summary}`}
        </li>
      ))}
    </ol>
  );
}
