import { useQuery } from "@apollo/client/react";
import { MultiSelect, TagsInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Group, Hint } from "@/components/form/Form";
import { titleOf } from "@/lib/words";
import { ScopeChoicesDocument } from "./documents";
import type { ExclusionForm } from "./form";
import { objectives } from "./words";

interface ScopeFieldsProps {
  form: ExclusionForm;
  error: string | undefined;
  covers: number | null;
  onChange: (patch: Partial<ExclusionForm>) => void;
}

/** What is excluded: objectives, whole services, or everything with some labels. */
export function ScopeFields({ form, error, covers, onChange }: ScopeFieldsProps) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 250);
  const { data, previousData } = useQuery(ScopeChoicesDocument, { variables: { search: search || null } });
  const found = (data ?? previousData)?.slos.nodes ?? [];
  const named = new Map(found.map((s) => [s.name, titleOf(s)]));
  const services = new Map((data ?? previousData)?.services.nodes.map((s) => [s.name, titleOf(s)]));
  const labels = new Set(
    found.flatMap((s) => s.labels.flatMap((l) => l.values.map((v) => `${l.name}=${v}`))),
  );
  return (
    <Group title="What is excluded">
      <MultiSelect
        label="Objectives"
        placeholder={form.slos.length === 0 ? "Search by name" : ""}
        searchable
        data={choices(named, form.slos)}
        value={form.slos}
        error={error}
        onChange={(slos) => onChange({ slos })}
        onSearchChange={setTyped}
        nothingFoundMessage="No objective has that name"
        data-testid="scope-slos"
      />
      <MultiSelect
        label="Services, with all of their objectives"
        placeholder={form.services.length === 0 ? "Search by name" : ""}
        searchable
        data={choices(services, form.services)}
        value={form.services}
        onChange={(chosen) => onChange({ services: chosen })}
        nothingFoundMessage="No service has that name"
        data-testid="scope-services"
      />
      <TagsInput
        label="Objectives with all of these labels"
        placeholder={form.labels.length === 0 ? "team=payments" : ""}
        data={[...labels].toSorted()}
        value={form.labels}
        onChange={(chosen) => onChange({ labels: chosen })}
        data-testid="scope-labels"
      />
      <div role="status" data-testid="covers" data-value={covers ?? ""}>
        <Hint>
          {covers === null ? "Objectives, services and labels add up." : `Covers ${objectives(covers)}.`}
        </Hint>
      </div>
    </Group>
  );
}

/** Choices with what is chosen among them, also when the search does not find it. */
function choices(found: ReadonlyMap<string, string>, chosen: readonly string[]) {
  const all = new Map([...chosen.map((c): [string, string] => [c, c]), ...found]);
  return [...all].map(([value, label]) => ({ value, label }));
}
