import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ActorLine } from "@/components/ActorLine";
import type { ExclusionKind } from "@/gql/graphql";
import classes from "./ExclusionFormView.module.css";
import type { ExclusionForm } from "./form";
import { PreviewPanel } from "./PreviewPanel";
import { RepeatFields } from "./RepeatFields";
import { ScopeFields } from "./ScopeFields";
import { kinds } from "./search";
import { TimeFields } from "./TimeFields";
import { useExclusionForm } from "./use-exclusion-form";

interface ExclusionFormViewProps {
  initial: ExclusionForm;
  saved: { id: string; name: string } | null;
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** The form of an exclusion, with what it would change below it. */
export function ExclusionFormView({ initial, saved, onClose, onSaved }: ExclusionFormViewProps) {
  const [start] = useState(initial); // what is edited does not change under the reader's hands
  const it = useExclusionForm({ initial: start, saved, onSaved });
  const { form, errors, change } = it;
  const leaving = useBlocker({
    shouldBlockFn: () => it.dirty && !it.saving,
    enableBeforeUnload: () => it.dirty,
    withResolver: true,
  });
  const root = useRef<HTMLFormElement>(null);
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
        it.save();
      }}
      data-testid="exclusion-form"
    >
      <TextInput
        label="Title"
        placeholder="Database upgrade"
        data-autofocus
        value={form.title}
        error={errors.title}
        onChange={(e) => change({ title: e.currentTarget.value })}
        data-testid="exclusion-title"
      />
      <Textarea
        label="Reason"
        description="Why this time does not count. It is read when somebody questions a figure."
        placeholder="Announced on the status page on Monday; customers agreed in the contract, section 4."
        rows={2}
        value={form.reason}
        error={errors.reason}
        onChange={(e) => change({ reason: e.currentTarget.value })}
        data-testid="exclusion-reason"
      />
      <NativeSelect
        label="Kind"
        value={form.kind}
        onChange={(e) => change({ kind: e.currentTarget.value as ExclusionKind })}
        data={Object.entries(kinds).map(([value, k]) => ({ value, label: `${k.label}: ${k.meaning}` }))}
      />
      <ScopeFields
        form={form}
        error={errors.scope}
        covers={it.preview.shown?.covers ?? null}
        onChange={change}
      />
      <TimeFields form={form} errors={errors} onChange={change} />
      <RepeatFields
        repeat={form.repeat}
        start={form.start}
        error={errors.repeat}
        onChange={(repeat) => change({ repeat })}
      />
      <PreviewPanel preview={it.preview.shown} asking={it.preview.asking} trouble={it.preview.trouble} />
      <div className={classes.footer}>
        {leaving.status === "blocked" ? (
          <div role="alertdialog" aria-label="Unsaved changes" className={classes.actions}>
            <span className={classes.space}>What you wrote is not saved.</span>
            <Button size="xs" variant="default" onClick={leaving.reset} autoFocus>
              Keep editing
            </Button>
            <Button size="xs" variant="default" onClick={leaving.proceed} data-testid="exclusion-discard">
              Discard
            </Button>
          </div>
        ) : (
          <>
            <ActorLine lead="Saved as written by" missing={it.nameless} />
            <div role="status">
              {it.trouble && (
                <p className={classes.trouble}>
                  {it.trouble.detail || `${it.trouble.title}. ${it.trouble.remedy}`}
                </p>
              )}
            </div>
            <div className={classes.actions}>
              <span className={classes.space} />
              <Button variant="default" size="sm" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" size="sm" loading={it.saving} data-testid="exclusion-save">
                {it.preview.shown?.needsApproval ? "Save and ask for approval" : "Save"}
              </Button>
            </div>
          </>
        )}
      </div>
    </form>
  );
}
