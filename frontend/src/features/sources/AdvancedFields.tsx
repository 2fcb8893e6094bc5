import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { ErrorText } from "@/components/ErrorLine";
import { Group, Row } from "@/components/form/Form";
import { AddRow, nextKey, RemoveRow, withRow } from "@/components/form/rows";
import classes from "./AdvancedFields.module.css";
import { advanced, type HeaderField } from "./form";
import type { SourceFormState } from "./use-source-form";

/** What most sources do not need. */
export function AdvancedFields({ it }: { it: SourceFormState }) {
  const { form, bind, errors, change } = it;
  // What is wrong must be seen.
  const opened = advanced.some((field) => errors[field] !== undefined);
  return (
    <details className={classes.advanced} open={opened || undefined} data-testid="source-advanced">
      <summary>Tenant, headers, TLS, limits</summary>
      <div className={classes.fields}>
        {form.type === "PROMETHEUS" && (
          <TextInput
            label="Tenant"
            description="Sent as X-Scope-OrgID; a document may name another one."
            data-testid="source-tenant"
            {...bind("tenant")}
          />
        )}
        <Headers headers={form.headers} error={errors.headers} onChange={(headers) => change({ headers })} />
        <TextInput
          label="CA file"
          description="Below secrets/ of the data directory; without it the system's authorities count."
          placeholder="shop-ca.pem"
          data-testid="source-ca"
          {...bind("caFile")}
        />
        <TextInput
          label="Server name"
          description="Where the certificate names another host than the address."
          {...bind("serverName")}
        />
        <Checkbox
          label="Do not verify the certificate"
          description="Anybody on the way can read and change what is asked and answered."
          checked={form.insecureSkipVerify}
          onChange={(e) => change({ insecureSkipVerify: e.currentTarget.checked })}
        />
        <Row>
          <TextInput label="Timeout of a request" placeholder="30s" {...bind("timeout")} />
          <TextInput
            label="Requests at a time"
            placeholder="4"
            inputMode="numeric"
            {...bind("concurrency")}
          />
          <TextInput
            label="Largest answer, MiB"
            placeholder="64"
            inputMode="numeric"
            {...bind("maxResponseMiB")}
          />
          <TextInput label="Samples at a time" inputMode="numeric" {...bind("maxSamples")} />
          <TextInput label="Read a minute after" placeholder="30s" {...bind("settleDelay")} />
          <TextInput label="Read again the last" placeholder="5m" {...bind("reread")} />
        </Row>
        <NativeSelect
          label="Incomplete answers"
          description="Where a server says that it answered in part only."
          data={[
            { value: "GAP", label: "are gaps until they are whole" },
            { value: "ESTIMATE", label: "are kept, marked as estimated" },
          ]}
          value={form.onIncomplete}
          onChange={(e) =>
            change({ onIncomplete: e.currentTarget.value === "ESTIMATE" ? "ESTIMATE" : "GAP" })
          }
        />
      </div>
    </details>
  );
}

interface HeadersProps {
  headers: readonly HeaderField[];
  error: string | undefined;
  onChange: (headers: HeaderField[]) => void;
}

function Headers({ headers, error, onChange }: HeadersProps) {
  const put = (key: number, patch: Partial<HeaderField>) => onChange(withRow(headers, key, patch));
  return (
    <Group title="Headers">
      {headers.map((h, i) => (
        <div key={h.key} className={classes.header}>
          <TextInput
            aria-label={`Name of header ${i + 1}`}
            placeholder="X-Team"
            value={h.name}
            error={error !== undefined}
            onChange={(e) => put(h.key, { name: e.currentTarget.value })}
          />
          <TextInput
            aria-label={`Value of header ${i + 1}`}
            placeholder="checkout"
            value={h.value}
            onChange={(e) => put(h.key, { value: e.currentTarget.value })}
          />
          <RemoveRow
            label={`header ${i + 1}`}
            onRemove={() => onChange(headers.filter((x) => x.key !== h.key))}
          />
        </div>
      ))}
      <ErrorText text={error} />
      <AddRow
        label="Add a header"
        disabled={headers.length >= 20}
        onAdd={() => onChange([...headers, { key: nextKey(headers), name: "", value: "" }])}
      />
    </Group>
  );
}
