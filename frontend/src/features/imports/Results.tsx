import { BudgetFigures } from "@/components/budget-figures";
import { CopyText } from "@/components/CopyText";
import { StateBadge } from "@/components/StateBadge";
import { unmask } from "@/gql";
import type { ImportPreviewFieldsFragment } from "@/gql/graphql";
import { percentOf } from "@/lib/decimal";
import { remaining } from "@/lib/number";
import { counted, titleOf } from "@/lib/words";
import classes from "./Results.module.css";

/** The objectives as they would be: targets, window, queries, and budgets where something measures them already. */
export function Results({ slos }: { slos: ImportPreviewFieldsFragment["slos"] }) {
  return (
    <ul className={classes.slos} data-testid="import-slos">
      {slos.map((s) => {
        const budget = unmask(BudgetFigures, s.budget);
        return (
          <li key={s.name} data-slo={s.name}>
            <div className={classes.head}>
              <strong>{titleOf(s)}</strong>
              <span>
                {s.targets.map((t) => `${percentOf(t)} %`).join(", ")} · {s.window} · {s.service}
              </span>
              {budget ? (
                <span className={classes.budget}>
                  <StateBadge state={budget.state} /> {remaining(budget.remaining)} left
                </span>
              ) : (
                <span className={classes.budget}>measured once it is imported</span>
              )}
            </div>
            <details className={classes.more}>
              <summary>
                {counted(s.queries.length, "query", "queries")}
                {s.alertPolicies.length > 0 &&
                  `, ${counted(s.alertPolicies.length, "alert policy", "alert policies")}`}
              </summary>
              {s.alertPolicies.length > 0 && (
                <ul className={classes.policies}>
                  {s.alertPolicies.map((p) => (
                    <li key={p}>{p}</li>
                  ))}
                </ul>
              )}
              {s.queries.map((q) => (
                <div key={`${q.role} ${q.source} ${q.text}`} className={classes.query}>
                  <p>
                    {q.role} on {q.source}
                    {q.note && ` — ${q.note}`}
                  </p>
                  <CopyText text={q.text} label={`the query of ${q.role}`} />
                </div>
              ))}
            </details>
          </li>
        );
      })}
    </ul>
  );
}
