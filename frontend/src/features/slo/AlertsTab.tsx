import { useQuery } from "@apollo/client/react";
import { SegmentedControl } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Absent } from "@/components/Absent";
import { AlertBadge, AlertFields, AlertItem } from "@/components/alerts/AlertItem";
import { PolicyExample } from "@/components/alerts/Examples";
import { WarningIcon } from "@/components/icons";
import { Notice } from "@/components/Notice";
import { Panel, PanelNote } from "@/components/Panel";
import { type FragmentType, unmask } from "@/gql";
import type { SloAlertsQuery, Unit } from "@/gql/graphql";
import { humanDuration } from "@/lib/duration";
import { exact } from "@/lib/number";
import type { Patch } from "@/lib/search-params";
import { titleOf } from "@/lib/words";
import classes from "./AlertsTab.module.css";
import { SloAlertsDocument } from "./documents";
import { Replay } from "./Replay";
import type { SloSearch } from "./search";

interface AlertsTabProps {
  slo: string;
  unit: Unit;
  search: SloSearch;
  onChange: (patch: Patch<SloSearch>) => void;
}

type Policy = NonNullable<SloAlertsQuery["slo"]>["alertPolicies"][number];

/** Who is told when the budget burns: the policies, what they say now and said before, and what they would have said. */
export function AlertsTab({ slo, unit, search, onChange }: AlertsTabProps) {
  const { data, error, refetch } = useQuery(SloAlertsDocument, {
    variables: { name: slo },
    fetchPolicy: "cache-and-network",
    pollInterval: 15_000,
  });
  const found = data?.slo;
  if (!found) {
    return (
      <Absent
        what="alerts"
        heights={[320]}
        error={error}
        onRetry={() => void refetch().catch(() => undefined)}
      />
    );
  }
  const alerts = found.alerts.map((masked) => ({ masked, ...unmask(AlertFields, masked) }));
  const known = data.alertTargets.map((t) => t.name);
  const watched = found.alertPolicies.length > 0;
  const past = alerts.filter((a) => a.state === "RESOLVED");
  return (
    <div className={classes.tab} data-testid="alerts-tab">
      {watched ? (
        <Panel title="Policies" hint="Judged on the ledger after every settled minute.">
          <ul className={classes.list}>
            {found.alertPolicies.map((p) => (
              <PolicyItem
                key={p.name}
                policy={p}
                known={known}
                alerts={alerts.filter((a) => a.policy === p.name && a.state !== "RESOLVED")}
              />
            ))}
          </ul>
        </Panel>
      ) : (
        <NoPolicies />
      )}
      <Panel
        title="Would have fired"
        hint={
          watched
            ? "The same policies over the past, with the figures as they are now."
            : "The workbook’s pairs over the past, scaled to the window; nobody is told of them."
        }
        tools={
          <SegmentedControl
            size="xs"
            aria-label="How far back"
            value={search.days ?? "30"}
            onChange={(v) => onChange({ days: v === "90" ? "90" : undefined })}
            data={[
              { value: "30", label: "30 days" },
              { value: "90", label: "90 days" },
            ]}
          />
        }
      >
        <Replay
          slo={slo}
          unit={unit}
          days={search.days === "90" ? 90 : 30}
          onStretch={(from, to) => onChange({ from, to, tab: undefined })}
        />
      </Panel>
      {(watched || past.length > 0) && (
        <Panel title="History" hint="What fired and ended in the last 30 days.">
          {past.length === 0 ? (
            <PanelNote>Nothing fired.</PanelNote>
          ) : (
            <ul className={classes.list}>
              {past.map((a) => (
                <AlertItem key={a.id} alert={a.masked} />
              ))}
            </ul>
          )}
        </Panel>
      )}
    </div>
  );
}

type Alert = FragmentType<typeof AlertFields>;

function PolicyItem({
  policy: p,
  known,
  alerts,
}: {
  policy: Policy;
  /** Targets that are configured. */
  known: readonly string[];
  alerts: readonly { id: string; masked: Alert }[];
}) {
  const unknown = p.targets.filter((t) => !known.includes(t));
  const conditions = [
    ...(p.after !== "0s" && p.after !== "0m" ? [`holds for ${humanDuration(p.after)}`] : []),
    ...(p.minEvents > 0 ? [`at least ${exact(p.minEvents)} events`] : []),
    ...(p.whenNoData ? ["also told when there is no data"] : []),
    ...(p.whenResolved ? ["also told when it ends"] : []),
  ];
  return (
    <li className={classes.policy} data-testid="policy" data-policy={p.name}>
      <div className={classes.head}>
        <h3 className={classes.name}>{titleOf(p)}</h3>
        <span className={classes.severity}>{p.severity}</span>
        {alerts.length === 0 && <AlertBadge state="INACTIVE" />}
      </div>
      <p className={classes.text}>{p.text}</p>
      {conditions.length > 0 && <p className={classes.more}>{conditions.join(" · ")}</p>}
      <p className={classes.more}>
        {p.targets.length > 0 ? `Sent to ${p.targets.join(", ")}` : "Sent to nobody: it is shown here only"} ·
        defined in{" "}
        <code>
          {p.origin.file}:{p.origin.line}
        </code>
      </p>
      {unknown.length > 0 && (
        <p className={classes.unknown} data-testid="unknown-target">
          <WarningIcon size={13} /> {unknown.join(", ")} is no target in <code>hindcast.yaml</code>: nobody is
          told by that name. <Link to="/alerts">Targets</Link>
        </p>
      )}
      {alerts.length > 0 && (
        <ul className={classes.now}>
          {alerts.map((a) => (
            <AlertItem key={a.id} alert={a.masked} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Nobody is told, and how that changes. */
function NoPolicies() {
  return (
    <Notice title="Nobody is told when this budget burns">
      <p>
        An alert policy says who is told when a budget burns too fast. It is judged on the ledger: it waits
        while too little is measured, needs as many events as you say, and can be tried on the past before
        anybody is woken. Below is what the burn-rate pairs of the SRE workbook would have told of.
      </p>
      <details>
        <summary className={classes.summary}>How a policy is written</summary>
        <p>
          Write it beside the objective, under <code>alertPolicies</code>. Where it is sent stands in{" "}
          <code>hindcast.yaml</code>; <Link to="/alerts">Alerts</Link> shows both.
        </p>
        <PolicyExample />
      </details>
    </Notice>
  );
}
