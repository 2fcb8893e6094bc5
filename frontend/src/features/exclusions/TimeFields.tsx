import { NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { Group, Row } from "@/components/form/Form";
import { ZoneField } from "@/components/form/ZoneField";
import { humanSeconds } from "@/lib/duration";
import classes from "./fields.module.css";
import { type ExclusionForm, type FieldErrors, lengthOf } from "./form";

interface TimeFieldsProps {
  form: ExclusionForm;
  errors: FieldErrors;
  onChange: (patch: Partial<ExclusionForm>) => void;
}

/** When it is for the first time, and how long. */
export function TimeFields({ form, errors, onChange }: TimeFieldsProps) {
  const length = lengthOf(form);
  return (
    <Group title="When">
      <Row>
        <TextInput
          type="datetime-local"
          label="Start"
          value={form.start}
          error={errors.start}
          onChange={(e) => onChange({ start: e.currentTarget.value })}
          data-testid="exclusion-start"
        />
        <ZoneField
          label="Time zone"
          value={form.zone}
          error={errors.zone}
          onChange={(e) => onChange({ zone: e.currentTarget.value })}
          data-testid="exclusion-zone"
        />
      </Row>
      <div className={classes.length}>
        <SegmentedControl
          size="xs"
          aria-label="Write the length or the end"
          className={classes.switch ?? ""}
          value={form.by}
          onChange={(by) => onChange({ by: by === "end" ? "end" : "length" })}
          data={[
            { value: "length", label: "Length" },
            { value: "end", label: "End" },
          ]}
        />
        {form.by === "length" ? (
          <>
            <TextInput
              label="Lasts"
              inputMode="decimal"
              value={form.length}
              error={errors.length}
              onChange={(e) => onChange({ length: e.currentTarget.value })}
              data-testid="exclusion-length"
            />
            <NativeSelect
              label="Unit"
              value={form.unit}
              onChange={(e) => onChange({ unit: e.currentTarget.value as ExclusionForm["unit"] })}
              data={[
                { value: "m", label: "minutes" },
                { value: "h", label: "hours" },
                { value: "d", label: "days" },
              ]}
            />
          </>
        ) : (
          <TextInput
            type="datetime-local"
            className={classes.end ?? ""}
            label="End"
            description={length ? `${humanSeconds(length)} long` : undefined}
            value={form.end}
            error={errors.length}
            onChange={(e) => onChange({ end: e.currentTarget.value })}
            data-testid="exclusion-end"
          />
        )}
      </div>
    </Group>
  );
}
