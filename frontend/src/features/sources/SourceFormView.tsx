import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { SourceAuthentication, SourceType } from "@/gql/graphql";
import { AdvancedFields } from "./AdvancedFields";
import type { Bind } from "./bind";
import { advanced, authenticationsOf, type SourceForm, secretCleared } from "./form";
import { SecretFields } from "./SecretFields";
import classes from "./SourceFormView.module.css";
import { TestResult } from "./TestResult";
import { useSourceForm } from "./use-source-form";

interface SourceFormViewProps {
  initial: SourceForm;
  id: string | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** The form of a source: what it is, how to sign in, and what is rarely needed. */
export function SourceFormView({ initial, id, taken, onClose, onSaved }: SourceFormViewProps) {
  const [start] = useState(initial); // what is edited does not change under the reader's hands
  const it = useSourceForm({ initial: start, id, taken, onSaved });
  const { form, errors } = it;
  const leaving = useBlocker({
    shouldBlockFn: () => it.dirty,
    enableBeforeUnload: () => it.dirty,
    withResolver: true,
  });
  const root = useFirstWrongField(it.attempts);
  const bind: Bind = (field) => ({
    value: form[field],
    error: errors[field],
    onBlur: () => it.touch(field),
    onChange: (e) => it.change({ [field]: e.currentTarget.value }),
  });
  const prometheus = form.type === "PROMETHEUS";
  return (
    <form
      ref={root}
      className={classes.form}
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        it.save();
      }}
      data-testid="source-form"
    >
      <NativeSelect
        label="Type"
        data={[
          { value: "PROMETHEUS", label: "Prometheus, Thanos, Mimir, VictoriaMetrics" },
          { value: "ELASTICSEARCH", label: "Elasticsearch" },
        ]}
        value={form.type}
        onChange={(e) => it.change({ type: e.currentTarget.value as SourceType })}
        data-testid="source-type"
      />
      <TextInput
        label="Name"
        description={
          id === null ? "Documents refer to it by this name." : "The name stays, because documents use it."
        }
        placeholder={prometheus ? "shop-prometheus" : "shop-logs"}
        readOnly={id !== null}
        data-autofocus={id === null || undefined}
        data-testid="source-name"
        {...bind("name")}
      />
      <TextInput
        label="Address"
        description="The base address, with the path before /api or the index if there is one."
        placeholder={prometheus ? "https://prometheus.example.com" : "https://elasticsearch.example.com:9200"}
        inputMode="url"
        data-testid="source-url"
        {...bind("url")}
      />
      <NativeSelect
        label="Authentication"
        data={[...authenticationsOf(form.type)]}
        value={form.authentication}
        error={errors.authentication}
        onChange={(e) => it.change({ authentication: e.currentTarget.value as SourceAuthentication })}
        data-testid="source-authentication"
      />
      <SecretFields
        form={form}
        bind={bind}
        cleared={secretCleared(form, id === null ? null : start)}
        onKind={(secretKind) => it.change({ secretKind })}
      />
      <AdvancedFields
        form={form}
        bind={bind}
        opened={advanced.some((field) => errors[field] !== undefined)}
        onChange={it.change}
        error={errors.headers}
      />
      <div className={classes.footer}>
        {leaving.status === "blocked" ? (
          <div
            role="alertdialog"
            aria-label="Unsaved changes"
            className={classes.leave}
            data-testid="source-unsaved"
          >
            <span>What you wrote is not saved.</span>
            <Button size="xs" variant="default" onClick={leaving.reset} autoFocus>
              Keep editing
            </Button>
            <Button size="xs" variant="default" onClick={leaving.proceed} data-testid="source-discard">
              Discard
            </Button>
          </div>
        ) : (
          <>
            <div role="status">
              {it.testing && <p className={classes.asking}>Asking {form.url.trim()} who it is…</p>}
              {it.test && <TestResult test={it.test} />}
              {it.trouble && (
                <p className={classes.trouble} data-testid="source-trouble">
                  {it.trouble.detail || `${it.trouble.title}. ${it.trouble.remedy}`}
                </p>
              )}
            </div>
            <div className={classes.actions}>
              <Button
                variant="default"
                size="sm"
                loading={it.testing && !it.saving}
                onClick={it.tryOut}
                data-testid="source-try"
              >
                Test
              </Button>
              <span className={classes.space} />
              {it.test && !it.test.ok && (
                <Button
                  variant="subtle"
                  size="sm"
                  loading={it.saving}
                  onClick={it.saveAnyway}
                  data-testid="source-save-anyway"
                >
                  Save anyway
                </Button>
              )}
              <Button variant="default" size="sm" onClick={onClose} className={classes.cancel ?? ""}>
                Cancel
              </Button>
              <Button
                type="submit"
                size="sm"
                loading={it.saving}
                disabled={it.testing}
                data-testid="source-save"
              >
                Test and save
              </Button>
            </div>
          </>
        )}
      </div>
    </form>
  );
}

/** A form whose first wrong field has the focus after an attempt to send it; what is typed afterwards does not move it. */
function useFirstWrongField(attempts: number) {
  const root = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (attempts > 0) {
      root.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    }
  }, [attempts]);
  return root;
}
