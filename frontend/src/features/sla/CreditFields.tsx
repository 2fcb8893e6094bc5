import { TextInput } from "@mantine/core";
import { Group, Hint } from "@/components/form/Form";
import { AddRow, nextKey, RemoveRow, withRow } from "@/components/form/rows";
import { isDecimal, minorUnits, money, shareOf } from "@/lib/decimal";
import { type CreditField, type CustomerField, rowPlace } from "./form";
import type { FormErrors } from "./form-errors";
import classes from "./SlaFormView.module.css";

interface CreditFieldsProps {
  credits: readonly CreditField[];
  customers: readonly CustomerField[];
  target: string;
  errors: FormErrors;
  onChange: (credits: CreditField[]) => void;
  onTouch: (place: string) => void;
}

/** Bands of credits, each with what it would be worth to the customers above. */
export function CreditFields({ credits, customers, target, errors, onChange, onTouch }: CreditFieldsProps) {
  const put = (key: number, patch: Partial<CreditField>) => onChange(withRow(credits, key, patch));
  const bind = (c: CreditField, part: "below" | "credit") => {
    const place = rowPlace("credits", c.key, part);
    return {
      value: c[part],
      error: errors[place],
      inputMode: "decimal" as const,
      // What is typed here is judged at once: a band depends on the others.
      onChange: (e: { currentTarget: { value: string } }) => {
        put(c.key, { [part]: e.currentTarget.value });
        onTouch(place);
      },
      onBlur: () => onTouch(place),
      "data-testid": `sla-credit-${part}`,
    };
  };
  return (
    <Group title="Credits">
      <Hint>
        The lowest band that lies above what was achieved applies. Nothing is due while too little was
        measured to tell.
      </Hint>
      <div className={classes.rows}>
        {credits.map((c, i) => (
          <fieldset key={c.key} className={classes.credit} aria-label={`Credit ${i + 1}`}>
            <TextInput label="Below, %" placeholder={target || "99.5"} {...bind(c, "below")} />
            <TextInput label="Credit, %" placeholder="10" {...bind(c, "credit")} />
            <p className={classes.worth}>{worthText(c, customers)}</p>
            <RemoveRow
              label={`credit ${i + 1}`}
              labelled
              onRemove={() => onChange(credits.filter((x) => x.key !== c.key))}
            />
          </fieldset>
        ))}
      </div>
      <AddRow
        label="Add a band"
        disabled={credits.length >= 100}
        onAdd={() =>
          onChange([
            ...credits,
            { key: nextKey(credits), below: credits.length === 0 ? target : "", credit: "" },
          ])
        }
        testId="sla-credit-add"
      />
    </Group>
  );
}

/** What a band would pay: 120.00 EUR to acme; "" while a part of it is missing. */
export function worthText(credit: CreditField, customers: readonly CustomerField[]): string {
  const percent = credit.credit.trim();
  if (!isDecimal(percent)) {
    return "";
  }
  return customers
    .filter((c) => isDecimal(c.fee.trim()) && c.name.trim() !== "")
    .slice(0, 3)
    .map(
      (c) =>
        `${money(shareOf(c.fee.trim(), percent, minorUnits(c.currency.trim())), c.currency.trim())} to ${c.name.trim()}`,
    )
    .join(", ");
}
