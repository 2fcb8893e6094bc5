import { NativeSelect } from "@mantine/core";
import { useZoneChoice, useZonePreference } from "@/components/zone";
import { zoneName } from "@/lib/time";
import classes from "./ZonePicker.module.css";

/** The time zone in which every instant on the page is shown. */
export function ZonePicker() {
  const preference = useZonePreference();
  const choice = useZoneChoice();
  const zones = Intl.supportedValuesOf("timeZone");
  return (
    <NativeSelect
      size="xs"
      variant="unstyled"
      aria-label="Time zone of all times shown"
      title="Time zone of all times shown"
      classNames={{ root: classes.root ?? "", input: classes.input ?? "" }}
      value={choice}
      onChange={(e) => preference.choose(e.currentTarget.value)}
      data={[
        { value: "browser", label: `Local: ${zoneName("browser")}` },
        { value: "UTC", label: "UTC" },
        { group: "Elsewhere", items: zones.filter((z) => z !== "UTC") },
      ]}
    />
  );
}
