import { Button, NativeSelect, TextInput } from "@mantine/core";
import { Form, Hint } from "@/components/form/Form";
import type { SourceAuthentication, SourceType } from "@/gql/graphql";
import { AdvancedFields } from "./AdvancedFields";
import { authenticationsOf, type SourceForm, secretCleared } from "./form";
import { SecretFields } from "./SecretFields";
import { TestResult } from "./TestResult";
import { useSourceForm } from "./use-source-form";

interface SourceFormViewProps {
  initial: SourceForm;
  id: string | null;
  etag: string | null;
  taken: readonly string[];
  onClose: () => void;
  onSaved: (name: string) => void;
}

/** The form of a source: what it is, how to sign in, and what is rarely needed. */
export function SourceFormView({ initial, id, etag, taken, onClose, onSaved }: SourceFormViewProps) {
  const it = useSourceForm({ initial, id, etag, taken, onSaved });
  const { form, errors, bind } = it;
  const prometheus = form.type === "PROMETHEUS";
  return (
    <Form
      name="source"
      it={it}
      save="Test and save"
      saving={it.saving}
      busy={it.testing}
      onSave={it.save}
      onClose={onClose}
      status={
        <>
          {it.testing && <Hint>Asking {form.url.trim()} who it is…</Hint>}
          {it.test && <TestResult test={it.test} />}
        </>
      }
      left={
        <Button
          variant="default"
          size="sm"
          loading={it.testing && !it.saving}
          onClick={it.tryOut}
          data-testid="source-try"
        >
          Test
        </Button>
      }
      right={
        it.test &&
        !it.test.ok && (
          <Button
            variant="subtle"
            size="sm"
            loading={it.saving}
            onClick={it.saveAnyway}
            data-testid="source-save-anyway"
          >
            Save anyway
          </Button>
        )
      }
    >
      <NativeSelect
        label="Type"
        data={[
          { value: "PROMETHEUS", label: "Prometheus, Thanos, Mimir, VictoriaMetrics" },
          { value: "ELASTICSEARCH", label: "Elasticsearch" },
        ]}
        value={form.type}
        onChange={(e) => it.change({ type: e.currentTarget.value as SourceType })}
        data-testid="source-type"
      />
      <TextInput
        label="Name"
        description={
          id === null ? "Documents refer to it by this name." : "The name stays, because documents use it."
        }
        placeholder={prometheus ? "shop-prometheus" : "shop-logs"}
        readOnly={id !== null}
        data-autofocus={id === null || undefined}
        data-testid="source-name"
        {...bind("name")}
      />
      <TextInput
        label="Address"
        description="The base address, with the path before /api or the index if there is one."
        placeholder={prometheus ? "https://prometheus.example.com" : "https://elasticsearch.example.com:9200"}
        inputMode="url"
        data-autofocus={id !== null || undefined}
        data-testid="source-url"
        {...bind("url")}
      />
      <NativeSelect
        label="Authentication"
        data={[...authenticationsOf(form.type)]}
        value={form.authentication}
        error={errors.authentication}
        onChange={(e) => it.change({ authentication: e.currentTarget.value as SourceAuthentication })}
        data-testid="source-authentication"
      />
      <SecretFields it={it} cleared={secretCleared(form, id === null ? null : it.initial)} />
      <AdvancedFields it={it} />
    </Form>
  );
}
