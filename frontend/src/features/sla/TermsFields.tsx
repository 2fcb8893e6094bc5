import { Checkbox, TextInput } from "@mantine/core";
import { Group, Row } from "@/components/form/Form";
import type { FormState } from "@/components/form/use-form";
import type { ExclusionKind } from "@/gql/graphql";
import type { SlaForm } from "./form";
import { kindWords } from "./words";

const kinds: readonly ExclusionKind[] = ["MAINTENANCE", "DEPENDENCY", "MEASUREMENT", "OTHER"];

/** Which exclusions the contract lets count. */
export function TermsFields({ it }: { it: FormState<SlaForm, string> }) {
  const { form, bind, change } = it;
  return (
    <Group title="Exclusions">
      <Checkbox
        label="Exclusions count"
        description="Without it, what was measured is what was achieved, whatever was announced."
        checked={form.exclusions}
        onChange={(e) => change({ exclusions: e.currentTarget.checked })}
      />
      {form.exclusions && (
        <>
          <Checkbox.Group
            label="Of these kinds"
            description="None chosen: of every kind."
            value={form.kinds}
            onChange={(chosen) => change({ kinds: kinds.filter((k) => chosen.includes(k)) })}
          >
            <Row>
              {kinds.map((k) => (
                <Checkbox key={k} value={k} label={kindWords[k]} mt={6} />
              ))}
            </Row>
          </Checkbox.Group>
          <Row>
            <TextInput label="Made known before they begin" placeholder="48h" {...bind("notice")} />
            <TextInput label="At most, in a period" placeholder="8h" {...bind("most")} />
          </Row>
        </>
      )}
    </Group>
  );
}
