// Connects a real Prometheus in Settings → Sources as a person would: makes every
// mistake first, then an objective over it, until its budget is on the page.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { axe, base, browse, check, command, complaints, eventually, expect, graphql, id, number, open, out, pictures, value } from "./checks.mjs";

const attempts = JSON.parse(process.env.ATTEMPTS);
const address = process.env.SOURCE_URL;
const name = "shop-prometheus";
const budgetFields = "to good total sli spent allowed remaining coverage state";

const card = (page) => page.locator(`${id("source-card")}[data-source="${name}"]`);

/** Tests what is written in the form and returns all that the page says about it. */
async function tryOut(page) {
  await page.locator(id("source-try")).click();
  const said = page.locator(`${id("source-form")} ${id("source-test")}, ${id("source-trouble")}, ${id("source-form")} [aria-invalid="true"]`);
  await said.first().waitFor({ timeout: 20_000 });
  await page.waitForFunction((sel) => !document.querySelector(sel)?.hasAttribute("data-loading"), id("source-try"));
  const test = page.locator(`${id("source-form")} ${id("source-test")}`);
  return {
    ok: (await test.count()) > 0 && (await test.getAttribute("data-ok")) === "true",
    text: (await page.locator(id("source-form")).innerText()).replace(/\s+/g, " "),
  };
}

async function makeMistakes(page) {
  await check("the page is reached from the navigation, and the form by its button", async () => {
    await page.goto(`${base}/`);
    await page.locator(id("nav-settings")).click();
    await page.locator(`${id("source-card")}[data-source="embedded"]`).waitFor();
    await page.locator(id("source-connect")).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction((sel) => document.activeElement?.matches(sel), id("source-name"));
    await page.keyboard.press("Tab");
    await page.waitForFunction((sel) => document.activeElement?.matches(sel), id("source-url"));
  });
  await check("nothing is asked for a form that is not filled in", async () => {
    await page.locator(id("source-save")).click();
    await page.waitForFunction((sel) => document.activeElement?.matches(sel), id("source-name"));
    await page.locator(`${id("source-url")}[aria-invalid="true"]`).waitFor();
    await page.locator(`${id("actor")}[aria-invalid="true"]`).waitFor();
    await page.locator(id("source-name")).fill(name);
    await page.locator(id("actor")).fill("Ann");
  });
  for (const a of attempts) {
    await check(`${a.name} is explained`, async () => {
      await page.locator(id("source-url")).fill(a.url);
      const said = await tryOut(page);
      expect(said.ok === a.ok, `ok is ${said.ok}: ${said.text}`);
      expect(new RegExp(a.says, "i").test(said.text), `/${a.says}/ is not in: ${said.text}`);
      const { sources } = await graphql("{ sources(first: 100) { nodes { name } } }");
      expect(!sources.nodes.some((s) => s.name === name), "a test saved the source");
      const message = page.locator(`${id("source-form")} ${id("source-test-message")}`);
      return (await message.count()) > 0 ? message.innerText() : "";
    });
  }
}

async function connect(page) {
  await check("a secret itself is refused, its name is not", async () => {
    await page.locator(id("source-url")).fill(address);
    await page.locator(id("source-authentication")).selectOption("BEARER");
    await page.locator(id("source-secret")).fill(process.env.SECRET);
    await page.locator(id("source-save")).click();
    await page.locator(`${id("source-secret")}[aria-invalid="true"]`).waitFor();
    await page.locator(id("source-secret")).fill("HINDCAST_SECRET_E2E");
  });
  await check("what is written is not lost by Escape", async () => {
    await page.keyboard.press("Escape");
    await page.locator(id("source-unsaved")).waitFor();
    await page.getByRole("button", { name: "Keep editing" }).click();
    expect((await page.locator(id("source-url")).inputValue()) === address, "the address is lost");
  });
  await check("a source that works is saved, and says what to do next", async () => {
    await page.locator(id("source-save")).click();
    await page.locator(id("source-form")).waitFor({ state: "detached", timeout: 20_000 });
    const snippet = await card(page).locator(id("source-snippet")).innerText();
    expect(snippet.includes(`metricSourceRef: ${name}`), snippet);
    writeFileSync(join(out, "snippet.yaml"), snippet); // sources_real_test.go validates it
    return page.url();
  });
  await check("the secret is named and never shown", async () => {
    await card(page).getByText(/HINDCAST_SECRET_E2E/).first().waitFor();
    expect(!(await page.content()).includes(process.env.SECRET), "the page holds the secret");
  });
  await check("what discovery said is shown", async () => {
    await card(page).locator(id("source-probe")).click();
    await card(page).locator(`${id("source-test")}[data-ok="true"]`).waitFor({ timeout: 20_000 });
    return (await card(page).locator(id("source-test")).innerText()).replace(/\s+/g, " ");
  });
}

/** The budget on the page, when the history is read and the figures are those of one moment. */
async function budget(page) {
  await command("specify");
  await check("a document makes an objective, and its history is read", async () => {
    await page.goto(`${base}/`);
    await page.locator(`${id("slo-row")}[data-slo="shop"]`).waitFor({ timeout: 60_000 });
    await eventually(60, async () => {
      const { slo } = await graphql(`{ slo(name: "shop") { backfill { done daysDone daysTotal samples error } } }`);
      return slo?.backfill?.done ? [] : [`backfill: ${JSON.stringify(slo?.backfill)}`];
    });
    const { slo } = await graphql(`{ slo(name: "shop") { backfill { daysDone samples samplesPerSecond } } }`);
    return JSON.stringify(slo.backfill);
  });
  await check("its budget is on the page, as GraphQL tells it and as the counters are made", async () => {
    await page.goto(`${base}/slos/shop`);
    await page.locator(id("budget-headline")).first().waitFor();
    await eventually(30, async () => {
      const drawn = number(await value(page.locator(id("budget-headline")).first()));
      const { slo } = await graphql(`{ slo(name: "shop") { budget { ${budgetFields} } } }`);
      const b = slo.budget;
      const wrong = drawn === b.remaining && drawn !== null ? [] : [`drawn ${drawn}, GraphQL ${b.remaining}`];
      // One of thirty requests is bad; at the ends of the window a third of a pattern may be cut off.
      if (b.sli === null || Math.abs(b.sli - 29 / 30) > 1e-4) wrong.push(`sli is ${b.sli}, made for ${29 / 30}`);
      if (b.coverage < 0.9) wrong.push(`coverage ${b.coverage}`);
      return wrong;
    });
  });
  await check("the source says who measures on it and what it costs", async () => {
    await page.goto(`${base}/settings/sources?source=${name}`);
    await card(page).getByRole("link", { name: "shop", exact: true }).waitFor();
    await eventually(20, async () => {
      const requests = number(await card(page).locator(id("source-cost")).getAttribute("data-requests"));
      const status = await value(card(page).locator(id("source-status")));
      return requests > 0 && status === "OK" ? [] : [`status ${status}, ${requests} requests`];
    });
    return (await card(page).locator("dl").first().innerText()).replace(/\s+/g, " ");
  });
}

/** The open card is whole when its definition is there: until then its buttons wait for it. */
const opened = (page) => Promise.all([card(page).locator(id("source-test")).waitFor(), card(page).locator(`${id("source-edit")}:enabled`).waitFor()]);

async function changeAndDelete(page) {
  await check("another address takes the secret's name away", async () => {
    await card(page).locator(id("source-edit")).click();
    await page.locator(id("source-url")).fill(`${address}/other`);
    await page.locator(id("source-secret-cleared")).waitFor();
    expect((await page.locator(id("source-secret")).inputValue()) === "", "the secret's name stays");
    await page.keyboard.press("Escape");
    await page.locator(id("source-discard")).click();
    await page.locator(id("source-form")).waitFor({ state: "detached" });
  });
  await check("a source in use is not deleted, and says who uses it", async () => {
    await card(page).locator(id("source-delete")).click();
    const dialog = page.locator(id("source-delete-dialog"));
    await dialog.getByText("shop", { exact: true }).waitFor();
    expect((await dialog.locator(id("source-delete-confirm")).count()) === 0, "it offers to delete a source in use");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  });
  await check("a source that nobody uses is deleted, and taken back", async () => {
    const spare = page.locator(`${id("source-card")}[data-source="spare"]`);
    await page.locator(id("source-connect")).click();
    await page.locator(id("source-name")).fill("spare");
    await page.locator(id("source-url")).fill(attempts.at(-1).url);
    await page.locator(id("source-save")).click();
    await spare.locator(id("source-delete")).click({ timeout: 20_000 });
    await page.locator(id("source-delete-confirm")).click();
    await spare.waitFor({ state: "detached" });
    await page.locator(id("undo")).click();
    await spare.waitFor();
    await page.locator(id("undo")).waitFor({ state: "detached" });
    const { audit } = await graphql(`{ audit(filter: { kind: "Source", name: "spare" }, first: 10) { nodes { actor action } } }`);
    const said = audit.nodes.map((a) => `${a.actor} ${a.action}`).join(", ");
    expect(said === "Ann CREATED, Ann DELETED, Ann CREATED", `the audit says: ${said}`);
  });
}

await browse(async (browser) => {
  const page = await open(browser, { colorScheme: "light" });
  page.setDefaultTimeout(15_000);
  await makeMistakes(page);
  await connect(page);
  await budget(page);
  await changeAndDelete(page);
  for (const colorScheme of ["light", "dark"]) {
    await check(`no serious accessibility violation: an open source, ${colorScheme}`, () =>
      axe(browser, `/settings/sources?source=${name}`, colorScheme, opened),
    );
    await check(`no serious accessibility violation: a form with mistakes, ${colorScheme}`, () =>
      axe(browser, "/settings/sources?connect=1", colorScheme, async (p) => {
        await p.locator(id("source-authentication")).selectOption("BASIC");
        await p.locator(id("source-save")).click();
        await p.locator(`${id("source-secret")}[aria-invalid="true"]`).waitFor();
      }),
    );
  }
  await pictures(browser, [
    ["source-open", `/settings/sources?source=${name}`, opened],
    ["source-form", `/settings/sources?edit=${name}`, (p) => p.locator(id("source-secret")).waitFor()],
  ]);
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
});
