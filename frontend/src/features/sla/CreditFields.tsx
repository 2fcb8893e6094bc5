import { ActionIcon, Button, TextInput } from "@mantine/core";
import { CrossIcon } from "@/components/icons";
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
  const put = (key: number, patch: Partial<CreditField>) =>
    onChange(credits.map((c) => (c.key === key ? { ...c, ...patch } : c)));
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
  const next = Math.max(-1, ...credits.map((c) => c.key)) + 1;
  return (
    <fieldset className={classes.group}>
      <legend>Credits</legend>
      <p className={classes.hint}>
        The lowest band that lies above what was achieved applies. Nothing is due while too little was
        measured to tell.
      </p>
      <div className={classes.rows}>
        {credits.map((c, i) => (
          <fieldset key={c.key} className={classes.credit} aria-label={`Credit ${i + 1}`}>
            <TextInput label="Below, %" placeholder={target || "99.5"} {...bind(c, "below")} />
            <TextInput label="Credit, %" placeholder="10" {...bind(c, "credit")} />
            <p className={classes.worth}>{worthText(c, customers)}</p>
            <ActionIcon
              variant="subtle"
              color="gray"
              className={classes.remove}
              aria-label={`Remove credit ${i + 1}`}
              onClick={() => onChange(credits.filter((x) => x.key !== c.key))}
            >
              <CrossIcon size={14} />
            </ActionIcon>
          </fieldset>
        ))}
      </div>
      <Button
        size="compact-sm"
        variant="default"
        className={classes.add ?? ""}
        disabled={credits.length >= 100}
        onClick={() =>
          onChange([...credits, { key: next, below: credits.length === 0 ? target : "", credit: "" }])
        }
        data-testid="sla-credit-add"
      >
        Add a band
      </Button>
    </fieldset>
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
