import { NativeSelect, type NativeSelectProps } from "@mantine/core";

const zones = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((z) => z !== "UTC")];

interface ZoneFieldProps extends Omit<NativeSelectProps, "data"> {
  value: string;
  /** Choices that are no names of zones, before them. */
  first?: { value: string; label: string }[];
}

/** Chooses a time zone; one that this browser does not know stays among the choices. */
export function ZoneField({ value, first = [], ...field }: ZoneFieldProps) {
  const known = zones.includes(value) || first.some((f) => f.value === value);
  return <NativeSelect value={value} data={[...first, ...(known ? [] : [value]), ...zones]} {...field} />;
}
