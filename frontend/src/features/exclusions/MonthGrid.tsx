import { type KeyboardEvent, useRef, useState } from "react";
import { useZone } from "@/components/zone";
import type { ExclusionCalendarQuery } from "@/gql/graphql";
import { addDays, type Day, dateIn, dateName, lanesOf, monthName, type Piece, weeksOf } from "@/lib/calendar";
import { useNow } from "@/lib/now";
import classes from "./MonthGrid.module.css";
import { weekdays } from "./recurrence";
import { states } from "./search";
import { stretchText } from "./words";

export type Occurrence = ExclusionCalendarQuery["exclusionCalendar"]["occurrences"][number];

// As many as fit into a day; the rest is in the list.
const LANES = 3;

interface MonthGridProps {
  month: string;
  occurrences: readonly Occurrence[];
  onOpen: (name: string) => void;
  onCreate: (day: Day) => void;
  onList: () => void;
}

const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** A month: a row a week, what is excluded on its days. Arrows move from day to day, Enter makes an exclusion. */
export function MonthGrid({ month, occurrences, onOpen, onCreate, onList }: MonthGridProps) {
  const zone = useZone();
  const today = dateIn(useNow(), zone);
  const weeks = weeksOf(month, zone);
  const days = weeks.flat().map((d) => d.date);
  const [chosen, setChosen] = useState<string | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const focusable = chosen && days.includes(chosen) ? chosen : days.includes(today) ? today : `${month}-01`;
  const move = (e: KeyboardEvent, date: string) => {
    const next = addDays(date, steps[e.key] ?? 0);
    if (next !== date && days.includes(next)) {
      e.preventDefault();
      setChosen(next);
      table.current?.querySelector<HTMLElement>(`[data-date="${next}"]`)?.focus();
    }
  };
  return (
    <table ref={table} className={classes.grid} data-testid="month" data-month={month}>
      <caption className="visually-hidden">
        Exclusions in {monthName(month)}, {zone}. Arrow keys move from day to day.
      </caption>
      <thead>
        <tr>
          {weekdays.map((d) => (
            <th key={d.code} scope="col">
              <abbr title={d.long}>{d.short}</abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => {
          const lanes = lanesOf(week, occurrences);
          return (
            <tr key={week[0]?.date}>
              {week.map((day, i) => (
                <td
                  key={day.date}
                  data-other={!day.date.startsWith(month) || undefined}
                  data-today={day.date === today || undefined}
                >
                  <button
                    type="button"
                    className={classes.day}
                    data-date={day.date}
                    tabIndex={day.date === focusable ? 0 : -1}
                    aria-label={`${dateName(day.date)}${day.date === today ? ", today" : ""}: new exclusion`}
                    aria-current={day.date === today ? "date" : undefined}
                    onKeyDown={(e) => move(e, day.date)}
                    onClick={() => onCreate(day)}
                  >
                    {Number(day.date.slice(8))}
                  </button>
                  <DayEvents
                    pieces={lanes[i] ?? []}
                    zone={zone}
                    onOpen={onOpen}
                    onList={onList}
                    date={day.date}
                  />
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface DayEventsProps {
  pieces: readonly (Piece<Occurrence> | null)[];
  zone: string;
  date: string;
  onOpen: (name: string) => void;
  onList: () => void;
}

function DayEvents({ pieces, zone, date, onOpen, onList }: DayEventsProps) {
  const shown = pieces.slice(0, LANES);
  const more = pieces.slice(LANES).filter((p) => p !== null).length;
  if (pieces.length === 0) {
    return null;
  }
  return (
    <ul className={classes.events}>
      {shown.map((piece, lane) =>
        piece ? (
          <li key={`${piece.event.exclusion.name} ${piece.event.from}`}>
            <button
              type="button"
              className={classes.event}
              data-testid="occurrence"
              data-exclusion={piece.event.exclusion.name}
              data-tone={states[piece.event.exclusion.approval.state].tone}
              data-state={piece.event.exclusion.approval.state}
              data-begins={piece.begins || undefined}
              data-ends={piece.ends || undefined}
              title={`${piece.event.exclusion.title}: ${stretchText(piece.event.from, piece.event.to, zone)} · ${states[piece.event.exclusion.approval.state].label}`}
              onClick={() => onOpen(piece.event.exclusion.name)}
            >
              {piece.begins && (
                <span className={classes.time}>
                  {stretchText(piece.event.from, piece.event.to, zone).slice(11, 16)}
                </span>
              )}
              <span className={classes.name}>{piece.event.exclusion.title}</span>
            </button>
          </li>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: an empty lane is nothing but its place
          <li key={lane} aria-hidden="true" className={classes.empty} />
        ),
      )}
      {more > 0 && (
        <li>
          <button
            type="button"
            className={classes.more}
            onClick={onList}
            aria-label={`${more} more on ${dateName(date)}: show the list`}
          >
            +{more}
          </button>
        </li>
      )}
    </ul>
  );
}
