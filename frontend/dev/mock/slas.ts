import { GraphQLError } from "graphql";
import { budget, iso } from "./figures.ts";
import type { MockSlo } from "./fleet.ts";

type Fields = Record<string, unknown>;

/** An invented agreement: what the schema says of one, over SLOs of the fleet. */
export type MockSla = Fields & {
  name: string;
  targetPercent: string;
  window: { duration: string; timeZone: string; title: string };
  streams: { sloName: string; objective: string }[];
  customers: { name: string; displayName: string; fee: string | null; currency: string | null }[];
  credits: { belowPercent: string; creditPercent: string }[];
};

/** A statement that was issued in the mock. */
export type MockStatement = Fields & {
  sla: string;
  customer: MockSla["customers"][number];
  period: { name: string; from: string; to: string; settled: boolean };
  revision: number;
  drift: { what: string; was: string; is: string }[];
};

/** Agreements and what was issued for them. */
export interface Agreements {
  slas: MockSla[];
  statements: MockStatement[];
}

const month = { duration: "1M", timeZone: "UTC", title: "calendar month (UTC)" };
const every = { exclusions: true, kinds: [], notice: null, most: null };

/** Two agreements: one of a file and kept, one made here and missed. */
export function inventedAgreements(): Agreements {
  const slas: MockSla[] = [
    {
      id: "Sla:search-standard",
      name: "search-standard",
      displayName: "Search, standard",
      description: "",
      service: "catalog",
      targetPercent: "95",
      window: month,
      combination: "WORST",
      streams: [{ sloName: "catalog-availability", objective: "" }],
      customers: [{ name: "everybody", displayName: "Everybody", fee: null, currency: null }],
      credits: [{ belowPercent: "95", creditPercent: "5" }],
      terms: every,
      origin: { file: "slas.yaml", line: 7 },
      editable: false,
    },
    {
      id: "Sla:shop-gold",
      name: "shop-gold",
      displayName: "Shop, gold",
      description: "Orders are taken, for customers with a contract.",
      service: "checkout",
      targetPercent: "99.9",
      window: month,
      combination: "WORST",
      streams: [
        { sloName: "checkout-availability", objective: "" },
        { sloName: "edge-probe", objective: "" },
      ],
      customers: [
        { name: "acme", displayName: "ACME Ltd", fee: "1200.00", currency: "EUR" },
        { name: "globex", displayName: "Globex", fee: "48000.00", currency: "USD" },
      ],
      credits: [
        { belowPercent: "99.9", creditPercent: "10" },
        { belowPercent: "99.5", creditPercent: "25" },
        { belowPercent: "99", creditPercent: "100" },
      ],
      terms: { exclusions: true, kinds: ["MAINTENANCE"], notice: "48h", most: "8h" },
      origin: null,
      editable: true,
      etag: "1",
    },
  ];
  return { slas, statements: [] };
}

/** The months that can be stated, newest first. */
function periodsOf(now: Date) {
  return Array.from({ length: 14 }, (_, i) => {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - i, 1));
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - i + 1, 1));
    return {
      name: from.toISOString().slice(0, 7),
      from: iso(from.getTime() / 1000),
      to: iso(to.getTime() / 1000),
      settled: to.getTime() + 3_600_000 < now.getTime(),
    };
  });
}

const fault = (code: string, message: string, field?: string) =>
  new GraphQLError(message, { extensions: { code, ...(field ? { field } : {}) } });

const none = { minutes: 0, good: null, total: null };
const percentOf = (sli: number | null) =>
  sli === null ? null : String(Math.floor(sli * 1_000_000) / 10_000);

/** What an agreement achieved in a period. */
function figuresOf(sla: MockSla, slos: readonly MockSlo[], name: string | null | undefined) {
  const now = new Date();
  const periods = periodsOf(now);
  const period = periods.find((p) => p.name === (name ?? periods[0]?.name));
  if (!period) {
    throw fault("NOT_FOUND", `${sla.name} has no period ${name}`);
  }
  const to = Math.min(now.getTime(), Date.parse(period.to)) / 1000;
  const length = Math.max(1, Math.round((to - Date.parse(period.from) / 1000) / 3600));
  const streams = sla.streams.map((s, i) => {
    const found = slos.find((x) => x.name === s.sloName);
    const measured = found && budget(found, sla.targetPercent, `${length}h`, Math.floor(to / 600) * 600);
    return {
      ...s,
      budget: {
        ...measured,
        from: period.from,
        to: period.to,
        excluded: i === 0 ? { ...none, minutes: 90 } : none,
      },
      exclusions: [],
    };
  });
  const worst = streams.toSorted((a, b) => (a.budget.sli ?? -1) - (b.budget.sli ?? -1))[0];
  const achieved = percentOf(worst?.budget.sli ?? null);
  const told = worst?.budget.state !== "NO_DATA";
  const credit = told
    ? (sla.credits.filter((c) => Number(achieved) < Number(c.belowPercent)).at(-1) ?? null)
    : null;
  return {
    period: period.name,
    from: period.from,
    to: period.to,
    settled: period.settled,
    budget: worst?.budget,
    achievedPercent: achieved,
    streams,
    credit,
    due: sla.customers.map((c) => ({
      customer: c.name,
      percent: credit?.creditPercent ?? null,
      amount: credit && c.fee ? ((Number(c.fee) * Number(credit.creditPercent)) / 100).toFixed(2) : null,
      currency: c.currency,
    })),
    warnings: [],
  };
}

interface Wanted {
  sla: string;
  customer: string;
  period: string;
  revision?: number | null;
}

/** Answers about agreements. */
export function slaRoot(
  world: Agreements,
  slos: readonly MockSlo[],
  sloNode: (s: MockSlo) => object,
  page: <T>(items: T[], args: { first: number; after?: string | null }) => object,
) {
  const issuedOf = (w: Wanted) =>
    world.statements.filter(
      (s) => s.sla === w.sla && s.customer.name === w.customer && s.period.name === w.period,
    );
  const shown = (s: MockStatement) => ({
    ...s,
    latest: issuedOf({ sla: s.sla, customer: s.customer.name, period: s.period.name }).every(
      (x) => x.revision <= s.revision,
    ),
  });
  const node = (s: MockSla) => ({
    ...s,
    streams: s.streams.map((p) => {
      const found = slos.find((x) => x.name === p.sloName);
      return { ...p, slo: found ? sloNode(found) : null };
    }),
    figures: (a: { period?: string | null }) => figuresOf(s, slos, a.period),
    periods: periodsOf(new Date()),
    statements: (a: { first: number }) =>
      page(
        world.statements
          .filter((x) => x.sla === s.name)
          .map(shown)
          .toReversed(),
        a,
      ),
  });
  const one = (name: string) => world.slas.find((s) => s.name === name);
  return {
    slas: (a: { first: number; after?: string | null }) =>
      page(world.slas.toSorted((x, y) => (x.name < y.name ? -1 : 1)).map(node), a),
    sla: ({ name }: { name: string }) => {
      const s = one(name);
      return s ? node(s) : null;
    },
    slaStatement: (w: Wanted) => {
      const found = issuedOf(w).find((s) => w.revision == null || s.revision === w.revision);
      const newest = issuedOf(w).at(-1);
      const chosen = w.revision == null ? newest : found;
      return chosen ? shown(chosen) : null;
    },
    saveSla: ({ input }: { input: MockSla & { id?: string } }) => {
      const old = one(input.name);
      if (old && !input.id) {
        throw fault("CONFLICT", `agreement "${input.name}" exists already; choose another name`, "name");
      }
      if (old && input.etag && input.etag !== old.etag) {
        throw fault("CONFLICT", `SLA "${input.name}" has been changed since it was read`, "etag");
      }
      if (
        input.streams.some((s) => !slos.some((x) => x.name === s.sloName || x.name === s["slo" as never]))
      ) {
        throw fault("INVALID", "no such objective", "streams[0].slo");
      }
      const fresh = {
        ...input,
        id: `Sla:${input.name}`,
        streams: input.streams.map((s) => ({ sloName: s["slo" as never] as string, objective: s.objective })),
        window: { ...input.window, title: `calendar month (${input.window.timeZone})` },
        terms: input.terms ?? every,
        origin: null,
        editable: true,
        etag: String(Number(old?.etag ?? 0) + 1),
      };
      world.slas.splice(old ? world.slas.indexOf(old) : world.slas.length, old ? 1 : 0, fresh);
      return node(fresh);
    },
    deleteSla: ({ name }: { name: string }) => {
      world.slas.splice(world.slas.indexOf(one(name) as MockSla), 1);
      return `Sla:${name}`;
    },
    issueStatement: ({ input }: { input: Wanted & { by: string; note: string } }) => {
      const s = one(input.sla);
      const customer = s?.customers.find((c) => c.name === input.customer);
      const period = periodsOf(new Date()).find((p) => p.name === input.period);
      if (!s || !customer || !period?.settled) {
        throw fault("CONFLICT", `${input.period} is not over and settled yet`);
      }
      const before = issuedOf(input).at(-1);
      if (before && before.drift.length === 0) {
        throw fault("CONFLICT", `nothing changed since revision ${before.revision}`);
      }
      const fresh = statementOf(s, slos, customer, period, input, before);
      world.statements.push(fresh);
      return shown(fresh);
    },
  };
}

function statementOf(
  sla: MockSla,
  slos: readonly MockSlo[],
  customer: MockSla["customers"][number],
  period: MockStatement["period"],
  input: { by: string; note: string },
  before: MockStatement | undefined,
): MockStatement {
  const f = figuresOf(sla, slos, period.name);
  const due = f.due.find((d) => d.customer === customer.name);
  const revision = (before?.revision ?? 0) + 1;
  const base = `/api/v1/slas/${sla.name}/statements/${customer.name}/${period.name}/${revision}`;
  return {
    id: `SlaStatement:${sla.name}/${customer.name}/${period.name}/${revision}`,
    sla: sla.name,
    slaTitle: (sla.displayName as string) || sla.name,
    customer,
    period,
    revision,
    issuedAt: new Date().toISOString(),
    issuedBy: input.by,
    note: input.note,
    targetPercent: sla.targetPercent,
    achievedPercent: f.achievedPercent,
    state: f.budget?.state,
    coverage: f.budget?.coverage,
    good: f.budget?.good,
    total: f.budget?.total,
    excludedMinutes: 90,
    creditPercent: due?.percent ?? null,
    creditAmount: due?.amount ?? null,
    currency: due?.currency ?? null,
    lines: f.streams.map((s) => ({
      ...s,
      ...s.budget,
      achievedPercent: percentOf(s.budget.sli ?? null),
      excludedMinutes: s.budget.excluded.minutes,
      evidence: `/slos/${s.sloName}?asOf=${period.to}`,
    })),
    exclusions: [
      {
        name: "database-move",
        title: "Database move",
        kind: "MAINTENANCE",
        reason: "Announced to all customers a week before.",
        from: period.from,
        to: iso(Date.parse(period.from) / 1000 + 5400),
        slos: [sla.streams[0]?.sloName],
      },
    ],
    corrections: before?.drift ?? [],
    drift: [],
    digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    links: ["html", "json", "csv"].map((format) => ({ format, url: `${base}.${format}` })),
  };
}
