import { Callout } from "@/components/Callout";
import { TextButton } from "@/components/TextButton";
import { unmask } from "@/gql";
import type { ImportPreviewFieldsFragment } from "@/gql/graphql";
import { counted } from "@/lib/words";
import { ImportProblemFragment } from "./documents";
import classes from "./Findings.module.css";
import type { Mark } from "./TextPane";

/** The lines that a preview says something about; what is wrong wins over what is merely different. */
export function marksOf(preview: ImportPreviewFieldsFragment | null): Mark[] {
  const lines = (list: ImportPreviewFieldsFragment["problems"], tone: Mark["tone"]): Mark[] =>
    unmask(ImportProblemFragment, list).map(({ line }) => ({ line, tone }));
  return preview ? [...lines(preview.warnings, "risk"), ...lines(preview.problems, "breached")] : [];
}

interface FindingsProps {
  preview: ImportPreviewFieldsFragment;
  onJump: (line: number) => void;
}

/** What is wrong with a text and what has no equivalent, each with the way to its line. */
export function Findings({ preview, onJump }: FindingsProps) {
  return (
    <>
      <List
        kind="problem"
        hint="nothing is imported while there are any"
        tone="breached"
        found={unmask(ImportProblemFragment, preview.problems)}
        onJump={onJump}
      />
      <List
        kind="warning"
        hint="it is imported all the same"
        tone="risk"
        found={unmask(ImportProblemFragment, preview.warnings)}
        onJump={onJump}
      />
    </>
  );
}

interface ListProps {
  kind: string;
  hint: string;
  tone: "breached" | "risk";
  found: readonly { line: number; column: number; message: string }[];
  onJump: (line: number) => void;
}

function List({ kind, hint, tone, found, onJump }: ListProps) {
  if (found.length === 0) {
    return null;
  }
  const title = counted(found.length, kind);
  return (
    <Callout tone={tone} label={title} testId={`import-${kind}s`}>
      <h2 className={classes.title}>
        {title} <small>{hint}</small>
      </h2>
      <ul className={classes.list}>
        {found.map((p) => (
          <li key={`${p.line}:${p.column} ${p.message}`}>
            {p.line > 0 && (
              <TextButton look="link" onClick={() => onJump(p.line)} data-testid={`import-${kind}`}>
                line {p.line}
              </TextButton>
            )}
            <span>{p.message}</span>
          </li>
        ))}
      </ul>
    </Callout>
  );
}
