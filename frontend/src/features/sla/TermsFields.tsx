import { Checkbox, TextInput } from "@mantine/core";
import type { ExclusionKind } from "@/gql/graphql";
import type { SlaForm } from "./form";
import type { FormErrors } from "./form-errors";
import classes from "./SlaFormView.module.css";
import { kindWords } from "./words";

interface TermsFieldsProps {
  form: SlaForm;
  errors: FormErrors;
  onChange: (patch: Partial<SlaForm>) => void;
  onTouch: (place: string) => void;
}

const kinds: readonly ExclusionKind[] = ["MAINTENANCE", "DEPENDENCY", "MEASUREMENT", "OTHER"];

/** Which exclusions the contract lets count. */
export function TermsFields({ form, errors, onChange, onTouch }: TermsFieldsProps) {
  return (
    <fieldset className={classes.group}>
      <legend>Exclusions</legend>
      <Checkbox
        label="Exclusions count"
        description="Without it, what was measured is what was achieved, whatever was announced."
        checked={form.exclusions}
        onChange={(e) => onChange({ exclusions: e.currentTarget.checked })}
      />
      {form.exclusions && (
        <>
          <Checkbox.Group
            label="Of these kinds"
            description="None chosen: of every kind."
            value={form.kinds}
            onChange={(chosen) => onChange({ kinds: kinds.filter((k) => chosen.includes(k)) })}
          >
            <div className={classes.pair}>
              {kinds.map((k) => (
                <Checkbox key={k} value={k} label={kindWords[k]} mt={6} />
              ))}
            </div>
          </Checkbox.Group>
          <div className={classes.pair}>
            <TextInput
              label="Made known before they begin"
              placeholder="48h"
              value={form.notice}
              error={errors.notice}
              onChange={(e) => onChange({ notice: e.currentTarget.value })}
              onBlur={() => onTouch("notice")}
            />
            <TextInput
              label="At most, in a period"
              placeholder="8h"
              value={form.most}
              error={errors.most}
              onChange={(e) => onChange({ most: e.currentTarget.value })}
              onBlur={() => onTouch("most")}
            />
          </div>
        </>
      )}
    </fieldset>
  );
}
