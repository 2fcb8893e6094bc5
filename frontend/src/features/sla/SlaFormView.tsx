import { Button, MultiSelect, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState } from "react";
import { ActorField } from "@/components/ActorField";
import type { SlaCombination } from "@/gql/graphql";
import { CreditFields } from "./CreditFields";
import { CustomerFields } from "./CustomerFields";
import type { SlaForm } from "./form";
import classes from "./SlaFormView.module.css";
import { TermsFields } from "./TermsFields";
import { useSlaForm } from "./use-sla-form";
import { combinations, periodChoices } from "./words";

interface SlaFormViewProps {
  initial: SlaForm;
  id: string | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}

type TextField = "displayName" | "name" | "description" | "service" | "targetPercent" | "timeZone";

/** The form of an agreement: what is promised, to whom, and what is due if it is not kept. */
export function SlaFormView({ initial, id, taken, onClose, onSaved }: SlaFormViewProps) {
  const [start] = useState(initial); // what is edited does not change under the reader's hands
  const it = useSlaForm({ initial: start, id, taken, onSaved });
  const { form, errors } = it;
  const leaving = useBlocker({
    shouldBlockFn: () => it.dirty,
    enableBeforeUnload: () => it.dirty,
    withResolver: true,
  });
  const root = useFirstWrongField(it.attempts);
  const zones = useId();
  const bind = (field: TextField) => ({
    value: form[field],
    error: errors[field],
    onBlur: () => it.touch(field),
    onChange: (e: { currentTarget: { value: string } }) => it.change({ [field]: e.currentTarget.value }),
    "data-testid": `sla-${field}`,
  });
  return (
    <form
      ref={root}
      className={classes.form}
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        it.save();
      }}
      data-testid="sla-form"
    >
      <TextInput label="Title" placeholder="Shop, gold" data-autofocus {...bind("displayName")} />
      <div className={classes.pair}>
        <TextInput
          label="Name"
          description={id === null ? "It stays: addresses use it." : "The name stays: addresses use it."}
          placeholder="shop-gold"
          readOnly={id !== null}
          {...bind("name")}
        />
        <TextInput
          label="Service"
          description="Leave it empty if it is about several."
          placeholder="checkout"
          {...bind("service")}
        />
      </div>
      <Textarea label="Description" rows={2} {...bind("description")} />

      <fieldset className={classes.group}>
        <legend>What is promised</legend>
        <MultiSelect
          label="Objectives"
          description="Their measurement counts; the target below is the agreement's own."
          placeholder={form.streams.length === 0 ? "Search by name" : ""}
          searchable
          searchValue={it.streams.search}
          onSearchChange={it.streams.setSearch}
          filter={({ options }) => options}
          data={withChosen(it.streams.options, form.streams)}
          value={form.streams}
          error={errors.streams}
          onChange={(streams) => it.change({ streams })}
          onBlur={() => it.touch("streams")}
          nothingFoundMessage="No objective is called like this"
          comboboxProps={{ withinPortal: false }}
          openOnFocus={false}
          withScrollArea={false}
          classNames={{ dropdown: classes.dropdown ?? "" }}
          clearButtonProps={{ "aria-label": "Remove all objectives" }}
          data-testid="sla-streams-field"
        />
        {form.streams.length > 1 && (
          <NativeSelect
            label="Several streams"
            description={combinations[form.combination].meaning}
            data={Object.entries(combinations).map(([value, c]) => ({ value, label: c.label }))}
            value={form.combination}
            error={errors.combination}
            onChange={(e) => it.change({ combination: e.currentTarget.value as SlaCombination })}
          />
        )}
        <div className={classes.triple}>
          <TextInput label="Target, %" placeholder="99.5" inputMode="decimal" {...bind("targetPercent")} />
          <NativeSelect
            label="Period"
            data={periodChoices.map(({ value, label }) => ({ value, label }))}
            value={form.period}
            error={errors.period}
            onChange={(e) => it.change({ period: e.currentTarget.value })}
            data-testid="sla-period-field"
          />
          <TextInput label="Time zone" list={zones} {...bind("timeZone")} />
          <datalist id={zones}>
            {["UTC", ...Intl.supportedValuesOf("timeZone")].map((z) => (
              <option key={z} value={z} />
            ))}
          </datalist>
        </div>
      </fieldset>

      <CustomerFields
        customers={form.customers}
        errors={errors}
        onChange={(customers) => it.change({ customers })}
        onTouch={it.touch}
      />
      <CreditFields
        credits={form.credits}
        customers={form.customers}
        target={form.targetPercent.trim()}
        errors={errors}
        onChange={(credits) => it.change({ credits })}
        onTouch={it.touch}
      />
      <TermsFields form={form} errors={errors} onChange={it.change} onTouch={it.touch} />

      <div className={classes.footer}>
        {leaving.status === "blocked" ? (
          <div role="alertdialog" aria-label="Unsaved changes" className={classes.leave}>
            <span>What you wrote is not saved.</span>
            <Button size="xs" variant="default" onClick={leaving.reset} autoFocus>
              Keep editing
            </Button>
            <Button size="xs" variant="default" onClick={leaving.proceed} data-testid="sla-discard">
              Discard
            </Button>
          </div>
        ) : (
          <>
            <ActorField required={it.attempts > 0} />
            <div role="status">
              {it.trouble && (
                <p className={classes.trouble} data-testid="sla-trouble">
                  {it.trouble.detail || `${it.trouble.title}. ${it.trouble.remedy}`}
                </p>
              )}
            </div>
            <div className={classes.actions}>
              <span className={classes.space} />
              <Button variant="default" size="sm" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" size="sm" loading={it.saving} data-testid="sla-save">
                {id === null ? "Make the agreement" : "Save"}
              </Button>
            </div>
          </>
        )}
      </div>
    </form>
  );
}

/** Options with those that are chosen but not among what was searched for. */
function withChosen(options: readonly { value: string; label: string }[], chosen: readonly string[]) {
  const known = new Set(options.map((o) => o.value));
  return [
    ...options,
    ...chosen.filter((c) => !known.has(c)).map((value) => ({ value, label: value.replace(/\/$/, "") })),
  ];
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
