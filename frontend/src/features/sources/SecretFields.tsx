import { NativeSelect, TextInput } from "@mantine/core";
import { Callout } from "@/components/Callout";
import { Group, Hint, Row } from "@/components/form/Form";
import { needsSecret } from "./form";
import type { SourceFormState } from "./use-source-form";

interface SecretFieldsProps {
  it: SourceFormState;
  /** The address was changed, so the secret has to be named again. */
  cleared: boolean;
}

/** How to sign in: who, and where the secret is read from. The secret itself is never typed here. */
export function SecretFields({ it, cleared }: SecretFieldsProps) {
  const { form, bind } = it;
  if (form.authentication === "CLIENT_CERTIFICATE") {
    return (
      <Group title="Client certificate">
        <TextInput
          label="Certificate file"
          placeholder="shop.crt"
          data-testid="source-cert"
          {...bind("certFile")}
        />
        <TextInput label="Key file" placeholder="shop.key" data-testid="source-key" {...bind("keyFile")} />
        <Hint>
          PEM files that somebody put below <code>secrets/</code> of the server's data directory. They are
          read there; nothing is uploaded.
        </Hint>
      </Group>
    );
  }
  if (!needsSecret(form.authentication)) {
    return null;
  }
  const file = form.secretKind === "file";
  const what =
    { BASIC: "password", BEARER: "token", API_KEY: "key" }[form.authentication as "BASIC"] ?? "secret";
  return (
    <Group title={what[0]?.toUpperCase() + what.slice(1)}>
      {form.authentication === "BASIC" && (
        <TextInput label="User" autoComplete="off" data-testid="source-username" {...bind("username")} />
      )}
      {cleared && (
        <Callout tone="risk" role="status" testId="source-secret-cleared">
          The address is another one, so the {what} has to be named again: what was meant for one server is
          not sent to another by accident.
        </Callout>
      )}
      <Row>
        <NativeSelect
          label={`The ${what} is in`}
          data={[
            { value: "env", label: "an environment variable" },
            { value: "file", label: "a file" },
          ]}
          value={form.secretKind}
          onChange={(e) => it.change({ secretKind: e.currentTarget.value === "file" ? "file" : "env" })}
          data-testid="source-secret-kind"
        />
        <TextInput
          label={file ? "Name of the file" : "Name of the variable"}
          placeholder={file ? `shop.${what}` : `HINDCAST_SECRET_SHOP_${what.toUpperCase()}`}
          autoComplete="off"
          spellCheck={false}
          data-testid="source-secret"
          {...bind("secret")}
        />
      </Row>
      <Hint>
        {file ? (
          <>
            Put the {what} into a file below <code>secrets/</code> of the server's data directory and write
            the file's name here. It is read at each use, so it can be changed without a restart.
          </>
        ) : (
          <>
            Start the server with a variable whose name begins with <code>HINDCAST_SECRET_</code> and write
            its name here.
          </>
        )}{" "}
        Never write the {what} itself: it would end in the database and in backups.
      </Hint>
    </Group>
  );
}
