import { useQuery } from "@apollo/client/react";
import { Skeleton } from "@mantine/core";
import { useState } from "react";
import { TroubleNotice } from "@/components/Notice";
import { useZone } from "@/components/zone";
import type { SloReplayQuery } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { troubleOf } from "@/lib/errors";
import { useHeld } from "@/lib/held";
import { burn, exact } from "@/lib/number";
import { dateTime, rfc3339 } from "@/lib/time";
import { SloReplayDocument } from "./documents";
import classes from "./Replay.module.css";

const DAY = 86_400_000;

type Track = NonNullable<SloReplayQuery["slo"]>["wouldHaveFired"][number];

interface ReplayProps {
  slo: string;
  days: number;
  /** Shows a stretch on the plots. */
  onStretch: (from: string, to: string) => void;
}

/** When the policies would have fired, as one line of time for each. */
export function Replay({ slo, days, onStretch }: ReplayProps) {
  // Asked once: it reads all of the past, and a minute more says nothing new.
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const variables = { name: slo, from: rfc3339(new Date(now - days * DAY)), to: rfc3339(new Date(now)) };
  const { data, error, loading, refetch } = useQuery(SloReplayDocument, { variables });
  const held = useHeld({ data, loading, about: slo, question: variables });
  if (!held) {
    return error ? (
      <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch().catch(() => undefined)} />
    ) : (
      <Skeleton height={90} />
    );
  }
  return (
    <ul className={classes.tracks} data-testid="replay">
      {(held.slo?.wouldHaveFired ?? []).map((t) => (
        <TrackItem key={`${t.policy} ${t.objective}`} track={t} onStretch={onStretch} />
      ))}
    </ul>
  );
}

/** Where a firing lies on a line of time: 0 to 1. */
export function placeOf(track: { from: string; to: string }, firing: { from: string; to?: string | null }) {
  const [from, to] = [Date.parse(track.from), Date.parse(track.to)];
  const start = (Date.parse(firing.from) - from) / (to - from);
  const end = ((firing.to ? Date.parse(firing.to) : to) - from) / (to - from);
  return { start: Math.max(0, start), width: Math.max(0, Math.min(1, end) - Math.max(0, start)) };
}

function TrackItem({ track: t, onStretch }: { track: Track; onStretch: ReplayProps["onStretch"] }) {
  const zone = useZone();
  const length = (f: Track["firings"][number]) => (Date.parse(f.to ?? t.to) - Date.parse(f.from)) / 1000;
  return (
    <li
      className={classes.track}
      data-testid="replay-track"
      data-policy={t.policy}
      data-firings={t.firings.length}
    >
      <p className={classes.name}>
        <strong>{t.policy}</strong>{" "}
        <span>
          {t.severity} ·{" "}
          {t.firings.length === 0
            ? "would not have fired"
            : `would have fired ${t.firings.length === 1 ? "once" : `${t.firings.length} times`}`}
          {t.frozenMinutes > 0 && ` · ${exact(t.frozenMinutes)} minutes could not be judged`}
        </span>
      </p>
      <svg
        className={classes.line}
        viewBox="0 0 1000 18"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${t.firings.length} firings from ${dateTime(new Date(t.from), zone)} to ${dateTime(new Date(t.to), zone)}; listed below`}
      >
        <rect className={classes.time} y="7" width="1000" height="4" />
        {t.firings.map((f) => {
          const { start, width } = placeOf(t, f);
          return (
            <rect
              key={f.from}
              className={classes.firing}
              x={start * 1000}
              y="0"
              width={Math.max(width * 1000, 2)}
              height="18"
            >
              <title>{`${dateTime(new Date(f.from), zone)}, ${humanSeconds(length(f))}, peak ${burn(f.peakBurnRate)}`}</title>
            </rect>
          );
        })}
      </svg>
      <p className={classes.ends} aria-hidden="true">
        <span>{dateTime(new Date(t.from), zone)}</span>
        <span>{dateTime(new Date(t.to), zone)}</span>
      </p>
      {t.firings.length > 0 && (
        <ol className={classes.firings}>
          {t.firings.map((f) => (
            <li key={f.from}>
              <button
                type="button"
                className={classes.go}
                onClick={() => {
                  // With as much before and after, so that its beginning and its end are seen.
                  const pad = Math.max(length(f) * 1000, 3_600_000);
                  onStretch(
                    rfc3339(new Date(Date.parse(f.from) - pad)),
                    rfc3339(new Date(Math.min(Date.parse(f.to ?? t.to) + pad, Date.parse(t.to)))),
                  );
                }}
              >
                {dateTime(new Date(f.from), zone)}
              </button>
              <span>
                {f.to ? `for ${humanSeconds(length(f))}` : `still, for ${humanSeconds(length(f))}`} · peak{" "}
                {burn(f.peakBurnRate)} · {exact(f.spent)} bad events
              </span>
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}
