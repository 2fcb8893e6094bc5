import { BudgetBar } from "@/components/BudgetBar";
import { BudgetFigures } from "@/components/budget-figures";
import { ErrorLine } from "@/components/ErrorLine";
import { ClockIcon, WarningIcon } from "@/components/icons";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import { raw, remaining } from "@/lib/number";
import { lookOf } from "@/lib/state";
import { titleOf } from "@/lib/words";
import classes from "./PreviewPanel.module.css";
import type { Preview } from "./use-exclusion-form";
import { objectives, stretchText } from "./words";

interface PreviewPanelProps {
  preview: Preview | null;
  asking: boolean;
  error: unknown;
}

// More would push the buttons away; the calendar shows the rest.
const NEXT = 4;

/** What an exclusion would change, before it is saved. */
export function PreviewPanel({ preview, asking, error }: PreviewPanelProps) {
  const zone = useZone();
  return (
    <section className={classes.panel} aria-label="What it changes" aria-busy={asking} data-testid="preview">
      <h3 className={classes.title}>What it changes{asking && <small> · asking…</small>}</h3>
      <ErrorLine error={error} />
      {!preview && !error && (
        <p className={classes.hint}>Choose what is excluded and when: the budgets that move appear here.</p>
      )}
      {preview?.needsApproval && (
        <p className={classes.approval} data-testid="needs-approval">
          <ClockIcon size={13} /> It reaches back, so it needs the approval of somebody else and changes
          nothing until then.
        </p>
      )}
      {preview && (
        <ul className={classes.effects}>
          {preview.effects.map((e) => {
            const [before, after] = [unmask(BudgetFigures, e.before), unmask(BudgetFigures, e.after)];
            return (
              <li key={e.slo.id} data-testid="effect" data-slo={e.slo.name}>
                <span className={classes.slo}>
                  {titleOf(e.slo)}
                  {e.follows && <small data-testid="effect-follows"> is made of what is excluded</small>}
                </span>
                <span className={classes.bars}>
                  <BudgetBar remaining={before.remaining ?? null} tone={lookOf(before.state).tone} />
                  <span data-testid="effect-before" data-value={raw(before.remaining)}>
                    {remaining(before.remaining)}
                  </span>
                  <span aria-hidden="true">→</span>
                  <span className="visually-hidden">becomes</span>
                  <BudgetBar remaining={after.remaining ?? null} tone={lookOf(after.state).tone} />
                  <strong data-testid="effect-after" data-value={raw(after.remaining)}>
                    {remaining(after.remaining)}
                  </strong>
                </span>
              </li>
            );
          })}
        </ul>
      )}
      {preview && preview.effects.length === 0 && (
        <p className={classes.hint}>
          {preview.covers === 0
            ? "Nothing is in its scope at present."
            : `No budget of the ${objectives(preview.covers)} moves now: it is about time that has not been measured yet.`}
        </p>
      )}
      {preview && preview.occurrences.length > 1 && (
        <p className={classes.hint} data-testid="next-occurrences">
          Next:{" "}
          {preview.occurrences
            .slice(0, NEXT)
            .map((o) => stretchText(o.from, o.to, zone))
            .join("; ")}
          {preview.occurrences.length > NEXT ? "; …" : ""} ({zone})
        </p>
      )}
      {preview?.warnings.map((w) => (
        <p key={w} className={classes.warning}>
          <WarningIcon size={13} /> {w}
        </p>
      ))}
    </section>
  );
}
