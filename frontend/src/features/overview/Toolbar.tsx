import { Button, Kbd, NativeSelect, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { SearchIcon } from "@/components/icons";
import type { Patch } from "@/lib/search-params";
import type { Row } from "./row";
import type { OverviewSearch, Sort } from "./search";
import classes from "./Toolbar.module.css";

interface ToolbarProps {
  rows: readonly Row[];
  search: OverviewSearch;
  shown: number;
  onChange: (patch: Patch<OverviewSearch>) => void;
}

const sorts: { value: Sort; label: string }[] = [
  { value: "burn", label: "What burns first" },
  { value: "remaining", label: "Least budget first" },
  { value: "name", label: "By name" },
];

/** Search, team, service and order. */
export function Toolbar({ rows, search, shown, onChange }: ToolbarProps) {
  const field = useRef<HTMLInputElement>(null);
  const focus = () => field.current?.focus();
  // On many keyboards the slash takes Shift.
  useHotkeys([
    ["/", focus],
    ["shift+/", focus],
  ]);
  const teams = [...new Set(rows.map((r) => r.team).filter((t) => t !== null))].toSorted();
  const services = [...new Map(rows.map((r) => [r.service.name, r.service.title]))].toSorted((a, b) =>
    a[1].localeCompare(b[1]),
  );
  return (
    <search className={classes.bar}>
      <TextInput
        ref={field}
        className={classes.search}
        size="sm"
        type="search"
        aria-label="Search objectives"
        placeholder="Search name, service, team"
        leftSection={<SearchIcon size={15} />}
        rightSection={<Kbd size="xs">/</Kbd>}
        data-testid="search"
        defaultValue={search.q ?? ""}
        onChange={(e) => onChange({ q: e.currentTarget.value || undefined })}
        onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
      />
      <NativeSelect
        size="sm"
        aria-label="Team"
        value={search.team ?? ""}
        onChange={(e) => onChange({ team: e.currentTarget.value || undefined })}
        data={[{ value: "", label: "All teams" }, ...teams.map((t) => ({ value: t, label: t }))]}
      />
      <NativeSelect
        size="sm"
        aria-label="Service"
        value={search.service ?? ""}
        onChange={(e) => onChange({ service: e.currentTarget.value || undefined })}
        data={[{ value: "", label: "All services" }, ...services.map(([value, label]) => ({ value, label }))]}
      />
      <NativeSelect
        size="sm"
        aria-label="Order"
        value={search.sort ?? "burn"}
        onChange={(e) =>
          onChange({
            sort: sorts.find((s) => s.value === e.currentTarget.value && s.value !== "burn")?.value,
          })
        }
        data={sorts}
      />
      <Button
        size="sm"
        variant="default"
        data-testid="nav-import"
        renderRoot={(props) => <Link to="/import" search={{}} {...props} />}
      >
        Import
      </Button>
      <span className={classes.count} role="status">
        {shown === rows.length ? `${shown} SLOs` : `${shown} of ${rows.length} SLOs`}
      </span>
    </search>
  );
}
