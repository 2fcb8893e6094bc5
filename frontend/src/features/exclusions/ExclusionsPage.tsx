import { useQuery } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { Absent } from "@/components/Absent";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import panel from "@/components/Panel.module.css";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import { dateIn, weeksOf } from "@/lib/calendar";
import { useHeld } from "@/lib/held";
import { useNow } from "@/lib/now";
import { type Patch, patched } from "@/lib/search-params";
import { rfc3339 } from "@/lib/time";
import { Agenda } from "./Agenda";
import { ExclusionCalendarDocument, ExclusionDefinition, ExclusionListDocument } from "./documents";
import { EmptyExclusions } from "./EmptyExclusions";
import { ExclusionDrawer } from "./ExclusionDrawer";
import { ExclusionList } from "./ExclusionList";
import classes from "./ExclusionsPage.module.css";
import { newForm } from "./form";
import { MonthGrid } from "./MonthGrid";
import { Pending } from "./Pending";
import type { ExclusionsSearch } from "./search";
import { Toolbar } from "./Toolbar";

const route = getRouteApi("/exclusions");
const closed = { open: undefined, create: undefined, edit: undefined, from: undefined, to: undefined };
const PACE = 15_000;

/** Time that does not count: a calendar, what waits for approval, and a way to make more. */
export function ExclusionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<ExclusionsSearch>, ignoreBlocker = false) =>
    void navigate({ search: (old) => patched(old, patch), replace: true, resetScroll: false, ignoreBlocker });
  const zone = useZone();
  const now = useNow();
  const { all, waiting, calendar, error, refetch } = useExclusions(search, zone);
  const present = dateIn(now, zone).slice(0, 7);
  const month = search.month ?? present;
  const create = () => change({ ...closed, create: "1" });
  const open = (name: string) => change({ ...closed, open: name });
  const filtered = Boolean(search.search ?? search.kind ?? search.state ?? search.slo ?? search.service);
  return (
    <Page
      testId="exclusions"
      title="Exclusions"
      lead="Time that counts neither for nor against an objective. Every change reaches every budget, plot and statement at once, and can be taken back."
      action={
        <Button size="sm" onClick={create} data-testid="exclusion-create">
          New exclusion
        </Button>
      }
    >
      {waiting.length > 0 && <Pending waiting={waiting} onOpen={open} />}
      <section className={`${panel.panel} ${classes.calendar}`} aria-label="Calendar">
        <Toolbar search={search} month={month} present={present} onChange={change} />
        {calendar ? (
          search.view === "list" ? (
            <Agenda occurrences={calendar.occurrences} onOpen={open} />
          ) : (
            <MonthGrid
              month={month}
              occurrences={calendar.occurrences}
              onOpen={open}
              onList={() => change({ view: "list" })}
              onCreate={(day) =>
                change({
                  ...closed,
                  create: "1",
                  from: rfc3339(new Date(day.from)),
                  to: rfc3339(new Date(day.to)),
                })
              }
            />
          )
        ) : (
          <Absent what="the calendar" heights={[560]} error={error} onRetry={refetch} />
        )}
        {calendar && !calendar.complete && (
          <p className={classes.note}>
            Only the first 1000 occurrences of the month are shown; search for one.
          </p>
        )}
      </section>
      {all && all.length > 0 && (
        <Panel title={filtered ? "What fits" : "All exclusions"} hint="The one that starts last first.">
          <ExclusionList exclusions={all} onOpen={open} />
        </Panel>
      )}
      {all?.length === 0 &&
        (filtered ? (
          <p className={classes.note}>No exclusion fits what you look for.</p>
        ) : (
          <EmptyExclusions onCreate={create} />
        ))}
      {(search.create || search.edit || search.open) && (
        <ExclusionDrawer
          name={search.create ? null : (search.edit ?? search.open ?? null)}
          editing={search.edit !== undefined}
          blank={newForm(zone, now, search)}
          onClose={() => change(closed)}
          onEdit={() => change({ ...closed, edit: search.open })}
          onSaved={(name) => change({ ...closed, open: name || undefined }, true)}
          onDeleted={() => change(closed, true)}
        />
      )}
    </Page>
  );
}

/** What is excluded in the weeks of a month, everything that fits the filter, and what waits. */
function useExclusions(search: ExclusionsSearch, zone: string) {
  const now = useNow();
  const weeks = weeksOf(search.month ?? dateIn(now, zone).slice(0, 7), zone);
  const instant = (at: number | undefined) => rfc3339(new Date(at ?? 0));
  const filter = {
    search: search.search ?? null,
    slo: search.slo ?? null,
    service: search.service ?? null,
    kind: search.kind ?? null,
    state: search.state ? [search.state] : null,
  };
  const often = { fetchPolicy: "cache-and-network", pollInterval: PACE } as const;
  const variables = { from: instant(weeks[0]?.[0]?.from), to: instant(weeks.at(-1)?.[6]?.to), filter };
  const calendar = useQuery(ExclusionCalendarDocument, { variables, ...often });
  const list = useQuery(ExclusionListDocument, { variables: { filter, first: 100 }, ...often });
  const waiting = useQuery(ExclusionListDocument, {
    variables: { filter: { state: ["PENDING"] }, first: 50 },
    ...often,
  });
  // While another month is read, the old one stays: nothing jumps.
  const held = useHeld({
    data: calendar.data,
    loading: calendar.loading,
    about: "calendar",
    question: variables,
  });
  const kept = useHeld({ data: list.data, loading: list.loading, about: "list", question: filter });
  const error = calendar.error ?? list.error ?? waiting.error;
  return {
    calendar: held?.exclusionCalendar,
    all: kept && unmask(ExclusionDefinition, kept.exclusions.nodes),
    waiting: unmask(ExclusionDefinition, waiting.data?.exclusions.nodes ?? []),
    error,
    refetch: () => {
      for (const query of [calendar, list, waiting]) {
        query.refetch().catch(() => undefined); // told by its error
      }
    },
  };
}
