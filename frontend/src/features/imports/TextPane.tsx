import { useRef } from "react";
import { lineCount, lineSpan } from "./drafts";
import classes from "./TextPane.module.css";

/** A line that something is said about. */
export interface Mark {
  line: number;
  tone: "breached" | "risk";
}

interface TextPaneProps {
  text: string;
  label: string;
  marks: readonly Mark[];
  onChange: (text: string) => void;
  /** Told how to bring a line into view and select it. */
  jump: { current: ((line: number) => void) | null };
}

/** Height of a line in pixels, as the style sheet says. */
const LINE = 19;

function numbers(text: string): number[] {
  return Array.from({ length: lineCount(text) }, (_, i) => i + 1);
}

/** A text with numbers beside its lines, to be read and to be edited. */
export function TextPane({ text, label, marks, onChange, jump }: TextPaneProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const tones = new Map(marks.map((m) => [m.line, m.tone]));
  jump.current = (line) => {
    const field = area.current;
    if (field) {
      const { from, to } = lineSpan(field.value, line);
      field.focus();
      field.setSelectionRange(from, to);
      field.scrollTop = Math.max(0, (line - 4) * LINE);
      field.scrollIntoView({ block: "nearest" });
    }
  };
  return (
    <div className={classes.frame}>
      <div className={classes.gutter} ref={gutter} aria-hidden="true">
        {numbers(text).map((n) => (
          <span key={n} data-tone={tones.get(n)}>
            {n}
          </span>
        ))}
      </div>
      <textarea
        ref={area}
        className={classes.text}
        aria-label={label}
        value={text}
        wrap="off"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(e) => onChange(e.currentTarget.value)}
        onScroll={(e) => {
          if (gutter.current) {
            gutter.current.scrollTop = e.currentTarget.scrollTop;
          }
        }}
        data-testid="import-text"
      />
    </div>
  );
}
