import { GraphQLError } from "graphql";
import { iso } from "./figures.ts";
import type { MockSlo } from "./fleet.ts";

/** An invented source: what the schema says of one, and the SLOs that measure on it. */
export type MockSource = Record<string, unknown> & { name: string; url: string; slos: string[] };

const seconds = () => Date.now() / 1000;

function base(name: string): MockSource {
  return {
    id: `Source:${name}`,
    name,
    type: "PROMETHEUS",
    url: "",
    origin: "PAGE",
    originText: "",
    editable: true,
    tenant: null,
    authentication: "NONE",
    username: null,
    secretFrom: null,
    secretEnv: null,
    secretFile: null,
    headers: [],
    tls: null,
    timeout: null,
    concurrency: null,
    maxResponseBytes: null,
    maxSamples: null,
    onIncomplete: "GAP",
    settleDelay: null,
    reread: null,
    etag: "0",
    status: "IDLE",
    problem: null,
    lastAttempt: null,
    lastSuccess: null,
    lagSeconds: null,
    freshnessSeconds: null,
    cost: null,
    test: null,
    slos: [],
  };
}

const abilities = [
  { name: "streamed remote read", have: true, note: "history is read in one pass" },
  { name: "native histograms", have: true, note: "latency needs no buckets" },
  { name: "long instant ranges", have: false, note: "chunks of 11,000 points are asked instead" },
];

/** How a server that answers is found. */
export function found(product: string, version: string, more: object = {}) {
  return {
    ok: true,
    message: `${product} ${version} answers`,
    remedy: null,
    field: null,
    product,
    version,
    latencySeconds: 0.0034,
    skewSeconds: null,
    abilities,
    warnings: [],
    at: iso(seconds()),
    ...more,
  };
}

/** How a server is described that does not answer as it should. */
export function refused(message: string, remedy: string, field: string | null) {
  return {
    ...found("", ""),
    ok: false,
    message,
    remedy,
    field,
    product: null,
    version: null,
    latencySeconds: null,
    abilities: [],
  };
}

const cost = (requests: number, bytes: number, samples: number, cycles: number) => ({
  lastCycle: { requests, bytes, samples },
  sinceStart: { requests: requests * cycles, bytes: bytes * cycles, samples: samples * cycles },
});

/** The sources of the mock: one of each kind that a reader may meet. */
export function inventedSources(): MockSource[] {
  const now = seconds();
  const fresh = { lastAttempt: iso(now - 12), lastSuccess: iso(now - 12) };
  return [
    {
      ...base("embedded"),
      origin: "EMBEDDED",
      editable: false,
      status: "OK",
      ...fresh,
      lagSeconds: 34,
      freshnessSeconds: 4,
      cost: cost(18, 0, 20_400, 1500),
      slos: ["edge-probe", "hindcast-api"],
    },
    {
      ...base("logs"),
      type: "ELASTICSEARCH",
      url: "https://logs.example.com:9200",
      origin: "DOCUMENT",
      originText: "sources.yaml:12",
      editable: false,
      authentication: "API_KEY",
      secretFrom: "environment HINDCAST_SECRET_LOGS",
      status: "FAILING",
      problem:
        "logs.example.com answers 401 Unauthorized: the API key in HINDCAST_SECRET_LOGS is not valid there; make a new key and restart with it",
      lastAttempt: iso(now - 20),
      lastSuccess: iso(now - 7300),
      lagSeconds: 7345,
      freshnessSeconds: 7360,
      settleDelay: "90s",
      reread: "10m",
      cost: cost(2, 18_211, 240, 1380),
      test: refused(
        "logs.example.com answers 401 Unauthorized",
        "The API key in HINDCAST_SECRET_LOGS is not valid there: make a new key, set the variable and restart.",
        "secretEnv",
      ),
      slos: ["billing-run"],
    },
    {
      ...base("shop-prometheus"),
      url: "https://prometheus.shop.example.com/prometheus",
      authentication: "BEARER",
      secretFrom: "environment HINDCAST_SECRET_SHOP",
      secretEnv: "HINDCAST_SECRET_SHOP",
      tenant: "shop",
      headers: [{ name: "X-Team", value: "reliability" }],
      status: "OK",
      ...fresh,
      lagSeconds: 41,
      freshnessSeconds: 16,
      cost: cost(6, 1_204_233, 88_120, 1490),
      test: found("Prometheus", "3.15.0", {
        skewSeconds: 2.4,
        warnings: [
          "its scrape interval is 60 s: a minute may hold a single sample; scrape every 15 s for sharper figures",
        ],
      }),
      slos: ["checkout-availability", "checkout-latency"],
    },
    {
      ...base("staging"),
      url: "http://10.2.0.4:9090",
      status: "IDLE",
      test: found("VictoriaMetrics", "1.140.0"),
    },
  ];
}

interface Input extends Record<string, unknown> {
  id?: string | null;
  name: string;
  url: string;
  authentication: string;
  secretEnv?: string | null;
  secretFile?: string | null;
}

const fault = (code: string, message: string, field?: string) =>
  new GraphQLError(message, { extensions: { code, ...(field ? { field } : {}) } });

interface MockChange {
  id: string;
  name: string;
  action: string;
  actor: string;
  at: string;
  summary: string;
}

/** What was done to the sources of a world, the newest first. */
const audits = new WeakMap<MockSource[], MockChange[]>();

/** Answers about sources; words in an address decide how a server behaves. */
export function sourceRoot(
  sources: MockSource[],
  slos: readonly MockSlo[],
  sloNode: (s: MockSlo) => object,
  page: <T>(items: T[], args: { first: number; after?: string | null }) => object,
) {
  const node = (s: MockSource) => ({
    ...s,
    objectives: s.slos.length,
    indicators: s.slos.length,
    slos: (a: { first: number }) => page(slos.filter((x) => s.slos.includes(x.name)).map(sloNode), a),
  });
  const one = (name: string) => sources.find((s) => s.name === name);
  const done = audits.get(sources) ?? [];
  audits.set(sources, done);
  const note = (action: string, name: string, actor: string) =>
    done.unshift({ id: `Audit:${done.length}`, name, action, actor, at: iso(seconds()), summary: "" });
  return {
    sources: (a: { first: number }) => page(sources.map(node), a),
    source: ({ name }: { name: string }) => {
      const s = one(name);
      return s ? node(s) : null;
    },
    testSource: async ({ input }: { input: Input }) => {
      await new Promise((resolve) => setTimeout(resolve, input.url.includes("slow") ? 1500 : 0));
      if (input.url.includes("refused")) {
        return refused("the server refuses connections", "Check the port, and that it runs.", "url");
      }
      if (input.url.includes("forbidden")) {
        throw fault(
          "FORBIDDEN",
          "10.0.0.1 is a private address; allow it in hindcast.yaml under outbound",
          "url",
        );
      }
      return found("Prometheus", "3.15.0");
    },
    probeSource: ({ name }: { name: string }) => {
      const s = one(name);
      if (!s) {
        throw fault("NOT_FOUND", `no source is called ${name}`);
      }
      s.test = found("Prometheus", "3.15.0");
      return node(s);
    },
    audit: (a: { filter?: { name?: string | null } | null; first: number }) =>
      page(
        done.filter((d) => a.filter?.name == null || d.name === a.filter.name),
        a,
      ),
    saveSource: ({ input, by }: { input: Input; by: string }) => {
      const old = one(input.name);
      if (old && !input.id) {
        throw fault("CONFLICT", `source "${input.name}" exists already; choose another name`, "name");
      }
      const secret = input.secretEnv ? `environment ${input.secretEnv}` : (input.secretFile ?? null);
      const fresh = { ...base(input.name), ...old, ...input, id: `Source:${input.name}`, secretFrom: secret };
      sources.splice(old ? sources.indexOf(old) : sources.length, old ? 1 : 0, fresh);
      note(old ? "CHANGED" : "CREATED", input.name, by);
      return node(fresh);
    },
    deleteSource: ({ name, by }: { name: string; by: string }) => {
      const s = one(name);
      if (s && s.slos.length > 0) {
        throw fault("CONFLICT", `source "${name}" is measured on by ${s.slos.join(", ")}; move them first`);
      }
      sources.splice(sources.indexOf(s as MockSource), 1);
      note("DELETED", name, by);
      return `Source:${name}`;
    },
  };
}
