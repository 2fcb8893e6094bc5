import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, GraphQLError, type GraphQLSchema } from "graphql";
import { explain } from "./explain.ts";
import { budget, iso, slotsOf } from "./figures.ts";
import { fleet, type MockSlo, services } from "./fleet.ts";
import { importRoot, type MockDocument } from "./imports.ts";
import { burnRates, type SeriesArgs, series } from "./series.ts";
import { type Agreements, inventedAgreements, slaRoot } from "./slas.ts";
import { SLOT } from "./slots.ts";
import { inventedSources, type MockSource, sourceRoot } from "./sources.ts";

/** The real schema, read from where the server's is. */
export function loadSchema(): GraphQLSchema {
  const dir = join(import.meta.dirname, "../../../graph");
  const files = readdirSync(dir).filter((f) => f.endsWith(".graphqls"));
  return buildSchema(files.map((f) => readFileSync(join(dir, f), "utf8")).join("\n"));
}

interface QuestionArgs {
  window?: { duration: string } | null;
  asOf?: string | null;
  group?: Record<string, string> | null;
}

interface GroupsArgs extends QuestionArgs {
  first: number;
  after?: string | null;
}

/** The number of a group's slots, 0 for the whole; the server's own error for a group that nobody knows. */
function member(s: MockSlo, group: Record<string, string> | null | undefined): number {
  if (!group) {
    return 0;
  }
  const i = (s.groups ?? []).indexOf(group.region ?? "");
  if (i < 0) {
    throw new GraphQLError(`slo "${s.name}" has no group ${JSON.stringify(group)}`, {
      extensions: { code: "NOT_FOUND" },
    });
  }
  return i + 1;
}

const instant = (asOf?: string | null) =>
  asOf ? Date.parse(asOf) / 1000 : Math.floor(Date.now() / 1000 / SLOT) * SLOT;

function page<T>(items: T[], args: { first: number; after?: string | null }) {
  const start = args.after ? Number(args.after) : 0;
  const nodes = items.slice(start, start + args.first);
  const end = start + nodes.length;
  return {
    nodes,
    edges: nodes.map((node, i) => ({ node, cursor: String(start + i + 1) })),
    totalCount: items.length,
    pageInfo: { hasNextPage: end < items.length, endCursor: nodes.length > 0 ? String(end) : null },
  };
}

function serviceNode(name: string) {
  const known = services[name];
  const team = fleet.find((s) => s.service === name)?.team ?? null;
  return {
    id: `Service:${name}`,
    name,
    displayName: known?.displayName ?? name,
    description: known?.description ?? "",
    team,
  };
}

/** What an objective answers. */
function objectiveNode(s: MockSlo, o: MockSlo["targets"][number]) {
  return {
    name: o.name,
    target: String(Number((Number(o.percent) / 100).toFixed(6))),
    targetPercent: o.percent,
    sliceLength: s.method ? "5m" : null,
    budget: (a: QuestionArgs) =>
      budget(s, o.percent, a.window?.duration ?? s.window, instant(a.asOf), member(s, a.group)),
    burnRates: (a: QuestionArgs) => burnRates(s, o.percent, a.asOf, member(s, a.group)),
    series: (a: SeriesArgs) => series(s, o.percent, { ...a, member: member(s, a.group) }),
    explain: (a: QuestionArgs & { at?: string | null }) =>
      explain(s, o.percent, a.window?.duration ?? s.window, a.at, member(s, a.group)),
    groups: (a: GroupsArgs) => groupsOf(s, o.percent, a),
    statement: (a: QuestionArgs) =>
      statementOf(s, budget(s, o.percent, a.window?.duration ?? s.window, instant(a.asOf))),
  };
}

/** Where it went: nothing explains it. */
function statementOf(s: MockSlo, b: ReturnType<typeof budget>) {
  const [opening, spent] = [b.allowed ?? 0, b.spent ?? 0];
  const { from, to } = b;
  const closing = opening - spent;
  return { budget: b, from, to, unit: s.unit, opening, lines: [], spent, waived: 0, closing, warnings: [] };
}

/** What an SLO answers. */
export function sloNode(s: MockSlo) {
  const first = s.targets[0] ?? { name: "objective-1", percent: "99" };
  const rolling = !/[MQY]$/.test(s.window);
  return {
    ...objectiveNode(s, first),
    id: `Slo:${s.name}`,
    name: s.name,
    displayName: s.displayName,
    description: s.description,
    service: serviceNode(s.service),
    team: s.team,
    labels: s.team ? [{ name: "team", values: [s.team] }] : [],
    method: s.method ?? "OCCURRENCES",
    unit: s.unit,
    window: {
      duration: s.window,
      isRolling: rolling,
      timeZone: rolling ? null : "Europe/Berlin",
      title: rolling ? `rolling ${Number.parseInt(s.window, 10)} days` : "calendar month (Europe/Berlin)",
    },
    objectives: s.targets.map((o) => objectiveNode(s, o)),
    objective: (a: { name?: string | null }) => {
      const found = s.targets.find((o) => a.name == null || o.name === a.name);
      return found ? objectiveNode(s, found) : null;
    },
    coverage: budget(s, first.percent, s.window, instant()).coverage,
    backfill: s.backfill ? backfillOf(s) : null,
    origin: { file: s.file, line: s.line },
    // Nothing was excluded, noted or alerted in the invented world.
    exclusions: [],
    annotations: [],
    slas: [],
    alertPolicies: [],
    alerts: [],
    wouldHaveFired: [],
  };
}

function groupsOf(s: MockSlo, percent: string, a: GroupsArgs) {
  const members = (s.groups ?? []).map((value, i) => ({
    labels: [{ name: "region", values: [value] }],
    key: { region: value },
    budget: budget(s, percent, a.window?.duration ?? s.window, instant(a.asOf), i + 1),
  }));
  return page(
    members.sort((x, y) => (x.budget.remaining ?? 9) - (y.budget.remaining ?? 9)),
    a,
  );
}

function backfillOf(s: MockSlo) {
  const now = slotsOf(s, Date.now() / 1000).end;
  return {
    done: false,
    oldest: iso(now - (s.backfill?.daysDone ?? 0) * 86_400),
    newest: iso(now),
    daysDone: s.backfill?.daysDone ?? 0,
    daysTotal: s.backfill?.daysTotal ?? 0,
    samples: 41_233_120,
    samplesPerSecond: 812_000,
    error: null,
  };
}

function health() {
  const now = Date.now() / 1000;
  const component = (name: string, ok: boolean, message: string) => ({
    name,
    ok,
    message,
    checkedAt: iso(now - 4),
    lastWell: ok ? iso(now - 4) : iso(now - 900),
  });
  return {
    version: "0.1.0-dev",
    ready: true,
    startedAt: iso(now - 93_000),
    demo: true,
    components: [
      component("store", true, "SQLite, WAL, 38 MiB"),
      component("tsdb", true, "61,204 series, 35 days"),
      component("collector", false, "source edge: connection refused; asking again in 20 s"),
    ],
    targets: [
      target("checkout", "10.0.0.1:9090", true, null),
      target("catalog", "10.0.0.2:9090", true, null),
      target("edge", "10.0.0.9:9115", false, "Get http://10.0.0.9:9115/metrics: connection refused"),
    ],
    problems: [
      {
        file: "specs/search.yaml",
        line: 14,
        column: 9,
        message: 'target "1.2" is not between 0 and 1 (both excluded)',
      },
    ],
  };
}

function target(job: string, instance: string, up: boolean, error: string | null) {
  return {
    job,
    instance,
    url: `http://${instance}/metrics`,
    up,
    lastScrape: iso(Date.now() / 1000 - 7),
    lastDurationSeconds: 0.0124,
    samples: up ? 1204 : null,
    error,
  };
}

/** Answers to the fields of Query, Mutation and Subscription. */
export function createRoot(
  slos: MockSlo[] = fleet,
  sources: MockSource[] = inventedSources(),
  agreements: Agreements = inventedAgreements(),
  documents: MockDocument[] = [],
) {
  return {
    ...slaRoot(agreements, slos, sloNode, page),
    ...importRoot(documents, slos, page),
    ...sourceRoot(sources, slos, sloNode, page),
    slos: (a: { first: number; after?: string | null }) => page(slos.map(sloNode), a),
    slo: (a: { id?: string | null; name?: string | null }) => {
      const found = slos.find((s) => s.name === a.name || `Slo:${s.name}` === a.id);
      return found ? sloNode(found) : null;
    },
    exclusions: (a: { first: number }) => page([], a),
    exclusionCalendar: { occurrences: [], complete: true },
    alerts: (a: { first: number }) => page([], a),
    alertTargets: [],
    health,
    sloChanged: async function* () {
      for (let i = 0; ; i++) {
        await new Promise((resolve) => setTimeout(resolve, 2000));
        const s = slos[i % slos.length];
        if (s) {
          yield { sloChanged: { slo: sloNode(s), at: new Date().toISOString(), decided: false } };
        }
      }
    },
    healthChanged: async function* () {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5000));
        yield { healthChanged: health() };
      }
    },
  };
}
