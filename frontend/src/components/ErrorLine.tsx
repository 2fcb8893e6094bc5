import { errorText } from "@/lib/errors";
import classes from "./ErrorLine.module.css";

/** Why something that was tried did not happen; nothing while nothing is wrong. */
export function ErrorLine({ error }: { error: unknown }) {
  return <ErrorText text={error ? errorText(error) : undefined} />;
}

/** What is wrong; nothing while nothing is. */
export function ErrorText({ text }: { text: string | undefined }) {
  return text ? (
    <p className={classes.error} role="alert">
      {text}
    </p>
  ) : null;
}
