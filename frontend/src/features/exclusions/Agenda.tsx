import { TextButton } from "@/components/TextButton";
import { useZone } from "@/components/zone";
import { dateIn, dateName } from "@/lib/calendar";
import { humanSeconds } from "@/lib/duration";
import { exclusionKinds } from "@/lib/words";
import classes from "./Agenda.module.css";
import { ApprovalBadge } from "./ApprovalBadge";
import type { Occurrence } from "./MonthGrid";
import { stretchText } from "./words";

interface AgendaProps {
  occurrences: readonly Occurrence[];
  onOpen: (name: string) => void;
}

/** The occurrences of a month by the day on which they begin. */
export function Agenda({ occurrences, onOpen }: AgendaProps) {
  const zone = useZone();
  const days = new Map<string, Occurrence[]>();
  for (const o of occurrences) {
    const date = dateIn(new Date(o.from), zone);
    days.set(date, [...(days.get(date) ?? []), o]);
  }
  if (days.size === 0) {
    return <p className={classes.none}>Nothing is excluded in this month.</p>;
  }
  return (
    <ol className={classes.days} data-testid="agenda">
      {[...days].map(([date, of]) => (
        <li key={date}>
          <h3 className={classes.date}>{dateName(date)}</h3>
          <ul className={classes.list}>
            {of.map((o) => (
              <li key={`${o.exclusion.name} ${o.from}`} className={classes.item}>
                <span className={classes.time}>{stretchText(o.from, o.to, zone).slice(11)}</span>
                <div className={classes.what}>
                  <TextButton look="name" onClick={() => onOpen(o.exclusion.name)} data-testid="occurrence">
                    {o.exclusion.title}
                  </TextButton>
                </div>
                <span className={classes.kind}>
                  {exclusionKinds[o.exclusion.kind].label},{" "}
                  {humanSeconds((Date.parse(o.to) - Date.parse(o.from)) / 1000)}
                </span>
                <ApprovalBadge state={o.exclusion.approval.state} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
