// Makes an agreement over the demo as a person would, issues a statement of a
// period that is over, excludes time of it afterwards, and issues it again.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { axe, base, browse, check, complaints, eventually, expect, graphql, id, open, out, pictures, value } from "./checks.mjs";

const name = "shop-gold";
const customer = "acme";
const objective = "checkout-availability";
const figures = "period settled achievedPercent due { customer percent amount currency } budget { good total coverage state excluded { minutes } }";

async function told(period) {
  const { sla } = await graphql(`query($n: String!, $p: String) { sla(name: $n) { figures(period: $p) { ${figures} } } }`, { n: name, p: period });
  return sla.figures;
}

async function make(page) {
  await check("the list of agreements is reached from the navigation and teaches what one is", async () => {
    await page.goto(`${base}/`);
    await page.locator(id("nav-slas")).click();
    await page.locator(id("sla-create")).first().waitFor();
    await page.getByText(/promised to customers/).first().waitFor();
  });
  await check("the form opens by keyboard and begins at its title", async () => {
    await page.locator(id("sla-create")).first().focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction((sel) => document.activeElement?.matches(sel), id("sla-displayName"));
    await page.keyboard.type("Shop, gold");
    expect((await page.locator(id("sla-name")).inputValue()) === name, "the name does not follow the title");
  });
  await check("an objective is found by its name", async () => {
    await page.locator(id("sla-streams-field")).click();
    await page.keyboard.type("checkout");
    await page.locator(`[role="option"][value^="${objective}/"]`).first().click();
    await page.keyboard.press("Escape"); // the list of objectives, and not the form
    await page.locator(id("sla-form")).waitFor();
  });
  await check("bands are judged while they are typed, and say what they are worth", async () => {
    await page.locator(id("sla-targetPercent")).fill("99.99");
    await page.locator(id("sla-period-field")).selectOption("1w");
    await page.locator(id("sla-timeZone")).selectOption("UTC");
    await page.locator(id("sla-customer-name")).fill(customer);
    await page.locator(id("sla-customer-displayName")).fill("ACME Ltd");
    await page.locator(id("sla-customer-fee")).fill("1200.00");
    await page.locator(id("sla-customer-currency")).fill("EUR");
    await page.locator(id("sla-credit-add")).click();
    await page.locator(id("sla-credit-credit")).fill("12.5");
    await page.getByText("150.00 EUR to acme").waitFor();
    await page.locator(id("sla-credit-below")).fill("99.999");
    await page.locator(`${id("sla-credit-below")}[aria-invalid="true"]`).waitFor();
    await page.locator(id("sla-credit-below")).fill("99.99");
    await page.locator(`${id("sla-credit-below")}[aria-invalid="true"]`).waitFor({ state: "detached" });
  });
  await check("it is made only when somebody says who makes it", async () => {
    await page.locator(id("sla-save")).click();
    await page.locator(`${id("actor")}[aria-invalid="true"]`).first().waitFor();
    expect((await graphql(`{ sla(name: "${name}") { name } }`)).sla === null, "it was made by nobody");
    await page.locator(id("actor")).first().fill("Ann");
    await page.screenshot({ path: join(out, "sla-form-1440-light.png") });
    await page.locator(id("sla-save")).click();
    await page.locator(`${id("sla-page")}[data-sla="${name}"]`).waitFor();
  });
  await check("its figures equal GraphQL's", () =>
    eventually(20, async () => {
      const f = await told(null);
      const drawn = await value(page.locator(id("sla-headline")));
      return drawn === (f.achievedPercent ?? "") ? [] : [`drawn ${drawn}, GraphQL ${f.achievedPercent}`];
    }),
  );
}

/** The newest period that is over and was measured. */
async function statable() {
  const { sla } = await graphql(`{ sla(name: "${name}") { periods { name settled } } }`);
  for (const p of sla.periods.filter((x) => x.settled)) {
    const f = await told(p.name);
    if (f.budget.coverage >= 0.9) return { ...p, figures: f };
  }
  throw new Error(`no period can be stated: ${JSON.stringify(sla.periods)}`);
}

const rowOf = (page, period) => page.locator(`${id("sla-period")}[data-period="${period}"]`);

async function issue(page, period, again) {
  await rowOf(page, period).locator(id("sla-issue")).click();
  const dialog = page.locator(id("issue-dialog"));
  await dialog.locator(id("issue-figures")).waitFor();
  if (again) await dialog.locator(id("sla-corrections")).waitFor();
  await page.screenshot({ path: join(out, `issue-${again ? "again-" : ""}1440-light.png`) });
  await dialog.locator(id("issue-confirm")).click();
  await page.locator(id("statement")).waitFor();
}

async function statement(page) {
  const period = await statable();
  await check("the running period cannot be stated, and says why", async () => {
    const running = page.locator(id("sla-period")).first();
    expect(await running.locator(id("sla-issue")).isDisabled(), "the running week can be stated");
    await running.getByText(/is not over yet/).waitFor();
  });
  await check("a statement is issued after a look at what is frozen", async () => {
    await issue(page, period.name, false);
    const drawn = await value(page.locator(id("statement-achieved")));
    expect(drawn === period.figures.achievedPercent, `drawn ${drawn}, figures ${period.figures.achievedPercent}`);
    return `${period.name}: ${drawn} %`;
  });
  await check("it is had as HTML, JSON and CSV, and its digest is that of the frozen document", async () => {
    const digest = (await page.locator(id("statement-digest")).innerText()).trim();
    for (const format of ["html", "json", "csv"]) {
      const address = await page.locator(id(`statement-${format}`)).getAttribute("href");
      const response = await fetch(new URL(address, base));
      expect(response.ok, `${format}: ${response.status}`);
      const body = Buffer.from(await response.arrayBuffer());
      writeFileSync(join(out, `statement.${format}`), body);
      expect(body.toString().includes(period.figures.achievedPercent), `${format} does not say ${period.figures.achievedPercent}`);
      if (format === "json") {
        const [whole, sealed] = [body, JSON.parse(body.toString()).digest].map((x) => x && (typeof x === "string" ? x : createHash("sha256").update(x).digest("hex")));
        expect(digest === whole || digest === sealed, `the digest ${digest} is neither of the document (${whole}) nor in it (${sealed})`);
      }
    }
    return digest;
  });
  await check("on paper there is the statement and nothing of the page around it", async () => {
    await page.emulateMedia({ media: "print" });
    expect(!(await page.locator(id("nav-slas")).isVisible()), "the navigation is printed");
    expect(!(await page.locator(id("statement-print")).isVisible()), "the button is printed");
    expect(await page.locator(id("statement-credit")).isVisible(), "the credit is not printed");
    await page.screenshot({ path: join(out, "statement-print.png"), fullPage: true });
    await page.pdf({ path: join(out, "statement.pdf"), format: "A4", printBackground: false });
    await page.emulateMedia({ media: null });
  });
  return period;
}

/** Excludes an hour of a period, announced by nobody: somebody else approves. */
async function exclude(period) {
  const { sla } = await graphql(`{ sla(name: "${name}") { periods { name from } } }`);
  const start = new Date(Date.parse(sla.periods.find((p) => p.name === period.name).from) + 36 * 3600_000).toISOString();
  const input = { name: "database-move", title: "Database move", reason: "Announced to customers by letter.", kind: "MAINTENANCE", scope: { slos: [objective] }, start, length: "1h", by: "Ann" };
  await graphql(`mutation($i: ExclusionInput!) { saveExclusion(input: $i) { name } }`, { i: input });
  await graphql(`mutation { decideExclusion(name: "database-move", approve: true, by: "Ben") { inForce } }`);
}

async function correct(page, period) {
  await check("time that is excluded afterwards changes the figures, and the statement says that it is out of date", async () => {
    await exclude(period);
    await page.goto(`${base}/slas/${name}`);
    await page.locator(id("sla-drift")).waitFor();
    await rowOf(page, period.name).locator(id("sla-period-drift")).waitFor();
    const f = await told(period.name);
    expect(f.budget.excluded.minutes === 60, `${f.budget.excluded.minutes} minutes are excluded`);
    await page.screenshot({ path: join(out, "sla-drift-1440-light.png"), fullPage: true });
    return (await page.locator(id("sla-drift")).innerText()).replace(/\s+/g, " ");
  });
  await check("it is issued again with what was and what is; the first revision stays as it was", async () => {
    await issue(page, period.name, true);
    await page.locator(id("statement-corrections")).waitFor();
    const corrected = (await page.locator(id("statement-corrections")).innerText()).replace(/\s+/g, " ");
    await page.locator(id("statement-revision")).selectOption("1");
    await page.locator(id("statement-older")).waitFor();
    const drawn = await value(page.locator(id("statement-achieved")));
    expect(drawn === period.figures.achievedPercent, `the first revision says ${drawn} and said ${period.figures.achievedPercent}`);
    return corrected;
  });
}

/** Two people open the form; the second to save learns of the first. */
async function together(browser, mine) {
  const theirs = await open(browser, { colorScheme: "light" });
  for (const [who, page] of [["Ann", mine], ["Ben", theirs]]) {
    await page.goto(`${base}/slas/${name}`);
    await page.locator(id("sla-edit")).click();
    await page.locator(id("sla-description")).fill(`written by ${who}`);
  }
  await theirs.locator(id("actor")).first().fill("Ben"); // the page knows Ann by now
  const described = async () => (await graphql(`{ sla(name: "${name}") { description } }`)).sla.description;
  await check("who did not see the change of another does not overwrite it, and loses nothing", async () => {
    await theirs.locator(id("sla-save")).click();
    await theirs.locator(id("sla-form")).waitFor({ state: "detached" });
    await mine.locator(id("sla-save")).click();
    await mine.locator(id("sla-outdated")).waitFor();
    expect((await described()) === "written by Ben", `it is ${await described()}`);
    expect((await mine.locator(id("sla-description")).inputValue()) === "written by Ann", "what was written is lost");
    await mine.screenshot({ path: join(out, "sla-outdated-1440-light.png") });
  });
  await check("theirs is seen in a new tab", async () => {
    const [tab] = await Promise.all([mine.waitForEvent("popup"), mine.locator(id("sla-outdated")).getByRole("link").click()]);
    await tab.locator(id("sla-description")).waitFor();
    expect((await tab.locator(id("sla-description")).inputValue()) === "written by Ben", "the tab shows something else");
    await tab.close();
  });
  await check("it is replaced when they say so", async () => {
    await mine.locator(id("sla-overwrite")).click();
    await mine.locator(id("sla-form")).waitFor({ state: "detached" });
    expect((await described()) === "written by Ann", `it is ${await described()}`);
  });
  await theirs.context().close();
}

await browse(async (browser) => {
  const page = await open(browser, { colorScheme: "light" });
  page.setDefaultTimeout(15_000);
  await make(page);
  const period = await statement(page);
  await correct(page, period);
  await together(browser, page);
  const paper = `/slas/${name}/statements/${customer}/${period.name}`;
  for (const colorScheme of ["light", "dark"]) {
    await check(`no serious accessibility violation: agreements, ${colorScheme}`, () => axe(browser, "/slas", colorScheme));
    await check(`no serious accessibility violation: agreement, ${colorScheme}`, () => axe(browser, `/slas/${name}`, colorScheme, (p) => p.locator(id("sla-plot")).waitFor()));
    await check(`no serious accessibility violation: form of an agreement, ${colorScheme}`, () =>
      axe(browser, "/slas?create=1", colorScheme, async (p) => {
        await p.locator(id("sla-save")).click();
        await p.locator('[aria-invalid="true"]').first().waitFor();
      }),
    );
    await check(`no serious accessibility violation: statement, ${colorScheme}`, () => axe(browser, paper, colorScheme));
    await check(`no serious accessibility violation: older revision, ${colorScheme}`, () => axe(browser, `${paper}?revision=1`, colorScheme));
  }
  await pictures(browser, [
    ["slas", "/slas"],
    ["sla", `/slas/${name}`, (p) => p.locator(id("sla-plot")).waitFor()],
    ["statement", paper],
  ]);
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
});
