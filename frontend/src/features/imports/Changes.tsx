import type { ImportPreviewFieldsFragment } from "@/gql/graphql";
import classes from "./Changes.module.css";
import { changeLooks, originText } from "./words";

type Change = ImportPreviewFieldsFragment["changes"][number];

/** What importing changes, object by object and field by field. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  return (
    <ul className={classes.changes} data-testid="import-changes">
      {changes.map((c) => (
        <li key={`${c.kind} ${c.name}`} data-tone={changeLooks[c.change].tone} data-change={c.change}>
          <p className={classes.head}>
            <span className={classes.badge}>{changeLooks[c.change].label}</span>
            <span>{c.kind}</span>
            <strong>{c.name}</strong>
            <span className={classes.origin} data-edited={c.edited}>
              {originText(c)}
            </span>
          </p>
          {c.change === "CHANGED" && c.fields.length > 0 && (
            <dl className={classes.fields}>
              {c.fields.map((f) => (
                <div key={f.field}>
                  <dt>{f.field}</dt>
                  <dd>
                    {f.was == null ? <i>unset</i> : <del>{f.was}</del>} →{" "}
                    {f.is == null ? <i>unset</i> : <ins>{f.is}</ins>}
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </li>
      ))}
    </ul>
  );
}
