// Looks at exclusions, statements and alerts of the demo in Chromium as two
// people do: Ada excludes time that has passed, Grace approves, and the budget of
// an open page moves. Writes one JSON line per check; exclusions_test.go makes a
// test of each.

import { readFileSync } from "node:fs";
import { axe, base, browse, check, complaints, eventually, expect, graphql, id, number, open, pictures, value } from "./checks.mjs";

const slo = process.env.SLO;
const title = "Disk swap of the exporters";
const page0 = `/slos/${slo}`;

const budget = async () => (await graphql(`query($n: String!) { slo(name: $n) { budget { remaining spent excluded { minutes } } } }`, { n: slo })).slo.budget;

/** A page of somebody who said his name before. */
async function pageOf(browser, name) {
  const page = await open(browser, { timezoneId: "Europe/Berlin" });
  if (name) await page.addInitScript((n) => localStorage.setItem("hindcast-actor", n), name);
  return page;
}

const agreement = "exports-gold";

/** An agreement over the objective, whose period began before the incident. */
async function promise(incident) {
  const year = new Date().toISOString().slice(0, 4);
  expect(incident.from > year, `the incident of ${incident.from} lies in no running period`);
  const input = { name: agreement, targetPercent: "98", window: { duration: "1Y", calendar: true, timeZone: "UTC" }, streams: [{ slo }], customers: [{ name: "acme" }], by: "Ada" };
  await graphql(`mutation($i: SlaInput!) { saveSla(input: $i) { name } }`, { i: input });
}

/** When an element first says a number above zero, looked at every few milliseconds in its page. */
const excludedAt = (page, selector) =>
  page.evaluate(
    (sel) =>
      new Promise((done) => {
        const look = () => (Number(document.querySelector(sel)?.getAttribute("data-value")) > 0 ? done(Date.now()) : setTimeout(look, 5));
        look();
      }),
    selector,
  );

/** The same of GraphQL. */
async function toldAt() {
  while ((await budget()).excluded.minutes === 0) await new Promise((r) => setTimeout(r, 5));
  return Date.now();
}

async function repeating(page) {
  await check("a rule is shown with its next times, and one that the server refuses is told at its field", async () => {
    await page.goto(`${base}/exclusions?create=1&slo=${slo}`);
    await page.locator(id("repeat")).selectOption("weekly");
    await page.locator(id("next-occurrences")).waitFor();
    const next = await page.locator(id("next-occurrences")).innerText();
    await page.locator(id("repeat")).selectOption("custom");
    await page.locator(id("rrule")).fill("FREQ=SECONDLY");
    await page.locator(`${id("rrule")}[aria-invalid="true"]`).waitFor();
    const told = await page.locator(`${id("exclusion-form")} .mantine-InputWrapper-error`).first().innerText();
    await page.keyboard.press("Escape");
    await page.locator(id("exclusion-discard")).click();
    await page.locator(id("exclusion-form")).waitFor({ state: "detached" });
    return `${next.replace(/\s+/g, " ")} | ${told}`;
  });
}

/** What waits, and what is open beside it, as everybody can use it. */
async function waiting(browser) {
  const there = (page) => page.locator(id("pending-item")).waitFor();
  const details = async (page) => {
    await there(page);
    await page.locator(id("audit")).waitFor();
  };
  const { exclusions } = await graphql(`{ exclusions(first: 1, filter: { state: [PENDING] }) { nodes { name } } }`);
  const open = `/exclusions?open=${exclusions.nodes[0].name}`;
  for (const scheme of ["light", "dark"]) {
    await check(`what waits, ${scheme}: axe finds nothing serious`, () => axe(browser, "/exclusions", scheme, there));
    await check(`details with their record, ${scheme}: axe finds nothing serious`, () => axe(browser, open, scheme, details));
    await check(`a form with mistakes, ${scheme}: axe finds nothing serious`, () =>
      axe(browser, "/exclusions?create=1", scheme, async (page) => {
        await page.locator(id("exclusion-save")).click();
        await page.locator('[aria-invalid="true"]').first().waitFor();
      }),
    );
  }
  await pictures(browser, [
    ["exclusions-waiting", "/exclusions", there],
    ["exclusion-details", open, details],
  ]);
}

async function calendar(page) {
  await check("month and view stay in the address, also after a reload", async () => {
    await page.goto(`${base}/exclusions`);
    const shown = await page.locator(id("month")).getAttribute("data-month");
    await page.locator(id("month-next")).click();
    await page.waitForFunction((m) => document.querySelector('[data-testid="month"]')?.getAttribute("data-month") > m, shown);
    const next = await page.locator(id("month")).getAttribute("data-month");
    await page.locator(id("exclusions-view")).getByText("List", { exact: true }).click();
    await page.locator(id("agenda")).waitFor();
    const address = new URL(page.url()).searchParams;
    expect(address.get("month") === next && address.get("view") === "list", page.url());
    await page.reload();
    await page.locator(id("agenda")).waitFor();
    return next;
  });
  await check("the calendar shows the zone that the reader chose", async () => {
    await page.goto(`${base}/exclusions`);
    const month = await page.locator(id("month")).getAttribute("data-month");
    const { exclusionCalendar: told } = await graphql(`query($f: Time!, $t: Time!) { exclusionCalendar(from: $f, to: $t) { occurrences { from exclusion { name } } } }`, {
      f: `${month}-05T00:00:00Z`,
      t: `${month}-25T00:00:00Z`,
    });
    const { from, exclusion } = told.occurrences[0];
    for (const zone of ["America/New_York", "Pacific/Auckland"]) {
      await page.getByLabel("Time zone of all times shown").selectOption(zone);
      // The Swedish way of writing it is the page's: 2026-11-23 14:05.
      const at = new Date(from).toLocaleString("sv-SE", { timeZone: zone }).slice(0, 16);
      const drawn = page.locator(`${id("occurrence")}[data-exclusion="${exclusion.name}"][title*="${at}"]`);
      await drawn.first().waitFor({ timeout: 5000 });
      const day = await drawn.first().evaluate((e) => e.closest("td").querySelector("[data-date]").getAttribute("data-date"));
      expect(day === at.slice(0, 10), `${at} is drawn on ${day}`);
    }
  });
}

async function excluding(browser, watcher) {
  const before = await budget();
  const ada = await pageOf(browser, null);
  const { slo: told } = await graphql(`query($n: String!) { slo(name: $n) { statement { lines { kind from to spent } } } }`, { n: slo });
  const incident = told.statement.lines.filter((l) => l.kind === "INCIDENT").toSorted((a, b) => b.spent - a.spent)[0];
  await check("exclusions are reached from the navigation, and what is from a file cannot be changed here", async () => {
    await ada.goto(base);
    await ada.locator(id("nav-exclusions")).click();
    await ada.locator(id("month")).waitFor();
    await ada.locator(`${id("exclusion-row")} button`).first().click();
    await ada.getByText("(from a file, read-only here)").waitFor();
    expect((await ada.locator(id("exclusion-edit")).count()) === 0, "it can be edited");
    await ada.keyboard.press("Escape");
    await ada.locator(id("exclusion-details")).waitFor({ state: "detached" });
  });
  await check("days of the calendar are reached by the arrow keys, Enter makes an exclusion", async () => {
    const days = ada.locator(`${id("month")} button[data-date][tabindex="0"]`);
    await days.focus();
    const from = await days.getAttribute("data-date");
    await ada.keyboard.press(from.endsWith("-01") ? "ArrowRight" : "ArrowLeft");
    const to = await ada.evaluate(() => document.activeElement?.getAttribute("data-date"));
    expect(to !== null && to !== from, `from ${from} to ${to}`);
    await ada.keyboard.press("Enter");
    await ada.locator(id("exclusion-form")).waitFor();
    await ada.keyboard.press("Escape");
    await ada.locator(id("exclusion-form")).waitFor({ state: "detached" });
  });
  await check("the form says at its fields what is missing", async () => {
    await ada.locator(id("exclusion-create")).click();
    await ada.locator(id("exclusion-save")).click();
    for (const text of [/Write what it is/, /Write why/, /Choose what it is about/, /Write your name/]) {
      await ada.getByText(text).waitFor({ timeout: 3000 });
    }
    expect(await ada.locator(id("exclusion-title")).evaluate((e) => e === document.activeElement), "the first wrong field has no focus");
    await ada.keyboard.press("Escape");
    await ada.locator(id("exclusion-form")).waitFor({ state: "detached" });
  });
  await repeating(ada);
  await calendar(await pageOf(browser, null));
  await promise(incident);
  const customer = await pageOf(browser, "Linus");
  await customer.goto(`${base}/slas/${agreement}`);
  await customer.locator(`${id("sla-excluded")}[data-value="0"]`).waitFor();
  const promisedBefore = await value(customer.locator(id("sla-headline")));
  let promised;
  await check("the preview says which budget moves, and that somebody else has to agree", async () => {
    await ada.goto(`${base}/exclusions?create=1&from=${incident.from}&to=${incident.to}&slo=${slo}`);
    await ada.locator(id("exclusion-title")).fill(title);
    await ada.locator(id("exclusion-reason")).fill("Announced on the status page a week before.");
    await ada.locator(id("needs-approval")).waitFor({ timeout: 10_000 });
    const effect = ada.locator(`${id("effect")}[data-slo="${slo}"]`);
    promised = number(await value(effect.locator(id("effect-after"))));
    expect(promised > before.remaining, `after ${promised}, before ${before.remaining}`);
    return `${before.remaining} → ${promised}`;
  });
  await check("it is saved by the name that is asked for once, and waits", async () => {
    await ada.locator(id("actor")).fill("Ada");
    await ada.locator(id("exclusion-save")).click();
    await ada.locator(id("exclusion-details")).waitFor();
    expect((await value(ada.locator(`${id("exclusion-details")} ${id("approval")}`))) === "PENDING", "it does not wait");
    await ada.getByText(/Ada.*created/i).waitFor();
    await ada.keyboard.press("Escape");
    await ada.getByText("You made it: somebody else has to decide.").waitFor();
    expect((await budget()).excluded.minutes === 0, "it counts before anybody agreed");
  });
  await waiting(browser);
  await check("what is deleted is taken back, and waits again", async () => {
    await ada.locator(id("pending-item")).getByRole("button", { name: title }).click();
    await ada.locator(id("exclusion-delete")).click();
    await ada.locator(id("undo-toast")).getByText(/waits for approval again/).waitFor();
    await ada.locator(id("pending")).waitFor({ state: "detached" });
    await ada.locator(id("undo")).click();
    await ada.locator(id("pending-item")).waitFor();
  });
  const grace = await pageOf(browser, "Grace");
  await check("nobody approves another exclusion than the one that was looked at", async () => {
    await grace.goto(`${base}/exclusions`);
    await grace.locator(id("approve")).waitFor();
    const { exclusions } = await graphql(`{ exclusions(first: 9, filter: { state: [PENDING] }) { nodes { id name start length } } }`);
    const { id: same, name, start, length } = exclusions.nodes[0];
    const input = { id: same, name, title, reason: "Announced two weeks before.", scope: { slos: [slo] }, start, length, by: "Ada" };
    await graphql(`mutation($i: ExclusionInput!) { saveExclusion(input: $i) { name } }`, { i: input });
    await grace.locator(id("approve")).click();
    const told = await grace.locator(`${id("pending-item")} [role="alert"]`).innerText();
    expect((await budget()).excluded.minutes === 0, "it was approved");
    await grace.reload();
    await grace.getByText(/two weeks before/).waitFor();
    return told;
  });
  await check("somebody else approves: budget and agreement on open pages follow without a reload", async () => {
    // Of an objective the server announces one change a second: the one before is waited for.
    await new Promise((r) => setTimeout(r, 1500));
    const figures = { GraphQL: toldAt(), budget: excludedAt(watcher, id("budget-excluded")), agreement: excludedAt(customer, id("sla-excluded")) };
    const clicked = Date.now();
    await grace.locator(id("approve")).click();
    const late = [];
    for (const [name, at] of Object.entries(figures)) late.push(`${name} ${(await at) - clicked} ms`);
    await grace.locator(id("pending")).waitFor({ state: "detached", timeout: 10_000 });
    const told = await budget();
    await eventually(10, async () => {
      const drawn = number(await value(watcher.locator(id("budget-headline"))));
      const now = (await budget()).remaining;
      return drawn === now ? [] : [`drawn ${drawn}, GraphQL ${now}`];
    });
    const { sla } = await graphql(`{ sla(name: "${agreement}") { figures { budget { excluded { minutes } } } } }`);
    expect(sla.figures.budget.excluded.minutes === told.excluded.minutes, `the agreement leaves out ${sla.figures.budget.excluded.minutes} minutes, the objective ${told.excluded.minutes}`);
    const achieved = await value(customer.locator(id("sla-headline")));
    expect(Number(achieved) > Number(promisedBefore), `achieved ${achieved} after, ${promisedBefore} before`);
    await watcher.locator(id("mark-legend")).getByText("excluded", { exact: true }).waitFor();
    return `${told.excluded.minutes} minutes; from click to number: ${late.join(", ")}; budget ${before.remaining} → ${told.remaining}, agreement ${promisedBefore} → ${achieved} %`;
  });
  await check("what is rejected changes nothing, and the record says who rejected it", async () => {
    const input = { title: "Too late", reason: "Nobody announced it.", scope: { slos: [slo] }, start: new Date(Date.now() - 7200_000).toISOString(), length: "1h", by: "Ada" };
    const counted = (await budget()).excluded.minutes;
    await graphql(`mutation($i: ExclusionInput!) { saveExclusion(input: $i) { name } }`, { i: input });
    await grace.goto(`${base}/exclusions`);
    await grace.locator(id("reject")).click();
    await grace.locator(id("pending")).waitFor({ state: "detached" });
    await grace.goto(`${base}/exclusions?open=too-late`);
    await grace.locator(id("audit")).getByText(/rejected/).waitFor();
    expect((await budget()).excluded.minutes <= counted, "it counts");
  });
  await grace.context().close();
  await customer.context().close();
  await check("a switch shows the budget as it was measured", async () => {
    await watcher.locator(id("measured-toggle")).click({ force: true });
    await eventually(10, async () => {
      const drawn = number(await value(watcher.locator(id("budget-headline"))));
      return Math.abs(drawn - before.remaining) < 0.02 ? [] : [`drawn ${drawn}, measured before ${before.remaining}`];
    });
    expect(watcher.url().includes("measured=1"), watcher.url());
    await watcher.locator(id("measured-toggle")).click({ force: true });
  });
  await ada.context().close();
}

async function statement(page) {
  await check("the statement adds up, line by line", async () => {
    await page.goto(`${base}${page0}?tab=statement`);
    await page.locator(id("statement-line")).first().waitFor();
    expect((await value(page.locator(id("statement-adds-up")))) === "true", "the page says that it does not add up");
    const [opening, spent, closing] = await Promise.all(["opening", "spent", "closing"].map(async (n) => number(await value(page.locator(id(`statement-${n}`))))));
    const lines = await page.$$eval('[data-testid="statement-line"]', (rows) => rows.map((r) => ({ kind: r.dataset.kind, spent: Number(r.dataset.spent), waived: Number(r.dataset.waived) })));
    const sum = lines.reduce((n, l) => n + Math.round(l.spent * 1e6), 0);
    expect(sum === Math.round(spent * 1e6), `lines ${sum / 1e6}, spent ${spent}`);
    expect(Math.round(opening * 1e6) - sum === Math.round(closing * 1e6), `${opening} − ${sum / 1e6} is not ${closing}`);
    const excluded = lines.find((l) => l.kind === "EXCLUSION");
    expect(excluded && excluded.spent === 0 && excluded.waived > 0, `the exclusion waives nothing: ${JSON.stringify(excluded)}`);
    return `${lines.length} lines`;
  });
  await check("the line of an exclusion leads to it", async () => {
    await page.getByRole("link", { name: title }).click();
    await page.locator(id("exclusion-details")).waitFor();
    await page.goBack();
  });
  const line = page.locator(id("statement-line")).filter({ hasText: "Slow disks" });
  await check("an interval is explained, and spending is attributed to it", async () => {
    await page.goto(`${base}${page0}?tab=statement`);
    await page.locator(id("annotate")).click();
    await page.locator(id("annotation-title")).fill("Slow disks");
    await page.keyboard.press("Escape"); // which would lose it
    await page.locator(id("annotation-unsaved")).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(id("annotation-unsaved")).waitFor({ state: "detached" });
    const { slo: told } = await graphql(`query($n: String!) { slo(name: $n) { statement { from lines { kind spent } } } }`, { n: slo });
    const rest = told.statement.lines.find((l) => l.kind === "UNATTRIBUTED").spent;
    await page.locator(id("annotation-from")).fill("2020-01-01T00:00"); // from before the window on
    await page.locator(id("actor")).fill("Ada");
    await page.locator(id("actor-keep")).click();
    await page.locator(id("annotation-save")).click();
    await page.locator(id("annotation-drawer")).waitFor({ state: "detached" });
    await line.waitFor();
    expect(Number(await line.getAttribute("data-spent")) > 0, "nothing is attributed to it");
    return `unexplained before: ${rest}`;
  });
  await check("an explanation that somebody else changed meanwhile is not overwritten unawares", async () => {
    const found = async () => {
      const { annotations } = await graphql(`{ annotations(first: 100) { nodes { id name kind title from to scope { slos services } } } }`);
      return annotations.nodes.find((a) => a.title.startsWith("Slow disks"));
    };
    await line.locator(id("edit-line")).click();
    await page.locator(id("annotation-title")).fill("Slow disks, says Ada");
    const theirs = { ...(await found()), title: "Slow disks, says Ben", by: "Ben" };
    await graphql(`mutation($i: AnnotationInput!) { saveAnnotation(input: $i) { name } }`, { i: theirs });
    await page.locator(id("annotation-save")).click();
    await page.locator(id("annotation-outdated")).waitFor();
    expect((await found()).title === theirs.title, "it was overwritten");
    await page.locator(id("annotation-overwrite")).click();
    await page.locator(id("annotation-drawer")).waitFor({ state: "detached" });
    expect((await found()).title === "Slow disks, says Ada", "it was not replaced");
  });
  await check("an explanation is deleted, and what it explained is unexplained again", async () => {
    await line.locator(id("edit-line")).click();
    await page.locator(id("annotation-delete")).click();
    await page.locator(id("undo")).waitFor();
    await line.waitFor({ state: "detached" });
  });
  await check("lines are filtered by kind, in the address", async () => {
    await page.locator(id("statement-kind")).selectOption("INCIDENT");
    await page.waitForFunction(() => [...document.querySelectorAll('[data-testid="statement-line"]')].every((r) => r.dataset.kind === "INCIDENT"));
    expect(page.url().includes("line=INCIDENT"), page.url());
    await page.locator(id("statement-kind")).selectOption("");
  });
  await check("the statement is a file", async () => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.locator(id("statement-csv")).click()]);
    expect(file.suggestedFilename() === `${slo}-statement.csv`, file.suggestedFilename());
    const text = readFileSync(await file.path(), "utf8").trim().split("\r\n");
    const lines = await page.locator(id("statement-line")).count();
    const closing = await value(page.locator(id("statement-closing")));
    expect(text.length === lines + 3, `${text.length} rows for ${lines} lines`); // a heading, two balances
    expect(text.at(-1).endsWith(`,${closing}`), `${text.at(-1)} does not end with ${closing}`);
  });
}

const replayOf = async (name, days) => {
  const to = new Date(Math.floor(Date.now() / 60_000) * 60_000);
  const from = new Date(to - days * 86_400_000);
  const query = `query($n: String!, $from: Time, $to: Time) { slo(name: $n) { wouldHaveFired(from: $from, to: $to) { policy firings { from spent } } annotations(from: $from, to: $to) { kind from to } } }`;
  return (await graphql(query, { n: name, from: from.toISOString(), to: to.toISOString() })).slo;
};

/** Whether every firing that is told lies on its line of time and in the table, with its figure. */
async function compareReplay(page, name, days) {
  const told = await replayOf(name, days);
  await page.locator(id("replay-track")).first().waitFor({ timeout: 15_000 });
  const drawn = await page.$$eval('[data-testid="replay-track"]', (all) => all.map((t) => `${t.dataset.policy} ${t.dataset.firings} ${t.querySelectorAll("rect").length}`));
  const wanted = told.wouldHaveFired.map((t) => `${t.policy} ${t.firings.length} ${t.firings.length}`);
  const listed = await page.$$eval('[data-testid="firing"]', (all) => all.map((r) => `${r.dataset.policy} ${r.dataset.from} ${r.dataset.spent}`));
  const rows = told.wouldHaveFired
    .flatMap((t) => t.firings.map((f) => ({ ...f, policy: t.policy })))
    .toSorted((a, b) => Date.parse(b.from) - Date.parse(a.from))
    .slice(0, 100)
    .map((f) => `${f.policy} ${f.from} ${f.spent}`);
  const incidents = told.annotations.filter((a) => a.kind === "INCIDENT").length;
  const marked = Number(await page.locator(id("replay-incidents")).getAttribute("data-incidents"));
  return [
    ...(drawn.join() === wanted.join() ? [] : [`drawn ${drawn.join()}, told ${wanted.join()}`]),
    ...(listed.toSorted().join() === rows.toSorted().join() ? [] : [`${listed.length} rows are listed, ${rows.length} told; first ${listed[0]}, ${rows[0]}`]),
    ...(marked === incidents ? [] : [`${marked} incidents are drawn, ${incidents} told`]),
    ...(rows.length > 0 ? [] : ["nothing would have fired"]),
  ];
}

/** An objective of the demo that nobody is told of, and whose past has outages. */
const unwatched = "checkout-availability";

async function alerting(page) {
  await check("alerts: nobody is told of an objective without policies; what the workbook would have told of is shown", async () => {
    await page.goto(`${base}/slos/${unwatched}`);
    await page.locator(id("tab-alerts")).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Nobody is told when this budget burns").waitFor();
    expect(page.url().includes("tab=alerts"), page.url());
    await eventually(4, () => compareReplay(page, unwatched, 30));
    const pages = await page.locator(`${id("firing")}[data-policy^="workbook-page"]`).count();
    expect(pages > 0, "no outage of the demo would have paged");
    return `${await page.locator(id("firing")).count()} firings, ${pages} of them pages`;
  });
  await check("alerts: 90 days back, in the address", async () => {
    await page.getByText("90 days", { exact: true }).click();
    await page.waitForURL(/days=90/);
    await eventually(4, () => compareReplay(page, unwatched, 90));
  });
  await check("alerts: a firing leads to the plots of its time", async () => {
    const row = page.locator(id("firing")).first();
    const at = await row.getAttribute("data-from");
    await row.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await page.locator(id("budget-headline")).waitFor();
    const search = new URL(page.url()).searchParams;
    expect(Date.parse(search.get("from")) < Date.parse(at) && Date.parse(at) < Date.parse(search.get("to")), `${page.url()} does not show ${at}`);
  });
  await check("alerts: policies in words, and when they would have fired", async () => {
    const watched = process.env.ALERTING;
    await page.goto(`${base}/slos/${watched}?tab=alerts`);
    const { slo: told } = await graphql(`query($n: String!) { slo(name: $n) { alertPolicies { text } } }`, { n: watched });
    for (const p of told.alertPolicies) await page.getByText(p.text, { exact: true }).waitFor();
    expect((await page.locator(id("policy")).count()) === told.alertPolicies.length, "not every policy is drawn");
    await eventually(4, () => compareReplay(page, watched, 30));
    await page.locator(id("unknown-target")).getByText("ops").waitFor(); // no target is configured
    return told.alertPolicies.map((p) => p.text).join("; ");
  });
  await check("alerts: the list of all is what the server says, whatever the minute", async () => {
    await page.locator(id("nav-alerts")).click();
    await page.locator(id("alert")).first().waitFor();
    let said = [];
    await eventually(4, async () => {
      said = (await graphql(`{ alerts(first: 100) { nodes { sloName policy state } } }`)).alerts.nodes;
      const drawn = await page.locator(id("alert")).count();
      const missing = ["recommendations-served", "mailer-sent"].filter((name) => !said.some((a) => a.sloName === name));
      return [...missing.map((name) => `no alert of ${name}`), ...(drawn === said.length ? [] : [`${drawn} drawn, GraphQL has ${said.length}`])];
    });
    return said.map((a) => `${a.sloName} ${a.policy} ${a.state}`).join("; ");
  });
  await check("alerts: the demo's pager is there, and takes a test", async () => {
    const target = page.locator(`${id("target")}[data-target="demo-pager"]`);
    await target.locator(id("target-test")).focus();
    await page.keyboard.press("Enter");
    await target.getByText("Sent: the test message was taken").waitFor();
    expect((await page.locator(id("no-targets")).count()) === 0, "there is a target, and the page says that there is none");
  });
}

/** Statements of all objectives of the demo that have one, added up from what stands on the page. */
async function everyStatement(page) {
  const { slos } = await graphql(`{ slos(first: 100) { nodes { name statement { spent closing } } } }`);
  const stated = slos.nodes.filter((s) => s.statement?.spent != null && s.statement.closing != null);
  await check("the statements of all objectives add up, read off the page as people do", async () => {
    for (const { name } of stated) {
      await page.goto(`${base}/slos/${name}?tab=statement`);
      await page.locator(id("statement-line")).first().waitFor();
      const read = await page.locator(id("statement-table")).evaluate((table) => {
        const amount = (cell) => Number(cell.textContent.replace("−", "-").replaceAll(",", ""));
        const cell = (testid) => amount(table.querySelector(`[data-testid="${testid}"]`));
        const lines = [...table.querySelectorAll('[data-testid="statement-line"]')].map((r) => [r.cells[3], r.cells[6]].map(amount));
        return { opening: cell("statement-opening"), spent: cell("statement-spent"), closing: cell("statement-closing"), lines };
      });
      const parts = (n) => Math.round(n * 1e6);
      const sum = read.lines.reduce((n, [spent]) => n + parts(spent), 0);
      expect(sum === parts(read.spent), `${name}: lines ${sum / 1e6}, spent ${read.spent}`);
      let balance = parts(read.opening);
      for (const [spent, after] of read.lines) {
        balance -= parts(spent);
        expect(balance === parts(after), `${name}: the balance ${after} is not ${balance / 1e6}`);
      }
      expect(balance === parts(read.closing), `${name}: closing ${read.closing}, lines leave ${balance / 1e6}`);
    }
    expect(stated.length > 10, `only ${stated.length} objectives have a statement`);
    return `${stated.length} objectives`;
  });
}

const places = [
  ["exclusions", "/exclusions"],
  ["exclusions-list", "/exclusions?view=list"],
  ["exclusion-form", `/exclusions?create=1&slo=${slo}`, (page) => page.locator(id("exclusion-form")).waitFor()],
  ["slo-excluded", page0],
  ["statement", `${page0}?tab=statement`, (page) => page.locator(id("statement-table")).waitFor()],
  ["slo-alerts", `/slos/${process.env.ALERTING}?tab=alerts`, (page) => page.locator(id("replay-track")).first().waitFor({ timeout: 15_000 })],
  ["slo-alerts-unwatched", `/slos/${unwatched}?tab=alerts`, (page) => page.locator(id("firing")).first().waitFor({ timeout: 15_000 })],
  ["alerts", "/alerts", (page) => page.evaluate(() => document.querySelector("summary")?.click())],
];

await browse(async (browser) => {
  const watcher = await pageOf(browser, "Linus");
  await watcher.goto(base + page0);
  await watcher.locator(id("budget-headline")).waitFor();
  await excluding(browser, watcher);
  await watcher.context().close();
  const page = await pageOf(browser, null);
  await statement(page);
  await everyStatement(page);
  await alerting(page);
  await page.context().close();
  for (const scheme of ["light", "dark"]) {
    for (const [name, path, prepare] of places) {
      await check(`${name}, ${scheme}: axe finds nothing serious`, () => axe(browser, path, scheme, prepare));
    }
  }
  await pictures(browser, places);
  await check("once it is deleted, an open page shows nothing excluded", async () => {
    const last = await pageOf(browser, "Ada");
    await last.goto(base + page0);
    await last.locator(id("budget-excluded")).waitFor();
    const { exclusions } = await graphql(`{ exclusions(first: 9, filter: { slo: "${slo}", state: [APPROVED] }) { nodes { name } } }`);
    await graphql(`mutation($n: String!) { deleteExclusion(name: $n, by: "Ada") }`, { n: exclusions.nodes[0].name });
    await last.locator(id("budget-excluded")).waitFor({ state: "detached" });
    await last.context().close();
  });
  await check("nothing complained: console, content policy, requests", async () => {
    expect(complaints.length === 0, complaints.join("\n"));
  });
});
