import { NativeSelect, TextInput } from "@mantine/core";
import type { Bind } from "./bind";
import { needsSecret, type SecretKind, type SourceForm } from "./form";
import classes from "./SecretFields.module.css";

interface SecretFieldsProps {
  form: SourceForm;
  bind: Bind;
  /** The address was changed, so the secret has to be named again. */
  cleared: boolean;
  onKind: (kind: SecretKind) => void;
}

/** How to sign in: who, and where the secret is read from. The secret itself is never typed here. */
export function SecretFields({ form, bind, cleared, onKind }: SecretFieldsProps) {
  if (form.authentication === "CLIENT_CERTIFICATE") {
    return (
      <fieldset className={classes.group}>
        <legend className="visually-hidden">Client certificate</legend>
        <TextInput
          label="Certificate file"
          placeholder="shop.crt"
          data-testid="source-cert"
          {...bind("certFile")}
        />
        <TextInput label="Key file" placeholder="shop.key" data-testid="source-key" {...bind("keyFile")} />
        <p className={classes.hint}>
          PEM files that somebody put below <code>secrets/</code> of the server's data directory. They are
          read there; nothing is uploaded.
        </p>
      </fieldset>
    );
  }
  if (!needsSecret(form.authentication)) {
    return null;
  }
  const file = form.secretKind === "file";
  const what =
    { BASIC: "password", BEARER: "token", API_KEY: "key" }[form.authentication as "BASIC"] ?? "secret";
  return (
    <fieldset className={classes.group}>
      <legend className="visually-hidden">Secret</legend>
      {form.authentication === "BASIC" && (
        <TextInput label="User" autoComplete="off" data-testid="source-username" {...bind("username")} />
      )}
      {cleared && (
        <p className={classes.cleared} role="status" data-testid="source-secret-cleared">
          The address is another one, so the {what} has to be named again: what was meant for one server is
          not sent to another by accident.
        </p>
      )}
      <div className={classes.pair}>
        <NativeSelect
          label={`The ${what} is in`}
          data={[
            { value: "env", label: "an environment variable" },
            { value: "file", label: "a file" },
          ]}
          value={form.secretKind}
          onChange={(e) => onKind(e.currentTarget.value === "file" ? "file" : "env")}
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
      </div>
      <p className={classes.hint}>
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
      </p>
    </fieldset>
  );
}
