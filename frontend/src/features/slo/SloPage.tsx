import { Button, SegmentedControl } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { InfoIcon } from "@/components/icons";
import { Loading } from "@/components/Loading";
import { TroubleNotice } from "@/components/Notice";
import { OnlyButton } from "@/components/OnlyButton";
import { Frame } from "@/components/Page";
import { useZone } from "@/components/zone";
import { countedOf } from "@/lib/counted";
import { troubleOf } from "@/lib/errors";
import { type Patch, patched } from "@/lib/search-params";
import { AlertsTab } from "./AlertsTab";
import { BurnRates } from "./BurnRates";
import { budgetOf } from "./budget";
import { CompositeParts } from "./CompositeParts";
import { Excluded } from "./Excluded";
import { ExplainDrawer } from "./ExplainDrawer";
import { Groups } from "./Groups";
import { Plots } from "./Plots";
import { SloHeader, serviceOf } from "./SloHeader";
import { SloHeadline } from "./SloHeadline";
import classes from "./SloPage.module.css";
import { SloTabs } from "./SloTabs";
import { StatementTab } from "./StatementTab";
import { labelsOf, labelText, type SloSearch, windowTitle } from "./search";
import { useSlo } from "./use-slo";
import { ViewPicker } from "./ViewPicker";

const route = getRouteApi("/slos/$name");

/** Everything about one objective. */
export function SloPage() {
  const { name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (patch: Patch<SloSearch>, ignoreBlocker = false) =>
      void navigate({
        search: (old) => patched(old, patch),
        replace: true,
        resetScroll: false,
        ignoreBlocker,
      }),
    [navigate],
  );
  const { slo, error, loading, pending, refetch } = useSlo(name, search);
  const zone = useZone();
  const group = labelsOf(search.group);
  const whole = group && (
    <OnlyButton
      what={`${labelText(group)}: show the whole`}
      testId="group-chosen"
      onClear={() => change({ group: undefined })}
    />
  );

  if (error) {
    return (
      <Framed name={name}>
        <TroubleNotice trouble={troubleOf(error)} onRetry={() => void refetch()} />
        {whole}
      </Framed>
    );
  }
  if (loading || slo === undefined) {
    return (
      <Framed name={name}>
        <Loading what="the objective" heights={[76, 170, 250, 250]} />
      </Framed>
    );
  }
  const objective = slo?.objective;
  if (!slo || !objective) {
    return (
      <Framed name={name}>
        <TroubleNotice trouble={{ ...missing, detail: slo ? `${name}: ${search.objective}` : name }} />
      </Framed>
    );
  }
  const budget = budgetOf(objective);
  const counted = countedOf(slo.method, slo.unit);
  const shown = { slo: slo.name, objective: objective.name, search };
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
      <SloTabs tab={search.tab} />
      {search.tab !== "alerts" && (
        <div className={classes.controls}>
          {slo.objectives.length > 1 && (
            <SegmentedControl
              size="xs"
              aria-label="Objective"
              value={objective.name}
              onChange={(value) =>
                change({ objective: value === slo.objectives[0]?.name ? undefined : value })
              }
              data={slo.objectives.map((o) => ({ value: o.name, label: `${o.name} · ${o.targetPercent} %` }))}
            />
          )}
          <ViewPicker search={search} ownWindow={slo.window.title} onChange={change} />
        </div>
      )}
      {search.tab !== "alerts" && whole}
      {search.tab === "alerts" && (
        <AlertsTab slo={slo.name} unit={slo.unit} search={search} onChange={change} />
      )}
      {search.tab === "statement" && (
        <StatementTab
          {...shown}
          targetPercent={objective.targetPercent}
          unit={slo.unit}
          service={serviceOf(slo)}
          budget={budget}
          onChange={change}
        />
      )}
      {search.tab === undefined && (
        <>
          <SloHeadline
            budget={budget}
            targetPercent={objective.targetPercent}
            counted={counted}
            sliceLength={objective.sliceLength ?? null}
            excluded={
              <Excluded
                slo={slo.name}
                budget={budget}
                measured={search.measured !== undefined}
                onMeasured={(measured) => change({ measured: measured ? "1" : undefined })}
              />
            }
          />
          <Plots
            {...shown}
            targetPercent={objective.targetPercent}
            unit={slo.unit}
            budget={budget}
            onChange={change}
          />
          <BurnRates pairs={objective.burnRates} past={search.asOf !== undefined} />
          {objective.composite && (
            <CompositeParts slo={slo.name} objective={objective.name} asOf={search.asOf} />
          )}
          {objective.groups.totalCount > 0 && (
            <Groups
              {...shown}
              windowTitle={windowTitle(search, slo.window.title, zone)}
              targetPercent={objective.targetPercent}
              counted={counted}
              onChange={change}
            />
          )}
        </>
      )}
      {search.explain && (
        <ExplainDrawer
          {...shown}
          windowTitle={windowTitle(search, slo.window.title, zone)}
          targetPercent={objective.targetPercent}
          counted={counted}
          onClose={() => change({ explain: undefined })}
        />
      )}
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
    <Frame testId="slo-page" about={{ "data-slo": name }} busy={pending}>
      {children}
    </Frame>
  );
}
