import { Button, TextInput } from "@mantine/core";
import { type ReactNode, useRef } from "react";
import { Callout } from "@/components/Callout";
import { CopyText } from "@/components/CopyText";
import { DownloadIcon } from "@/components/icons";
import { Loading } from "@/components/Loading";
import { download } from "@/lib/csv";
import { Changes } from "./Changes";
import classes from "./DraftView.module.css";
import { bytesOf, type Draft, kibibytes, LIMIT, pathError } from "./drafts";
import { Findings, marksOf } from "./Findings";
import { Results } from "./Results";
import { TextPane } from "./TextPane";
import { changesText, formatText } from "./words";

interface DraftViewProps {
  draft: Draft;
  /** Paths of the other texts. */
  others: readonly string[];
  onChange: (patch: { path?: string; text?: string }) => void;
  onRemove: () => void;
}

/** A text, and beside it what importing it would change. */
export function DraftView({ draft, others, onChange, onRemove }: DraftViewProps) {
  const jump = useRef<((line: number) => void) | null>(null);
  const { preview } = draft;
  return (
    <div className={classes.draft} data-testid="import-draft" data-path={draft.path}>
      <div className={classes.side}>
        <div className={classes.path}>
          <TextInput
            size="xs"
            label="Keep as"
            value={draft.path}
            error={pathError(draft.path, others)}
            onChange={(e) => onChange({ path: e.currentTarget.value })}
            data-testid="import-path"
          />
          <Button size="xs" variant="default" onClick={onRemove}>
            Take out
          </Button>
        </div>
        <TextPane
          text={draft.text}
          label={`Text of ${draft.path}`}
          marks={marksOf(preview)}
          onChange={(text) => onChange({ text })}
          jump={jump}
        />
        <p className={classes.size}>
          {kibibytes(bytesOf(draft.text))} of {kibibytes(LIMIT)}
        </p>
      </div>
      <div className={classes.side} aria-busy={draft.asking} data-testid="import-preview">
        {draft.trouble && (
          <Callout tone="breached" role="alert" testId="import-trouble">
            {draft.trouble.detail || `${draft.trouble.title}. ${draft.trouble.remedy}`}
          </Callout>
        )}
        {preview ? (
          <>
            <p
              className={classes.format}
              role="status"
              data-testid="import-format"
              data-value={preview.formats.join(" ")}
            >
              Read as <strong>{formatText(preview.formats)}</strong>
            </p>
            <Findings preview={preview} onJump={(line) => jump.current?.(line)} />
            {preview.problems.length === 0 && (
              <>
                <Part title={`What changes: ${changesText(preview.changes)}`}>
                  <Changes changes={preview.changes} />
                </Part>
                {preview.slos.length > 0 && (
                  <Part title="Objectives as they would be">
                    <Results slos={preview.slos} />
                  </Part>
                )}
                {preview.document && <Kept path={draft.path} text={preview.document} />}
              </>
            )}
          </>
        ) : (
          !draft.trouble &&
          (draft.asking ? <Loading what="the text" heights={[200]} /> : <p>There is nothing to read yet.</p>)
        )}
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** The text as OpenSLO v1, to be taken elsewhere. */
function Kept({ path, text }: { path: string; text: string }) {
  return (
    <details className={classes.kept} data-testid="import-document">
      <summary>The same as OpenSLO v1</summary>
      <CopyText text={text} label="the document" />
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<DownloadIcon size={13} />}
        onClick={() => download(path, text, "application/yaml")}
      >
        Download
      </Button>
    </details>
  );
}
