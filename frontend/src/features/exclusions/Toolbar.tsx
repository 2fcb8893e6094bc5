import { ActionIcon, Button, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { ChevronIcon, SearchIcon } from "@/components/icons";
import { OnlyButton } from "@/components/OnlyButton";
import type { ApprovalState, ExclusionKind } from "@/gql/graphql";
import { addMonths, monthName } from "@/lib/calendar";
import type { Patch } from "@/lib/search-params";
import { exclusionKinds } from "@/lib/words";
import { type ExclusionsSearch, states } from "./search";
import classes from "./Toolbar.module.css";

interface ToolbarProps {
  search: ExclusionsSearch;
  month: string;
  present: string;
  onChange: (patch: Patch<ExclusionsSearch>) => void;
}

/** Which month, how it is shown, and what of it. */
export function Toolbar({ search, month, present, onChange }: ToolbarProps) {
  const go = (to: string) => onChange({ month: to === present ? undefined : to });
  const find = useDebouncedCallback((text: string) => onChange({ search: text || undefined }), 200);
  return (
    <div className={classes.bar}>
      <div className={classes.month}>
        <ActionIcon
          variant="default"
          size="md"
          aria-label="Month before"
          onClick={() => go(addMonths(month, -1))}
        >
          <span className={classes.back}>
            <ChevronIcon size={14} />
          </span>
        </ActionIcon>
        <h2 className={classes.name} aria-live="polite" data-testid="month-name">
          {monthName(month)}
        </h2>
        <ActionIcon
          variant="default"
          size="md"
          aria-label="Month after"
          onClick={() => go(addMonths(month, 1))}
          data-testid="month-next"
        >
          <ChevronIcon size={14} />
        </ActionIcon>
        <Button size="compact-sm" variant="subtle" disabled={month === present} onClick={() => go(present)}>
          Today
        </Button>
      </div>
      <SegmentedControl
        size="xs"
        aria-label="How the month is shown"
        value={search.view ?? "month"}
        onChange={(v) => onChange({ view: v === "list" ? "list" : undefined })}
        data={[
          { value: "month", label: "Month" },
          { value: "list", label: "List" },
        ]}
        data-testid="exclusions-view"
      />
      <div className={classes.filters}>
        {search.slo && (
          <OnlyButton what={search.slo} testId="filter-slo" onClear={() => onChange({ slo: undefined })} />
        )}
        {search.service && (
          <OnlyButton what={search.service} onClear={() => onChange({ service: undefined })} />
        )}
        <TextInput
          size="xs"
          aria-label="Search exclusions"
          placeholder="Search"
          leftSection={<SearchIcon size={13} />}
          defaultValue={search.search ?? ""}
          onChange={(e) => find(e.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          aria-label="Kind"
          value={search.kind ?? ""}
          onChange={(e) =>
            onChange({ kind: (e.currentTarget.value || undefined) as ExclusionKind | undefined })
          }
          data={[
            { value: "", label: "Every kind" },
            ...Object.entries(exclusionKinds).map(([value, k]) => ({ value, label: k.label })),
          ]}
        />
        <NativeSelect
          size="xs"
          aria-label="State"
          value={search.state ?? ""}
          onChange={(e) =>
            onChange({ state: (e.currentTarget.value || undefined) as ApprovalState | undefined })
          }
          data={[
            { value: "", label: "Every state" },
            ...Object.entries(states).map(([value, s]) => ({ value, label: s.label })),
          ]}
        />
      </div>
    </div>
  );
}
