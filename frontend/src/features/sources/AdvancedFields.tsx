import { ActionIcon, Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { CrossIcon } from "@/components/icons";
import classes from "./AdvancedFields.module.css";
import type { Bind } from "./bind";
import type { HeaderField, SourceForm } from "./form";

interface AdvancedFieldsProps {
  form: SourceForm;
  bind: Bind;
  /** One of these fields is wrong: it must be seen. */
  opened: boolean;
  onChange: (patch: Partial<SourceForm>) => void;
  error: string | undefined;
}

/** What most sources do not need. */
export function AdvancedFields({ form, bind, opened, onChange, error }: AdvancedFieldsProps) {
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
        <Headers headers={form.headers} error={error} onChange={(headers) => onChange({ headers })} />
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
          onChange={(e) => onChange({ insecureSkipVerify: e.currentTarget.checked })}
        />
        <div className={classes.grid}>
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
        </div>
        <NativeSelect
          label="Incomplete answers"
          description="Where a server says that it answered in part only."
          data={[
            { value: "GAP", label: "are gaps until they are whole" },
            { value: "ESTIMATE", label: "are kept, marked as estimated" },
          ]}
          value={form.onIncomplete}
          onChange={(e) =>
            onChange({ onIncomplete: e.currentTarget.value === "ESTIMATE" ? "ESTIMATE" : "GAP" })
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
  const put = (key: number, patch: Partial<HeaderField>) =>
    onChange(headers.map((h) => (h.key === key ? { ...h, ...patch } : h)));
  const next = Math.max(-1, ...headers.map((h) => h.key)) + 1;
  return (
    <fieldset className={classes.headers}>
      <legend>Headers</legend>
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
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Remove header ${i + 1}`}
            onClick={() => onChange(headers.filter((x) => x.key !== h.key))}
          >
            <CrossIcon size={14} />
          </ActionIcon>
        </div>
      ))}
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
      <Button
        size="compact-sm"
        variant="default"
        disabled={headers.length >= 20}
        onClick={() => onChange([...headers, { key: next, name: "", value: "" }])}
      >
        Add a header
      </Button>
    </fieldset>
  );
}
