import { useQuery, useSubscription } from "@apollo/client/react";
import { Absent } from "@/components/Absent";
import { BreachedIcon, HealthyIcon } from "@/components/icons";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { figures, Table } from "@/components/Table";
import { Instant } from "@/components/zone";
import { graphql } from "@/gql";
import type { HealthPageQuery } from "@/gql/graphql";
import { age, humanSeconds } from "@/lib/duration";
import { useNow } from "@/lib/now";
import { exact } from "@/lib/number";
import { counted } from "@/lib/words";
import classes from "./HealthPage.module.css";

const HealthPageDocument = graphql(/* GraphQL */ `
  query HealthPage {
    health {
      version
      ready
      startedAt
      demo
      components {
        name
        ok
        message
        checkedAt
        lastWell
      }
      targets {
        job
        instance
        url
        up
        lastScrape
        lastDurationSeconds
        samples
        error
      }
      problems {
        file
        line
        column
        message
      }
    }
  }
`);

const HealthPingDocument = graphql(/* GraphQL */ `
  subscription HealthPing {
    healthChanged {
      ready
    }
  }
`);

/** How the parts of Hindcast are doing: sources, targets, specifications. */
export function HealthPage() {
  const { data, error, refetch } = useQuery(HealthPageDocument, {
    fetchPolicy: "cache-and-network",
    pollInterval: 15_000,
  });
  useSubscription(HealthPingDocument, {
    fetchPolicy: "no-cache",
    ignoreResults: true,
    onData: () => void refetch().catch(() => undefined),
  });
  const now = useNow();
  return (
    <Page
      testId="health"
      title="Health"
      lead={
        data && (
          <>
            {data.health.ready ? "Ready." : "Not ready: see the components below."} Version{" "}
            {data.health.version}, up since <Instant at={data.health.startedAt} /> (
            {age(new Date(data.health.startedAt), now)}).
            {data.health.demo && " Demo: the services are simulated inside this server."}
          </>
        )
      }
    >
      {data ? (
        <>
          <Problems problems={data.health.problems} />
          <Components components={data.health.components} now={now} />
          <Targets targets={data.health.targets} now={now} />
        </>
      ) : (
        <Absent what="health" heights={[320]} error={error} onRetry={() => void refetch()} />
      )}
    </Page>
  );
}

type Health = HealthPageQuery["health"];

function Verdict({ ok, words }: { ok: boolean; words: [string, string] }) {
  return (
    <span className={classes.verdict} data-tone={ok ? "healthy" : "breached"}>
      {ok ? <HealthyIcon size={14} /> : <BreachedIcon size={14} />}
      {ok ? words[0] : words[1]}
    </span>
  );
}

function Problems({ problems }: { problems: Health["problems"] }) {
  if (problems.length === 0) {
    return null;
  }
  return (
    <Panel
      title={`${counted(problems.length, "problem")} in specifications`}
      hint="What a file defined before stays in force until it is right again."
    >
      <ul className={classes.problems}>
        {problems.map((p) => (
          <li key={`${p.file}:${p.line}:${p.column} ${p.message}`}>
            <code>
              {p.file}:{p.line}:{p.column}
            </code>
            <span>{p.message}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Components({ components, now }: { components: Health["components"]; now: Date }) {
  return (
    <Panel title="Components" hint="Parts of this server and what they depend on.">
      <Table
        label="Components"
        columns={["Component", "State", "Says", figures("Checked"), figures("Last well")]}
      >
        <tbody>
          {components.map((c) => (
            <tr key={c.name}>
              <th scope="row">{c.name}</th>
              <td>
                <Verdict ok={c.ok} words={["Works", "Fails"]} />
              </td>
              <td className={classes.message}>{c.message}</td>
              <td data-number>{age(new Date(c.checkedAt), now)}</td>
              <td data-number>{c.lastWell ? age(new Date(c.lastWell), now) : "never"}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Panel>
  );
}

function Targets({ targets, now }: { targets: Health["targets"]; now: Date }) {
  const down = targets.filter((t) => !t.up).length;
  const sorted = targets.toSorted(
    (a, b) =>
      Number(a.up) - Number(b.up) || a.job.localeCompare(b.job) || a.instance.localeCompare(b.instance),
  );
  return (
    <Panel
      title="Scrape targets"
      hint={
        targets.length === 0
          ? "None: the embedded database scrapes nothing. Targets are named in hindcast.yaml."
          : `${counted(targets.length, "target")}, ${down === 0 ? "all of them up" : `${down} down`}.`
      }
    >
      {targets.length > 0 && (
        <Table
          label="Scrape targets"
          columns={["Job", "Instance", "State", figures("Last scrape"), figures("Took"), figures("Samples")]}
        >
          <tbody>
            {sorted.map((t) => (
              <tr key={`${t.job} ${t.instance} ${t.url}`}>
                <th scope="row">{t.job}</th>
                <td className={classes.message}>
                  <code>{t.url}</code>
                  {t.error && <div className={classes.error}>{t.error}</div>}
                </td>
                <td>
                  <Verdict ok={t.up} words={["Up", "Down"]} />
                </td>
                <td data-number>{t.lastScrape ? age(new Date(t.lastScrape), now) : "never"}</td>
                <td data-number>
                  {t.lastDurationSeconds == null ? "—" : humanSeconds(t.lastDurationSeconds)}
                </td>
                <td data-number>{exact(t.samples)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Panel>
  );
}
