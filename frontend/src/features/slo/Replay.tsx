import { useQuery } from "@apollo/client/react";
import { useState } from "react";
import { Absent } from "@/components/Absent";
import { useZone } from "@/components/zone";
import type { SloMarksQuery, Unit } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { useHeld } from "@/lib/held";
import { burn, exact } from "@/lib/number";
import { dateTime, rfc3339 } from "@/lib/time";
import { SloMarksDocument, SloReplayDocument } from "./documents";
import { Firings } from "./Firings";
import classes from "./Replay.module.css";
import { firingsOf, incidentsOf, midnights, placeOf, secondsOf, type Track } from "./replay";

const DAY = 86_400_000;

interface ReplayProps {
  slo: string;
  unit: Unit;
  days: number;
  /** Shows a stretch on the plots. */
  onStretch: (from: string, to: string) => void;
}

/** When the policies would have fired: a line of time for each below what is known to have gone wrong, and a table. */
export function Replay({ slo, unit, days, onStretch }: ReplayProps) {
  // Asked once: it reads all of the past, and a minute more says nothing new.
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const variables = { name: slo, from: rfc3339(new Date(now - days * DAY)), to: rfc3339(new Date(now)) };
  const { data, error, loading, refetch } = useQuery(SloReplayDocument, { variables });
  const marks = useQuery(SloMarksDocument, { variables }).data?.slo;
  const held = useHeld({ data, loading, about: slo, question: variables });
  if (!held) {
    return (
      <Absent
        what="the past"
        heights={[180]}
        error={error}
        onRetry={() => void refetch().catch(() => undefined)}
      />
    );
  }
  const tracks = held.slo?.wouldHaveFired ?? [];
  const [first] = tracks;
  const several = tracks.some((t) => t.objective !== first?.objective);
  return (
    <div data-testid="replay" aria-busy={loading}>
      <ul className={classes.tracks}>
        {first && <Incidents stretch={first} marks={marks ?? null} />}
        {tracks.map((t) => (
          <TrackItem key={`${t.policy} ${t.objective}`} track={t} several={several} />
        ))}
      </ul>
      {first && <Axis stretch={first} />}
      <Firings
        firings={firingsOf(tracks)}
        stretch={first ?? variables}
        several={several}
        unit={unit}
        onStretch={onStretch}
      />
    </div>
  );
}

const percentage = (part: number) => `${part * 100}%`;

/** Lines at the midnights of the axis. */
function Grid({ stretch }: { stretch: { from: string; to: string } }) {
  const zone = useZone();
  return midnights(stretch, zone).map((at) => {
    const x = percentage(placeOf(stretch, { from: rfc3339(at) }).start);
    return <line key={at.getTime()} className={classes.grid} x1={x} x2={x} y1="0" y2="100%" />;
  });
}

function Axis({ stretch }: { stretch: { from: string; to: string } }) {
  const zone = useZone();
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: zone });
  return (
    <div className={classes.row}>
      <svg className={classes.axis} aria-hidden="true">
        {midnights(stretch, zone).map((at) => (
          <text
            key={at.getTime()}
            x={percentage(placeOf(stretch, { from: rfc3339(at) }).start)}
            y="12"
            textAnchor="middle"
          >
            {day.format(at)}
          </text>
        ))}
      </svg>
    </div>
  );
}

/** What is known to have gone wrong: what the policies should have told of. */
function Incidents({ stretch, marks }: { stretch: Track; marks: SloMarksQuery["slo"] }) {
  const zone = useZone();
  const incidents = incidentsOf(marks);
  const title = (a: (typeof incidents)[number]) => `${a.title}: ${dateTime(new Date(a.from), zone)}`;
  return (
    <li className={classes.row} data-testid="replay-incidents" data-incidents={incidents.length}>
      <p className={classes.name}>
        <strong>Incidents</strong> <span>{incidents.length === 0 ? "none is noted" : "as annotated"}</span>
      </p>
      <svg
        className={classes.line}
        role="img"
        aria-label={incidents.length === 0 ? "No incident is annotated." : incidents.map(title).join("; ")}
      >
        <Grid stretch={stretch} />
        {incidents.map((a) => {
          const { start, width } = placeOf(stretch, a);
          return (
            <rect
              key={a.id}
              className={classes.incident}
              x={percentage(start)}
              width={percentage(width)}
              y="2"
              height="14"
            >
              <title>{title(a)}</title>
            </rect>
          );
        })}
      </svg>
    </li>
  );
}

function TrackItem({ track: t, several }: { track: Track; several: boolean }) {
  const zone = useZone();
  const times = t.firings.length === 1 ? "once" : `${t.firings.length} times`;
  return (
    <li
      className={classes.row}
      data-testid="replay-track"
      data-policy={t.policy}
      data-firings={t.firings.length}
    >
      <p className={classes.name}>
        <strong>{t.policy}</strong>{" "}
        <span>
          {several && `${t.objective} · `}
          {t.severity} · {t.firings.length === 0 ? "never" : times}
          {t.frozenMinutes > 0 && ` · ${humanSeconds(t.frozenMinutes * 60)} could not be judged`}
        </span>
      </p>
      <svg
        className={classes.line}
        role="img"
        aria-label={`${t.policy} would ${t.firings.length === 0 ? "never have fired" : `have fired ${times}`} from ${dateTime(new Date(t.from), zone)} to ${dateTime(new Date(t.to), zone)}`}
      >
        <Grid stretch={t} />
        {t.firings.map((f) => {
          const { start, width } = placeOf(t, f);
          return (
            <rect
              key={f.from}
              className={classes.firing}
              data-severity={t.severity === "page" ? "page" : undefined}
              x={percentage(start)}
              width={percentage(width)}
              y="2"
              height="14"
            >
              <title>{`${dateTime(new Date(f.from), zone)}, ${humanSeconds(secondsOf(t, f))}, peak ${burn(f.peakBurnRate)}, ${exact(f.spent)} bad`}</title>
            </rect>
          );
        })}
      </svg>
    </li>
  );
}
