import type { Mark } from "@/components/plot/marks";
import classes from "./MarkLegend.module.css";

const legend = [
  { kind: "excluded", text: "excluded" },
  { kind: "happened", text: "incidents, deploys and other annotations" },
] as const;

/** What the bands on the plots mean: of the kinds that are there. */
export function MarkLegend({ marks }: { marks: readonly Mark[] }) {
  const there = legend.filter((l) => marks.some((m) => m.kind === l.kind));
  if (there.length === 0) {
    return null;
  }
  return (
    <ul className={classes.legend} data-testid="mark-legend">
      {there.map((l) => (
        <li key={l.kind}>
          <svg className={classes.key} data-kind={l.kind} viewBox="0 0 16 10" aria-hidden="true">
            {l.kind === "excluded" ? (
              <>
                <path className={classes.veil} d="M0 0h16v10H0z" />
                <path className={classes.hatch} d="M0 0l10 10M6 0l10 10M-6 0l10 10M12 0l10 10" />
              </>
            ) : (
              <path className={classes.bar} d="M0 0h16v4H0z" />
            )}
          </svg>
          {l.text}
        </li>
      ))}
    </ul>
  );
}
