import { UnstyledButton } from "@mantine/core";
import { StateIcon } from "@/components/StateBadge";
import type { State } from "@/gql/graphql";
import { lookOf, states } from "@/lib/state";
import classes from "./StateStrip.module.css";
import { statesOf, toggleState } from "./search";

interface StateStripProps {
  counts: Record<State, number>;
  chosen: string | undefined;
  onChange: (state: string | undefined) => void;
}

/** How many objectives are in which state; a click filters. States that do not occur stay quiet. */
export function StateStrip({ counts, chosen, onChange }: StateStripProps) {
  const active = statesOf(chosen);
  const total = states.reduce((n, s) => n + counts[s], 0);
  return (
    <section aria-label="Objectives by state" className={classes.strip}>
      {states.map((state) => {
        const look = lookOf(state);
        return (
          <UnstyledButton
            key={state}
            className={classes.tile}
            data-tone={look.tone}
            data-empty={counts[state] === 0 || undefined}
            aria-pressed={active.includes(state)}
            title={look.meaning}
            onClick={() => onChange(toggleState(chosen, state))}
          >
            <span className={classes.count}>{counts[state]}</span>
            <span className={classes.label}>
              <StateIcon state={state} size={13} />
              {look.label}
            </span>
          </UnstyledButton>
        );
      })}
      <svg className={classes.share} viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
        {shares(counts, total).map((s) => (
          <rect
            key={s.state}
            x={s.x}
            y="0"
            width={s.width}
            height="2"
            data-tone={lookOf(s.state).tone}
            className={classes.piece}
          />
        ))}
      </svg>
    </section>
  );
}

/** Where each state's piece of the bar begins and how wide it is, in percent. */
export function shares(
  counts: Record<State, number>,
  total: number,
): { state: State; x: number; width: number }[] {
  let x = 0;
  return states
    .filter((s) => counts[s] > 0)
    .map((state) => {
      const piece = { state, x, width: (counts[state] / total) * 100 };
      x += piece.width;
      return piece;
    });
}
