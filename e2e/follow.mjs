// Looks at open pages while somebody else changes what counts, and measures how
// long each takes to show it. Writes one JSON line per check; follow_test.go makes
// a test of each.

import { base, browse, check, complaints, expect, graphql, id, open } from "./checks.mjs";

const slo = process.env.SLO;
const rounds = Number(process.env.FOLLOW_ROUNDS ?? 12);
// A page that needs longer does not follow.
const patience = 5_000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const promise = (name, of) => ({
  name,
  targetPercent: "99",
  window: { duration: "1Y", calendar: true, timeZone: "UTC" },
  streams: [{ slo: of }],
  customers: [{ name: "acme" }],
  by: "Ada",
});
const saveSla = (name, of) => graphql(`mutation($i: SlaInput!) { saveSla(input: $i) { name } }`, { i: promise(name, of) });
const deleteSla = (name) => graphql(`mutation($n: String!) { deleteSla(name: $n, by: "Ada") }`, { n: name });

/** The document of an objective made on the page; its target is what changes. */
const late = (percent) => `apiVersion: openslo/v1
kind: SLO
metadata: {name: late}
spec:
  service: fleet-00
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  indicator:
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="checkout",code!~"5..",route!="none-300"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="checkout",route!="none-300"}'}}}
  objectives: [{displayName: works, targetPercent: ${percent}}]
`;
const importLate = async (percent) => {
  const input = { path: "imported/late.yaml", text: late(percent), by: "Ada" };
  const { applyImport } = await graphql(`mutation($i: ImportInput!) { applyImport(input: $i) { problems { message } } }`, { i: input });
  expect(applyImport.problems.length === 0, JSON.stringify(applyImport.problems));
};

const ofSlo = (name, selection) => graphql(`query($n: String!) { slo(name: $n) { ${selection} } }`, { n: name }).then((d) => d.slo);
const ofSla = (name, selection) => graphql(`query($n: String!) { sla(name: $n) { ${selection} } }`, { n: name }).then((d) => d.sla);
const remaining = (name) => async () => String((await ofSlo(name, "budget { remaining }")).budget.remaining);
const closing = (name) => async () => String((await ofSlo(name, "statement { closing }")).statement.closing);
const achieved = (name) => async () => (await ofSla(name, "figures { achievedPercent }"))?.figures.achievedPercent ?? "";

/** Notes in a page whenever an element says something else, and when. */
async function record(page, selector) {
  await page.evaluate((sel) => {
    globalThis.said ??= {};
    if (globalThis.said[sel]) return;
    globalThis.said[sel] = [];
    const look = () => {
      const value = document.querySelector(sel)?.getAttribute("data-value") ?? null;
      const known = globalThis.said[sel];
      if (known.at(-1)?.value !== value) known.push({ value, at: Date.now() });
    };
    look();
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-value"] });
  }, selector);
}

/** A figure on an open page, and the one of GraphQL that it has to be. */
const place = (title, page, selector, told) => ({ title, page, selector, told, after: [] });

/**
 * Makes a change and waits until every place says what GraphQL tells since. All
 * processes are on one machine: they share its clock.
 */
async function follow(places, change) {
  for (const p of places) {
    await record(p.page, p.selector);
    p.before = await p.told();
  }
  const sent = Date.now();
  await change();
  const answered = Date.now();
  await Promise.all(places.map((p) => arrives(p, sent, answered)));
}

async function arrives(p, sent, answered) {
  const told = new Set();
  for (;;) {
    // Asked again and again: minutes go on, and the page may have the next one already.
    told.add(await p.told());
    expect(!told.has(p.before), `${p.title}: GraphQL itself still tells ${p.before}`);
    const said = await p.page.evaluate(({ sel, since }) => globalThis.said[sel].filter((s) => s.at >= since), { sel: p.selector, since: sent });
    const found = said.find((s) => told.has(s.value));
    if (found) {
      p.after.push({ request: found.at - sent, answer: found.at - answered });
      return;
    }
    expect(Date.now() - answered < patience, `${p.title}: GraphQL tells ${[...told]}, the page said ${JSON.stringify(said)} in ${patience} ms, before ${p.before}`);
    await pause(200);
  }
}

/** Median and worst of what each place took. */
function summary(places) {
  const of = (key, p) => {
    const all = p.after.map((a) => a[key]).toSorted((a, b) => a - b);
    return `${all[Math.floor(all.length / 2)]} / ${all.at(-1)}`;
  };
  return places.map((p) => `${p.title}: after the request ${of("request", p)} ms, after the answer ${of("answer", p)} ms`).join("\n");
}

/** Repeats a change and what undoes it; figures of objectives are announced once a second. */
async function repeated(there, back, to, fro) {
  for (let i = 0; i < rounds; i++) {
    await pause(1200);
    await follow(there, () => to(i));
    await pause(1200);
    await follow(back, () => fro(i));
  }
}

/** The hour in which most was bad. */
async function worstHour() {
  const { series } = await ofSlo(slo, "series(kind: VOLUME, maxPoints: 170) { points { at values } }");
  const bad = series.points.toSorted((a, b) => (b.values[1] ?? 0) - (a.values[1] ?? 0))[0];
  return new Date(Date.parse(bad.at) - 3_600_000).toISOString();
}

await browse(async (browser) => {
  await saveSla("gold", slo);
  await importLate("99");
  // One person's pages: they share the browser, and are tabs of it.
  const first = await open(browser);
  const context = first.context();
  const tab = async (path, ready) => {
    const page = await context.newPage();
    await page.goto(base + path);
    await page.locator(id(ready)).first().waitFor();
    return page;
  };
  await first.close();
  const budget = await tab(`/slos/${slo}`, "budget-headline");
  const statement = await tab(`/slos/${slo}?tab=statement`, "statement-closing");
  const agreement = await tab("/slas/gold", "sla-headline");
  const list = await tab("/slas", "sla-achieved");
  await pause(3000);

  const all = () => [
    place("budget", budget, id("budget-headline"), remaining(slo)),
    place("statement", statement, id("statement-closing"), closing(slo)),
    place("agreement", agreement, id("sla-headline"), achieved("gold")),
    place("list of agreements", list, `[data-sla="gold"] ${id("sla-achieved")}`, achieved("gold")),
  ];
  const approved = all();
  const deleted = all();
  const start = await worstHour();
  await check("a retroactive exclusion, approved and deleted, is followed", async () => {
    const exclusion = { title: "Database moved", reason: "planned", scope: { slos: [slo] }, start, length: "1h", by: "Ada" };
    const save = (i) => graphql(`mutation($i: ExclusionInput!) { saveExclusion(input: $i) { name } }`, { i: { ...exclusion, name: `moved-${i}` } });
    for (let i = 0; i < rounds; i++) await save(i); // what waits counts for nothing
    await repeated(
      approved,
      deleted,
      (i) => graphql(`mutation($n: String!) { decideExclusion(name: $n, approve: true, by: "Bea") { inForce } }`, { n: `moved-${i}` }),
      (i) => graphql(`mutation($n: String!) { deleteExclusion(name: $n, by: "Ada") }`, { n: `moved-${i}` }),
    );
  });
  await check(`exclusion approved, ${rounds} times, median / worst`, () => `\n${summary(approved)}`);
  await check(`exclusion deleted, ${rounds} times, median / worst`, () => `\n${summary(deleted)}`);

  const ofTarget = () => [
    place("budget", budget, id("budget-headline"), remaining("late")),
    place("statement", statement, id("statement-closing"), closing("late")),
  ];
  const lowered = ofTarget();
  const raised = ofTarget();
  await check("a changed target is followed", async () => {
    await budget.goto(`${base}/slos/late`);
    await statement.goto(`${base}/slos/late?tab=statement`);
    await budget.locator(id("budget-headline")).waitFor();
    await statement.locator(id("statement-closing")).waitFor();
    await repeated(
      lowered,
      raised,
      () => importLate("98"),
      () => importLate("99"),
    );
  });
  await check(`target changed, ${2 * rounds} times, median / worst`, () => {
    for (const [i, p] of lowered.entries()) p.after.push(...raised[i].after);
    return `\n${summary(lowered)}`;
  });
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
});
