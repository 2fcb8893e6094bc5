import { Button, NativeSelect } from "@mantine/core";
import { InstantField } from "@/components/form/InstantField";
import { ZoneField } from "@/components/form/ZoneField";
import { HistoryIcon } from "@/components/icons";
import { useZone } from "@/components/zone";
import type { Patch } from "@/lib/search-params";
import { rfc3339, toField } from "@/lib/time";
import { type SloSearch, windowChoices } from "./search";
import classes from "./ViewPicker.module.css";

interface ViewPickerProps {
  search: SloSearch;
  ownWindow: string;
  onChange: (patch: Patch<SloSearch>) => void;
}

/** Which window, and as of when. Changing either shows the whole window again. */
export function ViewPicker({ search, ownWindow, onChange }: ViewPickerProps) {
  const zone = useZone();
  const calendar = windowChoices.find((w) => w.value === search.window)?.input.calendar;
  const asOf = search.asOf ? new Date(search.asOf) : null;
  const whole = { from: undefined, to: undefined };
  return (
    <div className={classes.bar}>
      <NativeSelect
        size="xs"
        label="Window"
        data-testid="window-picker"
        classNames={{ root: classes.field ?? "" }}
        value={search.window ?? ""}
        onChange={(e) => {
          const value = e.currentTarget.value || undefined;
          onChange({ ...whole, window: value, tz: value && search.tz ? search.tz : undefined });
        }}
        data={[
          { value: "", label: `Own: ${ownWindow}` },
          {
            group: "Rolling",
            items: windowChoices
              .filter((w) => !w.input.calendar)
              .map(({ value, label }) => ({ value, label })),
          },
          {
            group: `Calendar (${search.tz ?? zone})`,
            items: windowChoices
              .filter((w) => w.input.calendar)
              .map(({ value, label }) => ({ value, label })),
          },
        ]}
      />
      {calendar && (
        <ZoneField
          size="xs"
          label="Calendar's time zone"
          classNames={{ root: classes.field ?? "" }}
          value={search.tz ?? ""}
          onChange={(e) => onChange({ tz: e.currentTarget.value || undefined })}
          first={[{ value: "", label: `As shown: ${zone}` }]}
        />
      )}
      <InstantField
        label="As of"
        at={asOf}
        data-testid="as-of-picker"
        classNames={{ root: classes.field ?? "" }}
        max={toField(new Date(), zone)}
        onChoose={(at) =>
          onChange({ ...whole, asOf: at && at.getTime() < Date.now() ? rfc3339(at) : undefined })
        }
      />
      {asOf && (
        <Button
          size="xs"
          variant="light"
          leftSection={<HistoryIcon size={13} />}
          onClick={() => onChange({ ...whole, asOf: undefined })}
        >
          Back to now
        </Button>
      )}
    </div>
  );
}
