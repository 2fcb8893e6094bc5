import { Button, SegmentedControl } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { InfoIcon } from "@/components/icons";
import { TroubleNotice } from "@/components/Notice";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { BurnRates } from "./BurnRates";
import { budgetOf } from "./budget";
import { ExplainDrawer } from "./ExplainDrawer";
import { Groups } from "./Groups";
import { Headline } from "./Headline";
import { Plots } from "./Plots";
import { SloHeader } from "./SloHeader";
import classes from "./SloPage.module.css";
import { SloSkeleton } from "./SloSkeleton";
import type { SloSearch } from "./search";
import { useSlo } from "./use-slo";
import { ViewPicker } from "./ViewPicker";

const route = getRouteApi("/slos/$name");

/** Everything about one objective. */
export function SloPage() {
  const { name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<SloSearch>) =>
    void navigate({ search: (old) => patched(old, patch), replace: true, resetScroll: false });
  const { slo, error, loading, pending, refetch } = useSlo(name, search);

  if (error) {
    return (
      <Framed name={name}>
        <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />
      </Framed>
    );
  }
  if (loading || slo === undefined) {
    return (
      <Framed name={name}>
        <SloSkeleton />
      </Framed>
    );
  }
  const objective = slo?.objectives.find((o) => o.name === search.objective) ?? slo?.objectives[0];
  if (!slo || !objective) {
    return (
      <Framed name={name}>
        <TroubleNotice trouble={{ ...missing, detail: name }} />
      </Framed>
    );
  }
  const budget = budgetOf(objective);
  const first = slo.objectives[0]?.name === objective.name;
  return (
    <Framed name={name} pending={pending}>
      <SloHeader
        slo={slo}
        state={budget.state}
        action={
          <Button
            size="xs"
            variant="default"
            leftSection={<InfoIcon size={14} />}
            data-testid="explain-open"
            onClick={() => change({ explain: "1" })}
          >
            Why this number?
          </Button>
        }
      />
      <div className={classes.controls}>
        {slo.objectives.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="Objective"
            value={objective.name}
            onChange={(value) => change({ objective: value === slo.objectives[0]?.name ? undefined : value })}
            data={slo.objectives.map((o) => ({ value: o.name, label: `${o.name} · ${o.targetPercent} %` }))}
          />
        )}
        <ViewPicker search={search} ownWindow={slo.window.title} onChange={change} />
      </div>
      <Headline budget={budget} targetPercent={objective.targetPercent} unit={slo.unit} />
      <Plots
        slo={slo.name}
        objective={objective.name}
        targetPercent={objective.targetPercent}
        unit={slo.unit}
        budget={budget}
        search={search}
        onChange={change}
      />
      <BurnRates pairs={objective.burnRates} />
      {slo.groups.totalCount > 0 && first && (
        <Groups
          slo={slo.name}
          asOf={search.asOf}
          chosen={search.group}
          targetPercent={objective.targetPercent}
          onChange={change}
        />
      )}
      <ExplainDrawer
        slo={slo.name}
        asOf={search.asOf}
        opened={search.explain === "1"}
        note={noteOf(first, slo.objectives[0]?.name, search)}
        onClose={() => change({ explain: undefined })}
      />
    </Framed>
  );
}

const missing = {
  title: "No such objective",
  remedy: "It may have been renamed or removed from the specification. The overview lists what is in force.",
  retry: false,
};

function Framed({
  name,
  pending = false,
  children,
}: {
  name: string;
  pending?: boolean;
  children: React.ReactNode;
}) {
  return (
    <main className={classes.page} data-testid="slo-page" data-slo={name} id="content" aria-busy={pending}>
      {children}
    </main>
  );
}

/** The server explains the first objective over its own window: say so where something else is shown. */
function noteOf(first: boolean, firstName: string | undefined, search: SloSearch): string | null {
  if (!first) {
    return `This explains the objective ${firstName ?? ""}, the first one of this SLO.`;
  }
  return search.window ? "This explains the budget over the SLO's own window." : null;
}
