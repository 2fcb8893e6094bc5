// Connects a real Elasticsearch that wants a password in Settings → Sources: without
// the right one the page says what it answers, with it a budget comes of the log.

import { join } from "node:path";
import { base, browse, check, command, complaints, eventually, expect, graphql, id, number, open, out, value } from "./checks.mjs";

const name = "access-log";
const secrets = process.env.SECRETS.split(",");
const good = Number(process.env.GOOD);
const total = Number(process.env.TOTAL);

const test = (page) => page.locator(`${id("source-form")} ${id("source-test")}`);

async function fill(page) {
  await check("the form of an Elasticsearch is filled in", async () => {
    await page.goto(`${base}/settings/sources?connect=1`);
    await page.locator(id("source-type")).selectOption("ELASTICSEARCH");
    await page.locator(id("source-name")).fill(name);
    await page.locator(id("source-url")).fill(process.env.SOURCE_URL);
  });
}

/** Tests the form, which must fail and say both, and takes a picture. */
async function refused(page, { picture, says, marked }) {
  await page.locator(id("source-try")).click();
  await test(page).waitFor({ timeout: 20_000 });
  const text = (await test(page).locator(id("source-test-message")).innerText()).replace(/\s+/g, " ");
  expect((await test(page).getAttribute("data-ok")) === "false", `it works: ${text}`);
  for (const said of says) expect(text.includes(said), `${said} is not in: ${text}`);
  await page.locator(`${id(marked)}[aria-invalid="true"]`).waitFor();
  await page.screenshot({ path: join(out, `${picture}.png`) });
  return text;
}

async function mistakes(page) {
  await check("without a password it says 401, and the way to sign in is marked", () =>
    refused(page, { picture: "secured-nobody", says: ["401", "correct the user and password"], marked: "source-authentication" }),
  );
  await check("with a wrong password it says 401, and the secret is marked", async () => {
    await page.locator(id("source-authentication")).selectOption("BASIC");
    await page.locator(id("source-username")).fill("elastic");
    await page.locator(id("source-secret")).fill("HINDCAST_SECRET_WRONG");
    return refused(page, { picture: "secured-wrong", says: ["401", "elastic", "correct the user and password"], marked: "source-secret" });
  });
  await check("a variable that the server does not have is named", async () => {
    await page.locator(id("source-secret")).fill("HINDCAST_SECRET_UNSET");
    return refused(page, { picture: "secured-unset", says: ["HINDCAST_SECRET_UNSET", "set it"], marked: "source-secret" });
  });
  await check("a port where nothing listens is the address's fault", async () => {
    await page.locator(id("source-secret")).fill("HINDCAST_SECRET_WRONG");
    await page.locator(id("source-url")).fill("http://127.0.0.1:1");
    return refused(page, { picture: "secured-refused", says: ["refuses the connection"], marked: "source-url" });
  });
}

async function connect(page) {
  await check("with the right password it works and is saved", async () => {
    await page.locator(id("source-url")).fill(process.env.SOURCE_URL);
    await page.locator(id("source-secret")).fill("HINDCAST_SECRET_RIGHT");
    await page.locator(id("source-try")).click();
    await page.locator(`${id("source-form")} ${id("source-test")}[data-ok="true"]`).waitFor({ timeout: 20_000 });
    const text = (await test(page).innerText()).replace(/\s+/g, " ");
    await page.screenshot({ path: join(out, "secured-right.png") });
    await page.locator(id("actor")).fill("Ann");
    await page.locator(id("source-save")).click();
    await page.locator(id("source-form")).waitFor({ state: "detached", timeout: 20_000 });
    await page.locator(`${id("source-card")}[data-source="${name}"]`).waitFor();
    return text;
  });
}

async function budget(page) {
  await command("specify");
  await check("its history is read", async () => {
    let backfill;
    await eventually(60, async () => {
      ({ slo: { backfill } = {} } = await graphql(`{ slo(name: "access") { backfill { done daysDone samples error } } }`).then((d) => ({ slo: d.slo ?? {} })));
      return backfill?.done ? [] : [`backfill: ${JSON.stringify(backfill)}`];
    });
    return JSON.stringify(backfill);
  });
  await check("its budget is that of the log, on the page too", async () => {
    await page.goto(`${base}/slos/access`);
    const headline = page.locator(id("budget-headline")).first();
    await headline.waitFor();
    let b;
    await eventually(30, async () => {
      ({ budget: b } = (await graphql(`{ slo(name: "access") { budget { good total remaining } } }`)).slo);
      const drawn = number(await value(headline));
      const wrong = b.good === good && b.total === total ? [] : [`${b.good} of ${b.total} are good, in the log ${good} of ${total}`];
      const remaining = 1 - (total - good) / (0.1 * total);
      if (Math.abs(b.remaining - remaining) > 1e-9 || drawn !== b.remaining) {
        wrong.push(`remaining ${b.remaining}, drawn ${drawn}, in the log ${remaining}`);
      }
      return wrong;
    });
    await page.screenshot({ path: join(out, "secured-budget.png") });
    return JSON.stringify(b);
  });
}

await browse(async (browser) => {
  const page = await open(browser, { colorScheme: "light" });
  page.setDefaultTimeout(15_000);
  const answers = []; // of the server to the page, which must hold no secret either
  page.on("response", (r) => r.url().endsWith("/graphql") && answers.push(r.text().catch(() => "")));
  await fill(page);
  await mistakes(page);
  await connect(page);
  await check("no secret is on the page or in what the server told it", async () => {
    const all = [await page.content(), ...(await Promise.all(answers))].join("\n");
    expect(all.includes("HINDCAST_SECRET_RIGHT"), "the variable is not named");
    expect(!secrets.some((s) => all.includes(s)), "a secret was told");
    return `${answers.length} answers`;
  });
  await budget(page);
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
});
