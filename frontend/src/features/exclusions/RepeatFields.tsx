import { Chip, NativeSelect, TextInput } from "@mantine/core";
import { Group, Hint, Row } from "@/components/form/Form";
import classes from "./fields.module.css";
import { type Repeat, repeatText, weekdayOf, weekdays } from "./recurrence";

interface RepeatFieldsProps {
  repeat: Repeat;
  /** The first occurrence, as its field has it. */
  start: string;
  error: string | undefined;
  onChange: (repeat: Repeat) => void;
}

const units = { daily: "days", weekly: "weeks", monthly: "months" } as const;

/** How it repeats. */
export function RepeatFields({ repeat, start, error, onChange }: RepeatFieldsProps) {
  const set = (patch: Partial<Repeat>) => onChange({ ...repeat, ...patch });
  const { code, long, nth, day } = weekdayOf(start);
  const words = repeatText(repeat, start);
  const regular = repeat.every !== "once" && repeat.every !== "custom";
  return (
    <Group title="Repeats">
      <Row>
        <NativeSelect
          label="How often"
          value={repeat.every}
          error={regular || repeat.every === "custom" ? undefined : error}
          onChange={(e) => {
            const every = e.currentTarget.value as Repeat["every"];
            set({ every, ...(every === "weekly" && repeat.days.length === 0 ? { days: [code] } : {}) });
          }}
          data={[
            { value: "once", label: "Once" },
            { value: "daily", label: "Daily" },
            { value: "weekly", label: "Weekly" },
            { value: "monthly", label: "Monthly" },
            { value: "custom", label: "By a rule (RRULE)" },
          ]}
          data-testid="repeat"
        />
        {regular && (
          <TextInput
            label={`Every so many ${units[repeat.every as keyof typeof units]}`}
            inputMode="numeric"
            value={repeat.interval}
            error={error}
            onChange={(e) => set({ interval: e.currentTarget.value })}
          />
        )}
        {repeat.every === "monthly" && (
          <NativeSelect
            label="On"
            value={repeat.monthly}
            onChange={(e) => set({ monthly: e.currentTarget.value as Repeat["monthly"] })}
            data={[
              { value: "date", label: `day ${day}` },
              { value: "weekday", label: `${long} number ${nth}` },
              { value: "last", label: `the last ${long}` },
            ]}
          />
        )}
      </Row>
      {repeat.every === "weekly" && (
        <Chip.Group multiple value={repeat.days} onChange={(days) => set({ days })}>
          <fieldset className={classes.days} aria-label="Days of the week">
            {weekdays.map((d) => (
              <Chip key={d.code} value={d.code} size="xs" aria-label={d.long}>
                {d.short}
              </Chip>
            ))}
          </fieldset>
        </Chip.Group>
      )}
      {repeat.every === "custom" && (
        <TextInput
          label="Rule"
          description="RFC 5545, hourly or slower."
          placeholder="FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"
          value={repeat.custom}
          error={error}
          onChange={(e) => set({ custom: e.currentTarget.value })}
          data-testid="rrule"
        />
      )}
      {regular && (
        <Row>
          <NativeSelect
            label="Ends"
            value={repeat.ends}
            onChange={(e) => set({ ends: e.currentTarget.value as Repeat["ends"] })}
            data={[
              { value: "never", label: "never" },
              { value: "on", label: "on a day" },
              { value: "after", label: "after so many" },
            ]}
          />
          {repeat.ends === "on" && (
            <TextInput
              type="date"
              label="Last day"
              value={repeat.until}
              onChange={(e) => set({ until: e.currentTarget.value })}
            />
          )}
          {repeat.ends === "after" && (
            <TextInput
              label="Times"
              inputMode="numeric"
              value={repeat.count}
              onChange={(e) => set({ count: e.currentTarget.value })}
            />
          )}
        </Row>
      )}
      {regular && (
        <Hint testId="repeat-text">
          {words[0]?.toUpperCase()}
          {words.slice(1)}, at the same time of day also when clocks change.
        </Hint>
      )}
    </Group>
  );
}
