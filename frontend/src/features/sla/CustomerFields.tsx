import { ActionIcon, Button, TextInput } from "@mantine/core";
import { CrossIcon } from "@/components/icons";
import { type CustomerField, rowPlace } from "./form";
import type { FormErrors } from "./form-errors";
import classes from "./SlaFormView.module.css";

interface CustomerFieldsProps {
  customers: readonly CustomerField[];
  errors: FormErrors;
  onChange: (customers: CustomerField[]) => void;
  onTouch: (place: string) => void;
}

/** To whom it is promised, and what they pay. */
export function CustomerFields({ customers, errors, onChange, onTouch }: CustomerFieldsProps) {
  const put = (key: number, patch: Partial<CustomerField>) =>
    onChange(customers.map((c) => (c.key === key ? { ...c, ...patch } : c)));
  const bind = (c: CustomerField, part: "name" | "displayName" | "fee" | "currency") => {
    const place = rowPlace("customers", c.key, part);
    return {
      value: c[part],
      error: errors[place],
      onBlur: () => onTouch(place),
      onChange: (e: { currentTarget: { value: string } }) => put(c.key, { [part]: e.currentTarget.value }),
      "data-testid": `sla-customer-${part}`,
    };
  };
  const next = Math.max(-1, ...customers.map((c) => c.key)) + 1;
  return (
    <fieldset className={classes.group}>
      <legend>Customers</legend>
      <p className={classes.hint}>
        Statements are issued to each. With a fee for the period a credit is an amount, else a percentage.
      </p>
      <div className={classes.rows}>
        {customers.map((c, i) => (
          <fieldset key={c.key} className={classes.customer} aria-label={`Customer ${i + 1}`}>
            <TextInput label="Name" placeholder="acme" {...bind(c, "name")} />
            <TextInput label="Title" placeholder="ACME Ltd" {...bind(c, "displayName")} />
            <TextInput label="Fee" placeholder="1200.00" inputMode="decimal" {...bind(c, "fee")} />
            <TextInput label="Currency" placeholder="EUR" maxLength={3} {...bind(c, "currency")} />
            <ActionIcon
              variant="subtle"
              color="gray"
              className={classes.remove}
              aria-label={`Remove customer ${i + 1}`}
              disabled={customers.length === 1}
              onClick={() => onChange(customers.filter((x) => x.key !== c.key))}
            >
              <CrossIcon size={14} />
            </ActionIcon>
          </fieldset>
        ))}
      </div>
      {errors.customers && (
        <p className={classes.error} role="alert">
          {errors.customers}
        </p>
      )}
      <Button
        size="compact-sm"
        variant="default"
        className={classes.add ?? ""}
        disabled={customers.length >= 100}
        onClick={() =>
          onChange([...customers, { key: next, name: "", displayName: "", fee: "", currency: "" }])
        }
      >
        Add a customer
      </Button>
    </fieldset>
  );
}
