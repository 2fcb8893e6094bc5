import { MultiSelect, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { Form, Group, Row } from "@/components/form/Form";
import { ZoneField } from "@/components/form/ZoneField";
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
  etag: string | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}

type TextField = "displayName" | "name" | "description" | "service" | "targetPercent" | "timeZone";

/** The form of an agreement: what is promised, to whom, and what is due if it is not kept. */
export function SlaFormView({ initial, id, etag, taken, onClose, onSaved }: SlaFormViewProps) {
  const it = useSlaForm({ initial, id, etag, taken, onSaved });
  const { form, errors } = it;
  const bind = (field: TextField) => ({ ...it.bind(field), "data-testid": `sla-${field}` });
  return (
    <Form
      name="sla"
      it={it}
      save={id === null ? "Make the agreement" : "Save"}
      saving={it.saving}
      onSave={it.save}
      onClose={onClose}
    >
      <TextInput label="Title" placeholder="Shop, gold" data-autofocus {...bind("displayName")} />
      <Row>
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
      </Row>
      <Textarea label="Description" rows={2} {...bind("description")} />

      <Group title="What is promised">
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
        <Row>
          <TextInput label="Target, %" placeholder="99.5" inputMode="decimal" {...bind("targetPercent")} />
          <NativeSelect
            label="Period"
            data={periodChoices.map(({ value, label }) => ({ value, label }))}
            value={form.period}
            error={errors.period}
            onChange={(e) => it.change({ period: e.currentTarget.value })}
            data-testid="sla-period-field"
          />
          <ZoneField label="Time zone" {...bind("timeZone")} />
        </Row>
      </Group>

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
      <TermsFields it={it} />
    </Form>
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
