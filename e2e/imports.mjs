// Imports a specification of Sloth over the demo as a person would, with a mistake
// in it first, until its budget is on the page; takes it away and takes that back.

import { join } from "node:path";
import { axe, base, browse, check, complaints, eventually, expect, graphql, id, number, open, out, pictures, value } from "./checks.mjs";

const budgetFields = "good total sli spent allowed remaining coverage state";

async function names() {
  const { slos } = await graphql("{ slos(first: 100) { nodes { name } } }");
  return slos.nodes.map((s) => s.name);
}

/** Takes the first example, the one of Sloth, out of the page, and waits until its preview is no longer asked for: it is dimmed until then. */
async function example(page) {
  await page.locator(id("import-example")).first().click();
  await page.locator(id("import-slos")).waitFor();
  await page.locator(`${id("import-preview")}[aria-busy="false"]`).waitFor();
}

async function preview(page) {
  await check("the import is reached from the overview, and explains itself", async () => {
    await page.goto(`${base}/`);
    await page.locator(id("nav-import")).click();
    await page.locator(id("import-zone")).waitFor();
  });
  await check("every example can be imported", async () => {
    const n = await page.locator(id("import-example")).count();
    const read = [];
    for (let i = 0; i < n; i++) {
      await page.locator(id("import-example")).nth(i).click();
      await page.locator(id("import-slos")).waitFor();
      expect((await page.locator(id("import-problem")).count()) === 0, "it has problems");
      read.push(await value(page.locator(id("import-format"))));
      await page.getByRole("button", { name: "Take out" }).click();
      await page.locator(id("import-draft")).waitFor({ state: "detached" });
    }
    expect(new Set(read).size === n && n > 2, `read as ${read}`);
    return read.join(", ");
  });
  await check("an example shows what it would change; nothing is changed by looking", async () => {
    const before = await names();
    await example(page);
    expect((await value(page.locator(id("import-format")))) === "SLOTH", "it is not read as Sloth");
    const added = await page.locator(`${id("import-changes")} [data-change="ADDED"]`).count();
    expect(added > 0, "nothing would be added");
    expect((await names()).length === before.length, "looking at it has changed something");
    await page.locator(id("import-document")).locator("summary").click();
    expect(/apiVersion: openslo\/v1\n/.test(await page.locator(`${id("import-document")} pre`).innerText()), "it is not shown as OpenSLO v1");
    await page.locator(`${id("import-slos")} summary`).first().click();
    await page.screenshot({ path: join(out, "import-preview-1440-light.png"), fullPage: true });
    return (await page.locator(id("import-changes")).innerText()).replace(/\s+/g, " ");
  });
  await check("another window is in the preview at once", async () => {
    await page.locator(id("import-window")).selectOption("7d");
    await page.locator(id("import-slos")).getByText(/7 ?d/).first().waitFor();
    await page.locator(id("import-window")).selectOption("30d");
    await page.locator(id("import-slos")).getByText(/30 ?d/).first().waitFor();
  });
  await check("a mistake is named with its line, leads there, and keeps it from being imported", async () => {
    const area = page.locator(id("import-text"));
    const right = await area.inputValue();
    await area.fill(right.replace("objective: 99.5", "objective: 199.5"));
    await page.locator(id("import-problem")).first().click();
    const selected = await area.evaluate((e) => e.value.slice(e.selectionStart, e.selectionEnd));
    expect(/objective: 199\.5/.test(selected), `the line is ${JSON.stringify(selected)}`);
    expect(await page.locator(id("import-apply")).isDisabled(), "it can be imported");
    await page.screenshot({ path: join(out, "import-problem-1440-light.png"), fullPage: true });
    const said = (await page.locator(id("import-problems")).innerText()).replace(/\s+/g, " ");
    await area.fill(right);
    await page.locator(id("import-slos")).waitFor();
    return said;
  });
}

async function importIt(page) {
  await check("it is imported by somebody, and its budget is read", async () => {
    await page.locator(id("actor")).first().fill("Ann");
    await page.locator(id("import-apply")).click();
    await page.locator(id("imported")).waitFor();
    await page.locator(`${id("imported-slo")}[data-done="true"]`).first().waitFor({ timeout: 60_000 });
    await page.locator(id("imported-budget")).first().waitFor();
    await page.screenshot({ path: join(out, "imported-1440-light.png"), fullPage: true });
    return (await page.locator(id("imported")).innerText()).replace(/\s+/g, " ");
  });
  const name = await page.locator(id("imported-slo")).first().getAttribute("data-slo");
  await check("its budget is on its page, equal to GraphQL's", async () => {
    await page.locator(`${id("imported-slo")} a`).first().click();
    await page.locator(`${id("slo-page")}[data-slo="${name}"]`).waitFor();
    await eventually(20, async () => {
      const { slo } = await graphql(`query($n: String!) { slo(name: $n) { budget { ${budgetFields} } } }`, { n: name });
      const drawn = number(await value(page.locator(id("budget-headline")).first()));
      return drawn !== null && drawn === slo.budget.remaining ? [] : [`drawn ${drawn}, GraphQL ${slo.budget.remaining}`];
    });
  });
  await check("it counts the events that the demo's own objective over the same requests counts", async () => {
    // As of an instant that both have read, because the newest minute may be there for one and not yet for the other;
    // and as it was measured, because an exclusion of the demo may be about its own objective alone.
    const at = new Date(Date.now() - 10 * 60_000).toISOString();
    const asked = `budget(asOf: "${at}", exclusions: false) { ${budgetFields} asOf }`;
    await eventually(20, async () => {
      const { slo, own } = await graphql(`query($n: String!) { slo(name: $n) { ${asked} } own: slo(name: "auth-availability") { ${asked} } }`, { n: name });
      const same = slo.budget.total > 0 && ["good", "total", "coverage"].every((f) => slo.budget[f] === own.budget[f]);
      return same ? [] : [`${name}: ${JSON.stringify(slo.budget)}`, `auth-availability: ${JSON.stringify(own.budget)}`];
    });
  });
  await check("it is on the overview", async () => {
    await page.goto(`${base}/`);
    await page.locator(`${id("slo-row")}[data-slo="${name}"]`).waitFor();
  });
  return name;
}

async function recognise(page) {
  const original = async () => {
    await page.goto(`${base}/import`);
    await page.locator(id("document-original")).first().click();
    await page.locator(id("import-slos")).waitFor();
    return (await page.locator(id("import-changes")).innerText()).replace(/\s+/g, " ");
  };
  await check("what was imported is recognised: it is unchanged", async () => {
    const said = await original();
    expect((await page.locator(id("import-window")).inputValue()) === "30d", "it is not the window it was imported with");
    expect(/as it is.* is unchanged since it was imported/.test(said) && !/edited/.test(said), said);
    return said;
  });
  await check("what was edited here is told, and importing the original takes it back", async () => {
    await page.goto(`${base}/import`);
    await page.getByRole("button", { name: /^Open [^ ]+$/ }).first().click();
    const area = page.locator(id("import-text"));
    await page.locator(id("import-slos")).waitFor();
    await area.fill((await area.inputValue()).replace("targetPercent: 99.5", "targetPercent: 99"));
    await page.locator(`${id("import-changes")} [data-change="CHANGED"]`).waitFor();
    await page.locator(id("import-apply")).click();
    await page.locator(id("imported")).waitFor();
    const said = await original();
    expect(/is unchanged since it was imported; it was edited here/.test(said), said);
    await page.screenshot({ path: join(out, "import-edited-1440-light.png"), fullPage: true });
    await page.locator(id("import-apply")).click();
    await page.locator(id("imported")).waitFor();
    expect(!/edited/.test(await original()), "the edit is still there");
    return said;
  });
}

async function takeBack(page, name) {
  const document = () => page.locator(id("document")).first();
  await check("a document is deleted with what it defined, and that is taken back", async () => {
    await page.goto(`${base}/import`);
    await document().locator(id("document-delete")).click();
    await page.locator(id("undo")).waitFor();
    await eventually(20, async () => ((await names()).includes(name) ? [`${name} is there`] : []));
    await page.locator(id("undo")).click();
    await document().waitFor();
    await eventually(20, async () => ((await names()).includes(name) ? [] : [`${name} is gone`]));
    expect((await page.locator(id("document-original")).count()) === 1, "its original is gone");
  });
}

await browse(async (browser) => {
  const page = await open(browser, { colorScheme: "light" });
  page.setDefaultTimeout(15_000);
  await preview(page);
  const name = await importIt(page);
  await recognise(page);
  await takeBack(page, name);
  const broken = async (p) => {
    await example(p);
    await p.locator(id("import-text")).fill((await p.locator(id("import-text")).inputValue()).replace("99.5", "199.5"));
    await p.locator(id("import-problem")).first().waitFor();
    await p.locator(`${id("import-preview")}[aria-busy="false"]`).waitFor();
  };
  for (const colorScheme of ["light", "dark"]) {
    await check(`no serious accessibility violation: import, ${colorScheme}`, () => axe(browser, "/import", colorScheme, (p) => p.locator(id("document")).first().waitFor()));
    await check(`no serious accessibility violation: preview, ${colorScheme}`, () => axe(browser, "/import", colorScheme, example));
    await check(`no serious accessibility violation: problems, ${colorScheme}`, () => axe(browser, "/import", colorScheme, broken));
  }
  await pictures(browser, [
    ["import", "/import", (p) => p.locator(id("document")).first().waitFor()],
    ["import-draft", "/import", example],
    ["import-broken", "/import", broken],
  ]);
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
});
