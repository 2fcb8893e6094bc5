import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import classes from "./CopyText.module.css";
import { CheckIcon, CopyIcon } from "./icons";

/**
 * Text to be taken elsewhere, with a button that takes it. Shown as text,
 * whatever it holds; what stands after a semicolon begins a line.
 */
export function CopyText({ text, label, testId }: { text: string; label: string; testId?: string }) {
  return (
    <div className={classes.frame}>
      <pre
        className={classes.text}
        data-document={text.includes("\n") || undefined}
        data-testid={testId}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {text.split(/(?<=; )/).map((clause, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: clauses may repeat, and never change their order
          <span key={`${i} ${clause}`} className={classes.clause}>
            {clause}
          </span>
        ))}
      </pre>
      <CopyButton value={text} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : "Copy"}>
            <ActionIcon
              variant="subtle"
              size="sm"
              className={classes.button}
              onClick={copy}
              aria-label={copied ? "Copied" : `Copy ${label}`}
            >
              {copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
