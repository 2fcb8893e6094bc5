import { TextInput } from "@mantine/core";
import { ErrorText } from "@/components/ErrorLine";
import { Group, Hint } from "@/components/form/Form";
import { AddRow, nextKey, RemoveRow, withRow } from "@/components/form/rows";
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
  const put = (key: number, patch: Partial<CustomerField>) => onChange(withRow(customers, key, patch));
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
  return (
    <Group title="Customers">
      <Hint>
        Statements are issued to each. With a fee for the period a credit is an amount, else a percentage.
      </Hint>
      <div className={classes.rows}>
        {customers.map((c, i) => (
          <fieldset key={c.key} className={classes.customer} aria-label={`Customer ${i + 1}`}>
            <TextInput label="Name" placeholder="acme" {...bind(c, "name")} />
            <TextInput label="Title" placeholder="ACME Ltd" {...bind(c, "displayName")} />
            <TextInput label="Fee" placeholder="1200.00" inputMode="decimal" {...bind(c, "fee")} />
            <TextInput label="Currency" placeholder="EUR" maxLength={3} {...bind(c, "currency")} />
            <RemoveRow
              label={`customer ${i + 1}`}
              labelled
              disabled={customers.length === 1}
              onRemove={() => onChange(customers.filter((x) => x.key !== c.key))}
            />
          </fieldset>
        ))}
      </div>
      <ErrorText text={errors.customers} />
      <AddRow
        label="Add a customer"
        disabled={customers.length >= 100}
        onAdd={() =>
          onChange([
            ...customers,
            { key: nextKey(customers), name: "", displayName: "", fee: "", currency: "" },
          ])
        }
      />
    </Group>
  );
}
