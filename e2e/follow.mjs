// Looks at open pages while somebody else changes what counts, and measures how
// long each takes to show it. Writes one JSON line per check; follow_test.go makes
// a test of each.

import { base, browse, check, complaints, desktop, expect, graphql, id, open } from "./checks.mjs";

const slo = process.env.SLO;
const rounds = 10;
const alone = 5; // times a change and what undoes it, for each page that is open alone
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
const achieved = (name) => async () => (await ofSla(name, "figures { achievedPercent }"))?.figures.achievedPercent ?? null;
const promisedIn = (name) => async () => (await ofSlo(name, "slas { name }")).slas.map((s) => s.name).join(" ");

/** Notes in a page whenever an element says something else: when it did, and when that was painted. */
async function record(page, selector) {
  await page.evaluate((sel) => {
    globalThis.said ??= {};
    if (globalThis.said[sel]) return;
    const known = [];
    globalThis.said[sel] = known;
    const look = () => {
      const value = document.querySelector(sel)?.getAttribute("data-value") ?? null;
      if (known.at(-1)?.value === value) return;
      const now = { value, at: Date.now(), painted: null };
      known.push(now);
      const { port1, port2 } = new MessageChannel(); // its message comes after the frame
      port1.onmessage = () => {
        now.painted = Date.now();
      };
      requestAnimationFrame(() => port2.postMessage(null));
    };
    look();
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-value"] });
  }, selector);
}

/** A figure on an open page, and the one of GraphQL that it has to be; null where there is none. */
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
    // Asked at once, and again when the page had its time, because minutes go on: it may say either.
    told.add(await p.told());
    await pause(250);
    expect(!told.has(p.before), `${p.title}: GraphQL itself still tells ${p.before}`);
    const said = await p.page.evaluate(({ sel, since }) => globalThis.said[sel].filter((s) => s.at >= since), { sel: p.selector, since: sent });
    const found = said.find((s) => told.has(s.value));
    if (found) {
      p.after.push({ request: found.at - sent, answer: found.at - answered, painted: found.painted === null ? null : found.painted - sent });
      return;
    }
    expect(Date.now() - answered < patience, `${p.title}: GraphQL tells ${[...told]}, the page said ${JSON.stringify(said)} in ${patience} ms, before ${p.before}`);
  }
}

/**
 * Says of each place the median and the worst of what it took. When it was painted
 * is said of pages that were open alone: others are not in front.
 */
async function report(what, places, painted = false) {
  for (const p of places) {
    const of = (key) => {
      const all = p.after.map((a) => a[key]).filter((ms) => ms !== null).toSorted((a, b) => a - b);
      return `${all[Math.floor(all.length / 2)]} / ${all.at(-1)} ms`;
    };
    await check(`${what}: ${p.title}`, () => {
      expect(p.after.length >= 10, `seen ${p.after.length} times`);
      const screen = painted ? `, painted ${of("painted")}` : "";
      return `${p.after.length} times, median / worst after the request ${of("request")}${screen}; after the answer ${of("answer")}`;
    });
  }
}

// Of an objective one decision a second is announced. All pages together, which are
// one reader's, ask for some 200 points after each, of which 100 a second come back.
const apartAlone = 1500;
const apartTogether = 2200;

/** Repeats a change and what undoes it. */
async function repeated(times, there, back, to, fro, apart) {
  for (let i = 0; i < times; i++) {
    await pause(apart);
    await follow(there, to);
    await pause(apart);
    await follow(back, fro);
  }
}

/** The hour in which most was bad. */
async function worstHour() {
  const { series } = await ofSlo(slo, "series(kind: VOLUME, maxPoints: 170) { points { at values } }");
  const bad = series.points.toSorted((a, b) => (b.values[1] ?? 0) - (a.values[1] ?? 0))[0];
  return new Date(Date.parse(bad.at) - 3_600_000).toISOString();
}

/** An address in a tab of somebody. */
async function tab(browser, person, path, ready) {
  const page = await open(browser, {}, person);
  await page.goto(base + path);
  await page.locator(id(ready)).first().waitFor();
  return page;
}

const views = {
  budget: [`/slos/${slo}`, "budget-headline", remaining(slo)],
  statement: [`/slos/${slo}?tab=statement`, "statement-closing", closing(slo)],
  agreement: ["/slas/gold", "sla-headline", achieved("gold")],
  "list of agreements": ["/slas", "sla-achieved", achieved("gold")],
};

let used = 0; // of the exclusions that wait
const approve = () => graphql(`mutation($n: String!) { decideExclusion(name: $n, approve: true, by: "Bea") { inForce } }`, { n: `moved-${used}` });
const drop = () => graphql(`mutation($n: String!) { deleteExclusion(name: $n, by: "Ada") }`, { n: `moved-${used++}` });

/** One page, open alone and in front. */
async function excludedAlone(browser) {
  for (const [title, [path, testid, told]] of Object.entries(views)) {
    const person = await browser.newContext({ viewport: desktop });
    const page = await tab(browser, person, path, testid);
    const places = [place(title, page, id(testid), told)];
    await pause(2000);
    await check(`open alone, the ${title} follows an exclusion that is approved and deleted`, () => repeated(alone, places, places, approve, drop, apartAlone));
    await report("exclusion approved or deleted, one page open", places, true);
    await person.close();
  }
}

async function excluded(browser, person) {
  const pages = {};
  for (const [title, [path, testid]] of Object.entries(views)) pages[title] = await tab(browser, person, path, testid);
  const all = () => Object.entries(views).map(([title, [, testid, told]]) => place(title, pages[title], id(testid), told));
  const approved = all();
  const deleted = all();
  await pause(2000);
  await check("all pages follow an exclusion that is approved and deleted", () => repeated(rounds, approved, deleted, approve, drop, apartTogether));
  await report("exclusion approved, all pages open", approved);
  await report("exclusion deleted, all pages open", deleted);
  return pages;
}

async function promised(browser, person, { budget, "list of agreements": list }) {
  await pause(5000); // points come back
  const fresh = await tab(browser, person, "/slas/fresh", "sla-page");
  const all = () => [
    place("list of agreements", list, `[data-sla="fresh"] ${id("sla-achieved")}`, achieved("fresh")),
    place("its own page", fresh, id("sla-headline"), achieved("fresh")),
    place("what promises the objective", budget, id("promised"), promisedIn(slo)),
  ];
  const made = all();
  const removed = all();
  await check("all pages follow an agreement that is made and removed", () =>
    repeated(
      rounds,
      made,
      removed,
      () => saveSla("fresh", slo),
      () => deleteSla("fresh"),
      apartTogether,
    ),
  );
  await report("agreement made", made);
  await report("agreement removed", removed);
  await fresh.close();
}

async function retargeted({ budget, statement }) {
  const places = [
    place("budget", budget, id("budget-headline"), remaining("late")),
    place("statement", statement, id("statement-closing"), closing("late")),
  ];
  await check("all pages follow a changed target", async () => {
    await budget.goto(`${base}/slos/late`);
    await statement.goto(`${base}/slos/late?tab=statement`);
    await budget.locator(id("budget-headline")).waitFor();
    await statement.locator(id("statement-closing")).waitFor();
    await repeated(
      rounds,
      places,
      places,
      () => importLate("98"),
      () => importLate("99"),
      apartAlone,
    );
  });
  await report("target changed", places);
}

/** What somebody has on the screen stays where it is while the figures around it become others. */
async function undisturbed({ budget, statement }) {
  await check("scrolling, an open table, plots and what is being written stay while figures change", async () => {
    await budget.locator(id("table-toggle-sli")).click();
    await budget.locator(`table${id("table-sli")}, ${id("table-sli")} table`).first().waitFor();
    await statement.locator(id("annotate")).click();
    await statement.locator(id("annotation-title")).fill("Slow disks");
    const scrolled = await budget.evaluate(() => {
      scrollTo(0, 300);
      globalThis.canvas = document.querySelector('[data-testid="plot-burn_down"] canvas');
      globalThis.points = globalThis.canvas.toDataURL();
      return scrollY;
    });
    expect(scrolled === 300, `scrolled to ${scrolled}`);
    await follow([place("budget", budget, id("budget-headline"), remaining("late")), place("statement", statement, id("statement-closing"), closing("late"))], () => importLate("97"));
    await budget.waitForFunction(() => globalThis.canvas.toDataURL() !== globalThis.points, undefined, { timeout: patience });
    const same = await budget.evaluate(() => ({ y: scrollY, canvas: document.contains(globalThis.canvas), table: document.querySelector('[data-testid="table-sli"]') !== null }));
    expect(same.y === 300 && same.canvas && same.table, JSON.stringify(same));
    expect((await statement.locator(id("annotation-title")).inputValue()) === "Slow disks", "what was written is gone");
    expect(await statement.locator(id("annotation-title")).evaluate((e) => e === document.activeElement), "the field lost its focus");
  });
}

await browse(async (browser) => {
  await saveSla("gold", slo);
  await importLate("99");
  const exclusion = { title: "Database moved", reason: "planned", scope: { slos: [slo] }, start: await worstHour(), length: "1h", by: "Ada" };
  for (let i = 0; i < rounds + alone * Object.keys(views).length; i++) {
    // What waits for its approval counts for nothing.
    await graphql(`mutation($i: ExclusionInput!) { saveExclusion(input: $i) { name } }`, { i: { ...exclusion, name: `moved-${i}` } });
  }
  await excludedAlone(browser);
  const person = await browser.newContext({ viewport: desktop, reducedMotion: "reduce" });
  const pages = await excluded(browser, person);
  await pages.agreement.close();
  await promised(browser, person, pages);
  await retargeted(pages);
  await undisturbed(pages);
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
});
