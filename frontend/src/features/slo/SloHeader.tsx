import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import { Fact, Facts } from "@/components/Facts";
import { ObjectHeader } from "@/components/Page";
import { StateBadge } from "@/components/StateBadge";
import { type FragmentType, graphql, unmask } from "@/gql";
import type { Budgeting, State } from "@/gql/graphql";
import { titleOf } from "@/lib/words";
import classes from "./SloHeader.module.css";

const SloHeaderFragment = graphql(/* GraphQL */ `
  fragment SloHeader on Slo {
    id
    name
    displayName
    description
    team
    method
    service {
      id
      name
      displayName
      team
    }
    window {
      duration
      title
    }
    labels {
      name
      values
    }
    origin {
      file
      line
    }
    slas {
      id
      name
      displayName
    }
    backfill {
      done
      daysDone
      daysTotal
      samplesPerSecond
      oldest
      error
    }
  }
`);

/** The name of the service that an objective belongs to. */
export function serviceOf(slo: FragmentType<typeof SloHeaderFragment>): string {
  return unmask(SloHeaderFragment, slo).service.name;
}

const methods: Record<Budgeting, string> = {
  OCCURRENCES: "counts events",
  TIMESLICES: "counts good time slices",
  RATIO_TIMESLICES: "averages time slices",
};

interface SloHeaderProps {
  slo: FragmentType<typeof SloHeaderFragment>;
  state: State;
  action: ReactNode;
}

/** What the objective is: its name, whose it is, how it is counted, where it is written. */
export function SloHeader({ slo: masked, state, action }: SloHeaderProps) {
  const slo = unmask(SloHeaderFragment, masked);
  const team = slo.team ?? slo.service.team;
  return (
    <ObjectHeader
      path={[
        <Link key="all" to="/" search={{}}>
          Overview
        </Link>,
        <Link key="service" to="/" search={{ service: slo.service.name }}>
          {titleOf(slo.service)}
        </Link>,
      ]}
      title={titleOf(slo)}
      badge={<StateBadge state={state} testId="budget-state" large />}
      actions={action}
      description={slo.description}
    >
      <Facts layout="line">
        <Fact label="Name">
          <code>{slo.name}</code>
        </Fact>
        <Fact label="Team">{team ?? "nobody named"}</Fact>
        <Fact label="Window">{slo.window.title}</Fact>
        <Fact label="Method">{methods[slo.method]}</Fact>
        <Fact label="Defined in">
          <code>
            {slo.origin.file}:{slo.origin.line}
          </code>
        </Fact>
        {slo.slas.length > 0 && (
          <Fact label="Promised in">
            <span data-testid="promised" data-value={slo.slas.map((s) => s.name).join(" ")}>
              {slo.slas.map((s, i) => (
                <Fragment key={s.id}>
                  {i > 0 && ", "}
                  <Link to="/slas/$name" params={{ name: s.name }} search={{}}>
                    {titleOf(s)}
                  </Link>
                </Fragment>
              ))}
            </span>
          </Fact>
        )}
        {slo.labels
          .filter((l) => l.name !== "team")
          .map((l) => (
            <Fact key={l.name} label={l.name}>
              {l.values.join(", ")}
            </Fact>
          ))}
      </Facts>
      {slo.backfill && !slo.backfill.done && <Backfill backfill={slo.backfill} />}
    </ObjectHeader>
  );
}

interface BackfillProps {
  backfill: { daysDone: number; daysTotal: number; samplesPerSecond: number; error?: string | null };
}

/** How far the reading of history has come. */
function Backfill({ backfill }: BackfillProps) {
  const done = `${backfill.daysDone} of ${backfill.daysTotal} days`;
  return (
    <div className={classes.backfill} data-bad={backfill.error ? true : undefined}>
      <span>
        {backfill.error
          ? `Reading history stopped at ${done}: ${backfill.error}`
          : `Reading history, newest day first: ${done}`}
        {!backfill.error &&
          backfill.samplesPerSecond > 0 &&
          ` · ${Math.round(backfill.samplesPerSecond / 1000).toLocaleString("en-GB")} k samples/s`}
      </span>
      <progress
        value={backfill.daysDone}
        max={Math.max(1, backfill.daysTotal)}
        aria-label="Days of history read"
      />
    </div>
  );
}
