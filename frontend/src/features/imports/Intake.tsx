import { Button, FileButton } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ErrorText } from "@/components/ErrorLine";
import { kibibytes, LIMIT, pathOf } from "./drafts";
import { examples } from "./examples";
import classes from "./Intake.module.css";

interface Text {
  path: string;
  text: string;
}

interface IntakeProps {
  onTexts: (texts: Text[]) => void;
  /** Whether something is being worked on: then it is as small as it can be. */
  small: boolean;
}

// A folder of specifications is rarely more, and each of them is a request.
const MOST = 50;

/** Where texts come in: dropped, chosen, pasted, or one of the examples. */
export function Intake({ onTexts, small }: IntakeProps) {
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const take = async (files: readonly File[]) => {
    const large = files.filter((f) => f.size > LIMIT).map((f) => `${f.name} (${kibibytes(f.size)})`);
    setRefused(
      files.length > MOST
        ? `${files.length} files are too many at once; choose at most ${MOST}.`
        : large.length > 0
          ? `${kibibytes(LIMIT)} is the most for one document; not taken: ${large.join(", ")}. Write such files into the folder of specifications with hindcast convert.`
          : null,
    );
    if (files.length <= MOST) {
      const kept = files.filter((f) => f.size <= LIMIT);
      const texts = await Promise.all(
        kept.map(async (f) => ({ path: pathOf(f.name), text: await f.text() })),
      );
      if (texts.length > 0) {
        onTexts(texts);
      }
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the buttons inside do the same
    <div
      className={classes.zone}
      data-over={over || undefined}
      data-small={small || undefined}
      data-testid="import-zone"
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        void take([...e.dataTransfer.files]);
      }}
    >
      {!small && (
        <p className={classes.lead}>
          Drop specifications of <strong>OpenSLO</strong>, <strong>Sloth</strong> or <strong>Pyrra</strong>{" "}
          here, up to {kibibytes(LIMIT)} each. Nothing is saved before you have seen what it would change.
        </p>
      )}
      <div className={classes.ways}>
        <FileButton multiple accept=".yaml,.yml,.json,text/plain" onChange={(files) => void take(files)}>
          {(props) => (
            <Button {...props} size="sm" variant={small ? "default" : "filled"} data-testid="import-choose">
              {small ? "Add files" : "Choose files"}
            </Button>
          )}
        </FileButton>
        <Button
          size="sm"
          variant="default"
          onClick={() => onTexts([{ path: "pasted.yaml", text: "" }])}
          data-testid="import-paste"
        >
          Paste a text
        </Button>
        {!small && <Examples onTexts={onTexts} />}
      </div>
      <ErrorText text={refused ?? undefined} />
    </div>
  );
}

function Examples({ onTexts }: { onTexts: (texts: Text[]) => void }): ReactNode {
  return (
    <fieldset className={classes.examples} aria-label="Examples">
      <span>Or try an example:</span>
      {examples.map((e) => (
        <Button
          key={e.path}
          size="compact-sm"
          variant="subtle"
          onClick={() => onTexts([{ path: e.path, text: e.text }])}
          data-testid="import-example"
        >
          {e.label}
        </Button>
      ))}
    </fieldset>
  );
}
