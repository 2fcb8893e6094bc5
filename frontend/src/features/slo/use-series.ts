import { useQuery } from "@apollo/client/react";
import { useMemo, useState } from "react";
import { later } from "@/components/follow";
import { unmask } from "@/gql";
import type { BudgetFiguresFragment } from "@/gql/graphql";
import { useHeld } from "@/lib/held";
import { rfc3339 } from "@/lib/time";
import { SloPlotsDocument } from "./documents";
import { labelsOf, type SloSearch } from "./search";
import { PlotSeries } from "./series";
import { useMarks } from "./use-marks";

// As many points as a plot on half a wide screen can tell apart.
const POINTS = 300;
// As many as the server gives, for a burn-down of which a part is looked at.
const FINE = 2000;
// Plots move on when their newest point would: not more often than that.
const SLOWEST = 300_000;

/** A stretch of time. */
export interface Stretch {
  from: string;
  to: string;
}

/**
 * The stretch that plots show while the window moves on with the clock: it
 * follows in steps of one point, so that plots are not read anew every minute.
 */
export function steadied(held: Stretch | null, wanted: Stretch): Stretch {
  if (!held) {
    return wanted;
  }
  const length = Date.parse(wanted.to) - Date.parse(wanted.from);
  const moved = Date.parse(wanted.to) - Date.parse(held.to);
  const sameLength = Math.abs(Date.parse(held.to) - Date.parse(held.from) - length) < 60_000;
  const calendar = held.from === wanted.from && moved === 0;
  return calendar || (sameLength && moved >= 0 && moved < Math.min(SLOWEST, length / POINTS)) ? held : wanted;
}

/** The four series of one objective, of the zoomed stretch or the whole window. */
export function useSeries(slo: string, objective: string, budget: BudgetFiguresFragment, search: SloSearch) {
  const exclusions = search.measured === undefined;
  const whole: Stretch = { from: rfc3339(new Date(budget.from)), to: rfc3339(new Date(budget.to)) };
  const [held, setHeld] = useState<Stretch | null>(null);
  const steady = steadied(held, whole);
  if (steady !== held) {
    setHeld(steady);
  }
  const zoomed = search.from !== undefined && search.to !== undefined;
  const [from, to] = zoomed ? [search.from ?? "", search.to ?? ""] : [steady.from, steady.to];
  const stretch = useMemo(() => ({ from, to }), [from, to]); // what is drawn is drawn again when it is another one
  const variables = {
    name: slo,
    objective,
    // A burn-down spends the budget of the stretch that it is asked for: it is always asked for the window.
    windowFrom: steady.from,
    windowTo: steady.to,
    windowPoints: zoomed ? FINE : POINTS,
    ...stretch,
    points: POINTS,
    group: labelsOf(search.group),
    exclusions,
  };
  const { data, error, loading, refetch } = useQuery(SloPlotsDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    context: later,
    nextFetchPolicy: "cache-first",
  });
  const marks = useMarks(slo, stretch);
  const found = useHeld({ data, loading, about: slo, question: variables })?.slo?.objective;
  return {
    series: found && {
      burnDown: unmask(PlotSeries, found.burnDown),
      sli: unmask(PlotSeries, found.sli),
      burnRate: unmask(PlotSeries, found.burnRate),
      volume: unmask(PlotSeries, found.volume),
    },
    stretch,
    marks,
    zoomed,
    error: found ? undefined : error,
    // Only what belongs to another question is dimmed: not what is read the first time or anew.
    pending: loading && data === undefined && found !== undefined,
    refetch,
  };
}
