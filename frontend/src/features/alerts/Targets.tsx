import { useMutation } from "@apollo/client/react";
import { Button } from "@mantine/core";
import { TargetExample } from "@/components/alerts/Examples";
import { BreachedIcon, HealthyIcon } from "@/components/icons";
import { Panel, PanelNote } from "@/components/Panel";
import { Instant } from "@/components/zone";
import type { AlertListQuery } from "@/gql/graphql";
import { humanSeconds } from "@/lib/duration";
import { errorText } from "@/lib/errors";
import { sentence } from "@/lib/words";
import classes from "./AlertsPage.module.css";
import { TestAlertTargetDocument } from "./documents";

type Target = AlertListQuery["alertTargets"][number];

/** What the demonstration tells its alerts. */
const demoPager = "demo-pager";

/** Where alerts are sent, and a way to try it. */
export function Targets({ targets }: { targets: readonly Target[] }) {
  return (
    <Panel
      title="Targets"
      hint={
        <>
          {targets.some((t) => t.name === demoPager) && (
            <>
              <code>{demoPager}</code> comes with the demonstration.{" "}
            </>
          )}
          Yours are named under <code>alerting.targets</code> in <code>hindcast.yaml</code>.
        </>
      }
    >
      {targets.length === 0 ? (
        <PanelNote testId="no-targets">
          <p>
            None is configured: alerts are shown here and told to nobody. Name an Alertmanager or a webhook in
            the configuration, and the policies that are to use it by its name:
          </p>
          <TargetExample />
        </PanelNote>
      ) : (
        <ul className={classes.list}>
          {targets.map((t) => (
            <TargetItem key={t.name} target={t} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function TargetItem({ target: t }: { target: Target }) {
  const [run, { data, loading, error }] = useMutation(TestAlertTargetDocument);
  const test = data?.testAlertTarget;
  const Icon = t.ok ? HealthyIcon : BreachedIcon;
  return (
    <li className={classes.target} data-testid="target" data-target={t.name}>
      <span className={classes.icon} data-tone={t.ok ? "healthy" : "breached"}>
        <Icon size={15} />
      </span>
      <div className={classes.what}>
        <strong>{t.name}</strong> · {t.type} · <code>{t.url}</code>
        <p className={classes.more}>
          {sentence(t.message || (t.ok ? "well" : "not well"))}
          {t.lastSuccess && (
            <>
              {" "}
              Last delivered <Instant at={t.lastSuccess} />.
            </>
          )}
          {t.waiting > 0 && ` ${t.waiting} wait to be sent.`}
        </p>
        <p
          role="status"
          className={classes.result}
          data-tone={test?.ok ? "healthy" : "breached"}
          data-testid="target-result"
        >
          {test &&
            `${test.ok ? "Sent" : "Not sent"}: ${test.message}${test.latencySeconds == null ? "" : ` (${humanSeconds(test.latencySeconds)})`}`}
          {error && errorText(error)}
        </p>
      </div>
      <Button
        size="xs"
        variant="default"
        loading={loading}
        onClick={() => run({ variables: { name: t.name } }).catch(() => undefined)}
        data-testid="target-test"
      >
        Send a test
      </Button>
    </li>
  );
}
