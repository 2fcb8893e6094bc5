import { TextInput, type TextInputProps } from "@mantine/core";
import { useZone } from "@/components/zone";
import { fromField, toField, zoneLabel } from "@/lib/time";

interface InstantFieldProps extends Omit<TextInputProps, "onChange" | "value" | "defaultValue"> {
  label: string;
  at: Date | null;
  /** Told when the field is left or Enter is pressed, and only of another instant; null if it was emptied. */
  onChoose: (at: Date | null) => void;
}

/** An instant in the reader's time zone, chosen as a whole: what is half typed asks for nothing. */
export function InstantField({ label, at, onChoose, ...field }: InstantFieldProps) {
  const zone = useZone();
  const shown = at ? toField(at, zone) : "";
  const choose = (text: string) => {
    const chosen = fromField(text, zone);
    if (text !== shown && (chosen || text === "")) {
      onChoose(chosen);
    }
  };
  return (
    <TextInput
      key={`${shown} ${zone}`}
      size="xs"
      type="datetime-local"
      label={`${label} (${zoneLabel(at ?? new Date(), zone)})`}
      defaultValue={shown}
      onBlur={(e) => choose(e.currentTarget.value)}
      onKeyDown={(e) => e.key === "Enter" && choose(e.currentTarget.value)}
      {...field}
    />
  );
}
