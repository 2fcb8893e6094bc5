import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { BudgetFigures } from "@/components/budget-figures";
import { StateBadge } from "@/components/StateBadge";
import { unmask } from "@/gql";
import { remaining } from "@/lib/number";
import { counted, titleOf } from "@/lib/words";
import { ImportProgressDocument } from "./documents";
import type { Imported } from "./drafts";
import classes from "./ImportedNotice.module.css";

// Each is asked every other second until its history is read: more would be a burden and no use.
const FOLLOWED = 20;
const PACE = 2_000;

/** What was imported, with the way to each objective and how far its budget is. */
export function ImportedNotice({ done, onClose }: { done: readonly Imported[]; onClose: () => void }) {
  const slos = [...new Map(done.flatMap((d) => d.slos).map((s) => [s.name, s])).values()];
  return (
    <section className={classes.notice} aria-label="Imported" data-testid="imported">
      <header className={classes.head}>
        <div role="status">
          <h2>
            {counted(done.length, "document")} with {counted(slos.length, "objective")} imported
          </h2>
        </div>
        <Button size="compact-sm" variant="subtle" onClick={onClose}>
          Dismiss
        </Button>
      </header>
      <ul>
        {slos.slice(0, FOLLOWED).map((s) => (
          <Progress key={s.name} name={s.name} />
        ))}
      </ul>
      {slos.length > FOLLOWED && (
        <p className={classes.rest}>
          {slos.length - FOLLOWED} more are on the{" "}
          <Link to="/" search={{}}>
            overview
          </Link>
          .
        </p>
      )}
    </section>
  );
}

function Progress({ name }: { name: string }) {
  const [settled, setSettled] = useState(false);
  const { data } = useQuery(ImportProgressDocument, {
    variables: { name },
    fetchPolicy: "network-only",
    pollInterval: settled ? 0 : PACE,
  });
  const slo = data?.slo;
  const backfill = slo?.backfill;
  const budget = unmask(BudgetFigures, slo?.budget);
  // What is made of other objectives has no history of its own to be read.
  const done = backfill ? backfill.done : budget?.asOf != null;
  if (done && !settled) {
    setSettled(true);
  }
  return (
    <li data-testid="imported-slo" data-slo={name} data-done={done}>
      <Link to="/slos/$name" params={{ name }} search={{}}>
        {titleOf({ name, displayName: slo?.displayName })}
      </Link>
      {backfill && !backfill.done ? (
        <>
          <progress
            value={backfill.daysDone}
            max={Math.max(1, backfill.daysTotal)}
            aria-label={`Days of history of ${name} that are read`}
          />
          <span>
            {backfill.error
              ? `stopped: ${backfill.error}`
              : `reading history: ${backfill.daysDone} of ${backfill.daysTotal} days`}
          </span>
        </>
      ) : budget && done ? (
        <span className={classes.budget} data-testid="imported-budget" data-value={budget.remaining ?? ""}>
          <StateBadge state={budget.state} /> {remaining(budget.remaining)} of the budget left
        </span>
      ) : (
        <span>its budget is being read…</span>
      )}
    </li>
  );
}
