import { useQuery } from "@apollo/client/react";
import { NativeSelect, Switch } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Absent } from "@/components/Absent";
import { AlertItem, alertLooks } from "@/components/alerts/AlertItem";
import { PolicyExample } from "@/components/alerts/Examples";
import { Page } from "@/components/Page";
import { PanelNote } from "@/components/Panel";
import panel from "@/components/Panel.module.css";
import type { AlertState } from "@/gql/graphql";
import { useHeld } from "@/lib/held";
import { type Patch, patched } from "@/lib/search-params";
import classes from "./AlertsPage.module.css";
import { AlertListDocument } from "./documents";
import type { AlertsSearch } from "./search";
import { Targets } from "./Targets";

const route = getRouteApi("/alerts");

/** What fires, waits or cannot be judged, and where it is sent. */
export function AlertsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (patch: Patch<AlertsSearch>) =>
    void navigate({ search: (old) => patched(old, patch), replace: true, resetScroll: false });
  const filter = {
    service: search.service ?? null,
    state: search.state ? [search.state] : null,
    includeResolved: search.past === "1" || search.state === "RESOLVED",
  };
  const { data, error, loading, refetch } = useQuery(AlertListDocument, {
    variables: { filter, first: 100 },
    fetchPolicy: "cache-and-network",
    pollInterval: 10_000,
  });
  const held = useHeld({ data, loading, about: "alerts", question: filter });
  return (
    <Page
      testId="alerts"
      title="Alerts"
      lead="Budgets that burn too fast, judged on the ledger. What cannot be judged is frozen, and says so."
    >
      {!held && (
        <Absent
          what="alerts"
          heights={[220]}
          error={error}
          onRetry={() => void refetch().catch(() => undefined)}
        />
      )}
      {held && (
        <>
          <section className={panel.panel} aria-label="Alerts">
            <div className={classes.bar}>
              <NativeSelect
                size="xs"
                aria-label="State"
                value={search.state ?? ""}
                onChange={(e) =>
                  change({ state: (e.currentTarget.value || undefined) as AlertState | undefined })
                }
                data={[
                  { value: "", label: "Every state" },
                  ...(["FIRING", "PENDING", "FROZEN", "RESOLVED"] as const).map((s) => ({
                    value: s,
                    label: alertLooks[s].label,
                  })),
                ]}
              />
              <Switch
                size="xs"
                label="Also those that ended in the last 30 days"
                checked={search.past === "1"}
                onChange={(e) => change({ past: e.currentTarget.checked ? "1" : undefined })}
              />
            </div>
            {held.alerts.nodes.length === 0 ? (
              search.state || search.service ? (
                <PanelNote testId="no-alerts">No alert fits what you look for.</PanelNote>
              ) : (
                <Quiet />
              )
            ) : (
              <ul className={classes.list}>
                {held.alerts.nodes.map((a) => (
                  <AlertItem
                    key={a.id}
                    alert={a}
                    lead={
                      <Link
                        to="/slos/$name"
                        params={{ name: a.sloName }}
                        search={{ tab: "alerts" }}
                        className={classes.link}
                      >
                        {a.sloName}
                      </Link>
                    }
                  />
                ))}
              </ul>
            )}
            {held.alerts.pageInfo.hasNextPage && <PanelNote>Only the first 100 are shown.</PanelNote>}
          </section>
          <Targets targets={held.alertTargets} />
        </>
      )}
    </Page>
  );
}

/** Nothing fires: how a policy comes to be, for those who have none yet. */
function Quiet() {
  return (
    <PanelNote testId="no-alerts">
      <p>Nothing fires, and nothing is about to.</p>
      <details>
        <summary>How an objective gets an alert policy</summary>
        <p>
          A policy stands beside its objective, under <code>alertPolicies</code>: how fast the budget may burn
          and over how long, from how many events on, and which targets are told. The alerts tab of an
          objective shows when it would have fired in the past, before anybody is woken; for an objective
          without a policy it shows the pairs of the SRE workbook.
        </p>
        <PolicyExample />
      </details>
    </PanelNote>
  );
}
