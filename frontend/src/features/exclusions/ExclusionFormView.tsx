import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { Form } from "@/components/form/Form";
import type { ExclusionKind } from "@/gql/graphql";
import { exclusionKinds } from "@/lib/words";
import type { ExclusionForm } from "./form";
import { PreviewPanel } from "./PreviewPanel";
import { RepeatFields } from "./RepeatFields";
import { ScopeFields } from "./ScopeFields";
import { TimeFields } from "./TimeFields";
import { type Saved, useExclusionForm } from "./use-exclusion-form";

interface ExclusionFormViewProps {
  initial: ExclusionForm;
  saved: Saved | null;
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** The form of an exclusion, with what it would change below it. */
export function ExclusionFormView({ initial, saved, onClose, onSaved }: ExclusionFormViewProps) {
  const it = useExclusionForm({ initial, saved, onSaved });
  const { form, errors, change, preview } = it;
  return (
    <Form
      name="exclusion"
      it={it}
      save={preview.shown?.needsApproval ? "Save and ask for approval" : "Save"}
      saving={it.saving}
      onSave={it.save}
      onClose={onClose}
    >
      <TextInput
        label="Title"
        placeholder="Database upgrade"
        data-autofocus
        {...it.bind("title")}
        data-testid="exclusion-title"
      />
      <Textarea
        label="Reason"
        description="Why this time does not count. It is read when somebody questions a figure."
        placeholder="Announced on the status page on Monday; customers agreed in the contract, section 4."
        rows={2}
        {...it.bind("reason")}
        data-testid="exclusion-reason"
      />
      <NativeSelect
        label="Kind"
        value={form.kind}
        onChange={(e) => change({ kind: e.currentTarget.value as ExclusionKind })}
        data={Object.entries(exclusionKinds).map(([value, k]) => ({
          value,
          label: `${k.label}: ${k.meaning}`,
        }))}
      />
      <ScopeFields
        form={form}
        error={errors.scope}
        covers={preview.shown?.covers ?? null}
        onChange={change}
      />
      <TimeFields form={form} errors={errors} onChange={change} />
      <RepeatFields
        repeat={form.repeat}
        start={form.start}
        error={errors.repeat}
        onChange={(repeat) => change({ repeat })}
      />
      <PreviewPanel preview={preview.shown} asking={preview.asking} error={preview.error} />
    </Form>
  );
}
