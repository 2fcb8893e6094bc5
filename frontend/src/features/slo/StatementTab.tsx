import { useQuery } from "@apollo/client/react";
import { Button, NativeSelect } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { Absent } from "@/components/Absent";
import { InstantField } from "@/components/form/InstantField";
import { DownloadIcon } from "@/components/icons";
import { useZone } from "@/components/zone";
import { unmask } from "@/gql";
import type { BudgetFiguresFragment, LineKind, Unit } from "@/gql/graphql";
import { download } from "@/lib/csv";
import { useHeld } from "@/lib/held";
import type { Patch } from "@/lib/search-params";
import { rfc3339 } from "@/lib/time";
import { AnnotationDrawer } from "./AnnotationDrawer";
import { annotationForm, formOfAnnotation, stretchOf } from "./annotation";
import { AnnotationFields, SloStatementDocument, SloStatementFields, StatementFields } from "./documents";
import { PlotCard } from "./PlotCard";
import { plotKinds } from "./plot-kinds";
import { SpendingBar } from "./SpendingBar";
import classes from "./StatementTab.module.css";
import { StatementTable } from "./StatementTable";
import { lineKinds, questionOf, type SloSearch } from "./search";
import { lineLooks, statementCsv } from "./statement";
import { useSeries } from "./use-series";

interface StatementTabProps {
  slo: string;
  objective: string;
  targetPercent: string;
  unit: Unit;
  service: string;
  budget: BudgetFiguresFragment;
  search: SloSearch;
  onChange: (patch: Patch<SloSearch>, ignoreBlocker?: boolean) => void;
}

/** Where the budget went, like a bank statement. */
export function StatementTab({
  slo,
  objective,
  targetPercent,
  unit,
  service,
  budget,
  search,
  onChange,
}: StatementTabProps) {
  const zone = useZone();
  const { statement, annotations, error, pending, refetch } = useStatement(slo, search);
  const { series, stretch, marks } = useSeries(slo, objective, budget, search);
  const balance = useMemo(
    () =>
      plotKinds({ targetPercent, unit })
        .slice(0, 1)
        .map((kind) => ({ ...kind, title: "Balance" })),
    [targetPercent, unit],
  );
  const explain = useCallback(
    (from: string, to: string) => onChange({ annotate: `${from}/${to}` }),
    [onChange],
  );
  const explainDragged = useCallback(
    (from: number, to: number) => explain(rfc3339(new Date(from * 1000)), rfc3339(new Date(to * 1000))),
    [explain],
  );
  if (error || !statement) {
    return <Absent what="the statement" heights={[420]} error={error} onRetry={refetch} />;
  }
  const place = { slo, service, zone };
  const chosen = stretchOf(search.annotate);
  const found = annotations.find((a) => a.name === search.annotate && a.editable);
  const form = chosen
    ? annotationForm({ ...place, ...chosen })
    : found
      ? formOfAnnotation(found, place)
      : null;
  const lastHour = () => explain(rfc3339(new Date(Date.parse(statement.to) - 3_600_000)), statement.to);
  return (
    <div className={classes.tab} aria-busy={pending} data-testid="statement">
      <div className={classes.bar}>
        <Range search={search} from={statement.from} to={statement.to} onChange={onChange} />
        <NativeSelect
          size="xs"
          label="Lines"
          value={search.line ?? ""}
          onChange={(e) => onChange({ line: (e.currentTarget.value || undefined) as LineKind | undefined })}
          data={[
            { value: "", label: "All kinds" },
            ...lineKinds.map((k) => ({ value: k, label: lineLooks[k].label })),
          ]}
          data-testid="statement-kind"
        />
        <span className={classes.space} />
        <Button size="xs" variant="default" onClick={lastHour} data-testid="annotate">
          Explain an interval
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<DownloadIcon size={13} />}
          onClick={() => download(`${slo}-statement.csv`, statementCsv(statement))}
          data-testid="statement-csv"
        >
          CSV
        </Button>
        <Button size="xs" variant="default" onClick={() => window.print()}>
          Print
        </Button>
      </div>
      <SpendingBar statement={statement} />
      {balance.map((kind) => (
        <div key={kind.id} className={classes.plot}>
          <PlotCard
            kind={kind}
            series={series?.burnDown}
            stretch={stretch}
            until={Math.min(Date.parse(stretch.to), Date.parse(budget.to)) / 1000}
            name={`${slo} ${objective}`}
            marks={marks}
            onZoom={explainDragged}
          />
          <p className={classes.hint}>Drag over a stretch to explain it.</p>
        </div>
      ))}
      <StatementTable
        statement={statement}
        kind={search.line}
        editable={(name) => annotations.some((a) => a.name === name && a.editable)}
        onEdit={(name) => onChange({ annotate: name })}
        onExplain={lastHour}
      />
      {form && (
        <AnnotationDrawer
          key={search.annotate}
          initial={form}
          onClose={() => onChange({ annotate: undefined })}
          onDone={() => onChange({ annotate: undefined }, true)}
        />
      )}
    </div>
  );
}

/** The statement of what is chosen; what moves the budget brings it along, see useSlo. */
function useStatement(slo: string, search: SloSearch) {
  const zone = useZone();
  const { window, asOf, group } = questionOf(search, zone);
  const variables = {
    name: slo,
    objective: search.objective ?? null, // as useSlo asks, whose events bring it
    window,
    asOf,
    group,
    from: search.from ?? null,
    to: search.to ?? null,
  };
  const { data, error, loading, refetch } = useQuery(SloStatementDocument, {
    variables,
    fetchPolicy: "cache-and-network",
    nextFetchPolicy: "cache-first",
  });
  const held = unmask(SloStatementFields, useHeld({ data, loading, about: slo, question: variables })?.slo);
  return {
    statement: unmask(StatementFields, held?.objective?.statement),
    annotations: unmask(AnnotationFields, held?.annotations ?? []),
    error: held ? undefined : error,
    pending: loading && data === undefined,
    refetch: () => void refetch().catch(() => undefined),
  };
}

interface RangeProps {
  search: SloSearch;
  from: string;
  to: string;
  onChange: (patch: Patch<SloSearch>) => void;
}

/** Another stretch than the window. */
function Range({ search, from, to, onChange }: RangeProps) {
  const set = (patch: { from?: string; to?: string }) => {
    const next = { from: search.from ?? from, to: search.to ?? to, ...patch };
    if (next.from < next.to) {
      onChange(next);
    }
  };
  return (
    <>
      {(["from", "to"] as const).map((edge) => (
        <InstantField
          key={edge}
          label={edge === "from" ? "From" : "To"}
          at={new Date(edge === "from" ? from : to)}
          onChoose={(at) => at && set({ [edge]: rfc3339(at) })}
          data-testid={`statement-${edge}`}
        />
      ))}
      {search.from && (
        <Button size="xs" variant="light" onClick={() => onChange({ from: undefined, to: undefined })}>
          The whole window
        </Button>
      )}
    </>
  );
}
