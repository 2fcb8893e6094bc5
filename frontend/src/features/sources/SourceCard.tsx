import { Tooltip } from "@mantine/core";
import { type ReactNode, useId } from "react";
import { Badge } from "@/components/Badge";
import { Card } from "@/components/CardList";
import { BreachedIcon, ChevronIcon, HealthyIcon, PauseIcon, UnknownIcon } from "@/components/icons";
import { unmask } from "@/gql";
import type { SourceInput, SourceStatus, SourceSummaryFragment } from "@/gql/graphql";
import { age } from "@/lib/duration";
import { useNow } from "@/lib/now";
import { raw } from "@/lib/number";
import { SourceTestFragment, SourceUseFragment } from "./documents";
import classes from "./SourceCard.module.css";
import { SourceDetails } from "./SourceDetails";
import { kindText, lagText, originText, shortUse, statusLook, usedBy } from "./words";

interface SourceCardProps {
  source: SourceSummaryFragment;
  opened: boolean;
  onToggle: () => void;
  onEdit: () => void;
  onRemoved: (removed: SourceInput, by: string) => void;
}

/** One source at a glance, and everything about it when it is opened. */
export function SourceCard({ source, opened, onToggle, onEdit, onRemoved }: SourceCardProps) {
  const details = useId();
  const test = unmask(SourceTestFragment, source.test);
  return (
    <Card data-testid="source-card" data-source={source.name}>
      <div className={classes.summary}>
        <div className={classes.who}>
          <h2 className={classes.heading}>
            <button
              type="button"
              className={classes.toggle}
              aria-expanded={opened}
              aria-controls={details}
              onClick={onToggle}
              data-testid="source-toggle"
            >
              <span className={classes.chevron} data-open={opened || undefined}>
                <ChevronIcon size={14} />
              </span>
              {source.name}
            </button>
          </h2>
          <StatusBadge status={source.status} />
          <p className={classes.where}>
            <span>{kindText(source.type, test)}</span>
            {source.url && <code>{source.url}</code>}
            <span>{originText(source)}</span>
          </p>
        </div>
        <Figures source={source} />
      </div>
      {source.problem && (
        <p className={classes.problem} data-testid="source-problem">
          {source.problem}
        </p>
      )}
      <div id={details} hidden={!opened}>
        {opened && (
          <SourceDetails source={source} test={test ?? null} onEdit={onEdit} onRemoved={onRemoved} />
        )}
      </div>
    </Card>
  );
}

const icons: Record<SourceStatus, (p: { size?: number }) => ReactNode> = {
  OK: HealthyIcon,
  FAILING: BreachedIcon,
  IDLE: PauseIcon,
  UNTESTED: UnknownIcon,
};

function StatusBadge({ status }: { status: SourceStatus }) {
  return <Badge {...statusLook(status)} icon={icons[status]} testId="source-status" value={status} />;
}

/** Lag, freshness, cost and use; what is unknown is a dash. */
function Figures({ source }: { source: SourceSummaryFragment }) {
  const now = useNow();
  const last = unmask(SourceUseFragment, source.cost?.lastCycle);
  return (
    <dl className={classes.figures}>
      <div>
        <dt>
          <Tooltip label="How far the newest minute that was read lies behind now.">
            <span>Lag</span>
          </Tooltip>
        </dt>
        <dd data-testid="source-lag" data-value={raw(source.lagSeconds)}>
          {lagText(source.lagSeconds)}
        </dd>
      </div>
      <div>
        <dt>
          <Tooltip label="How old the newest sample is that the source had.">
            <span>Newest sample</span>
          </Tooltip>
        </dt>
        <dd data-value={raw(source.freshnessSeconds)}>{lagText(source.freshnessSeconds)}</dd>
      </div>
      <div>
        <dt>Last answer</dt>
        <dd>{source.lastSuccess ? age(new Date(source.lastSuccess), now) : "never"}</dd>
      </div>
      <div>
        <dt>
          <Tooltip label="What the last cycle asked for and how much came back.">
            <span>Last cycle</span>
          </Tooltip>
        </dt>
        <dd>{shortUse(last)}</dd>
      </div>
      <div>
        <dt>Used by</dt>
        <dd>{usedBy(source)}</dd>
      </div>
    </dl>
  );
}
