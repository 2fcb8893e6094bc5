import { Button } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { ActorLine } from "@/components/ActorLine";
import { Callout } from "@/components/Callout";
import type { Trouble } from "@/lib/errors";
import classes from "./Form.module.css";
import { Outdated } from "./Outdated";
import { Unsaved } from "./Unsaved";

interface FormProps {
  /** What it makes, for tests: sla-form, sla-save, … */
  name: string;
  it: {
    attempts: number;
    dirty: boolean;
    nameless: boolean;
    trouble: Trouble | null;
    outdated: boolean;
    overwrite: () => void;
  };
  /** What its button says. */
  save: string;
  saving: boolean;
  /** Whether something else is on the way, which saving has to wait for. */
  busy?: boolean;
  onSave: () => void;
  onClose: () => void;
  /** What else there is to say above the buttons. */
  status?: ReactNode;
  /** Other buttons: at the left, and before those that every form has. */
  left?: ReactNode;
  right?: ReactNode;
  children: ReactNode;
}

/**
 * A form in a side sheet, its buttons at the lower edge. The first wrong field
 * has the focus after an attempt to send it, and what is not saved is not lost
 * without a question.
 */
export function Form(props: FormProps) {
  const { name, it, save, saving, busy = false, onSave, onClose, status, left, right, children } = props;
  const leaving = useBlocker({
    shouldBlockFn: () => it.dirty,
    enableBeforeUnload: () => it.dirty,
    withResolver: true,
  });
  const root = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // It may come later than the sheet, which had no field to give the focus to.
    root.current?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
  }, []);
  useEffect(() => {
    if (it.attempts > 0) {
      root.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }, [it.attempts]);
  return (
    <form
      ref={root}
      className={classes.form}
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        onSave();
      }}
      data-testid={`${name}-form`}
    >
      {children}
      <div className={classes.footer}>
        {leaving.status === "blocked" ? (
          <Unsaved name={name} onStay={leaving.reset} onLeave={leaving.proceed} />
        ) : (
          <>
            <ActorLine lead="Saved as written by" missing={it.nameless} />
            <div role="status">
              {status}
              {it.outdated && (
                <Outdated
                  name={name}
                  onOverwrite={() => {
                    it.overwrite();
                    onSave();
                  }}
                />
              )}
              {it.trouble && (
                <Callout tone="breached" testId={`${name}-trouble`}>
                  {it.trouble.detail || `${it.trouble.title}. ${it.trouble.remedy}`}
                </Callout>
              )}
            </div>
            <div className={classes.actions} data-many={Boolean(left) || undefined}>
              {left}
              <span className={classes.space} />
              {right}
              <Button variant="default" size="sm" onClick={onClose} className={classes.cancel ?? ""}>
                Cancel
              </Button>
              <Button type="submit" size="sm" loading={saving} disabled={busy} data-testid={`${name}-save`}>
                {save}
              </Button>
            </div>
          </>
        )}
      </div>
    </form>
  );
}

/** Fields that belong together, under a heading. */
export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

/** Fields beside one another, as many as there is room for. */
export function Row({ children }: { children: ReactNode }) {
  return <div className={classes.row}>{children}</div>;
}

/** What a reader should know about fields, and no field can say. */
export function Hint({ testId, children }: { testId?: string; children: ReactNode }) {
  return (
    <p className={classes.hint} data-testid={testId}>
      {children}
    </p>
  );
}
