// Looks at the demo in Chromium as a visitor does. Writes one JSON line per
// check: {"Name", "OK", "Detail"}; e2e_test.go makes a test of each.
// What it looks for is agreed with frontend/: data-testid attributes, and
// data-value attributes that carry the raw figure ("" where it is unknown).

import { axe, base, browse, check, command, complaints, desktop, eventually, expect, graphql, id, number, open, pictures, value } from "./checks.mjs";

const budgetFields = "to asOf good total sli allowed spent remaining coverage state";

async function allSlos() {
  const { slos } = await graphql(
    `{ slos(first: 100) { nodes { name objectives { targetPercent } budget { ${budgetFields} } groups(first: 1) { totalCount } } } }`,
  );
  return slos.nodes;
}

/** Rows of the overview as they are drawn. */
function drawnRows(page) {
  return page.$$eval('[data-testid="slo-row"]', (rows) =>
    rows.map((row) => {
      const read = (testid) => {
        const e = row.querySelector(`[data-testid="${testid}"]`);
        return e && { value: e.getAttribute("data-value"), text: e.textContent.trim() };
      };
      return { name: row.dataset.slo, remaining: read("slo-remaining"), sli: read("slo-sli"), state: read("slo-state"), target: read("slo-target") };
    }),
  );
}

function rowDiffers(row, slo) {
  const pairs = [
    ["remaining", number(row.remaining?.value), slo.budget.remaining],
    ["sli", number(row.sli?.value), slo.budget.sli],
    ["state", row.state?.value, slo.budget.state],
    ["target", number(row.target?.value), Number(slo.objectives[0].targetPercent)],
  ];
  return pairs.filter(([, drawn, told]) => drawn !== told).map(([n, drawn, told]) => `${slo.name} ${n}: drawn ${drawn}, GraphQL ${told}`);
}

async function scheme(page) {
  return page.evaluate(() => document.documentElement.getAttribute("data-mantine-color-scheme"));
}

async function overview(page) {
  await page.goto(`${base}/`);
  await page.locator(id("slo-row")).first().waitFor({ timeout: 10_000 });
}

async function tabTo(page, testid) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate((wanted) => {
      const e = document.activeElement;
      if (!e?.closest(`[data-testid="${wanted}"]`)) return null;
      const style = getComputedStyle(e);
      const visible = (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none" || e.tagName === "INPUT";
      return { visible };
    }, testid);
    if (found) {
      expect(found.visible, `${testid} has focus, but nothing shows it`);
      return;
    }
  }
  throw new Error(`${testid} is not reached by Tab`);
}

async function checkOverview(page) {
  await check("overview shows every objective within 10 s", async () => {
    const told = await allSlos();
    await overview(page);
    const drawn = await drawnRows(page);
    const missing = told.filter((s) => !drawn.some((r) => r.name === s.name)).map((s) => s.name);
    expect(missing.length === 0, `missing: ${missing}`);
    return `${drawn.length} rows`;
  });
  await check("overview figures equal GraphQL's", () =>
    eventually(20, async () => {
      const drawn = await drawnRows(page);
      return (await allSlos()).flatMap((slo) => {
        const row = drawn.find((r) => r.name === slo.name);
        return row ? rowDiffers(row, slo) : [`${slo.name} is not drawn`];
      });
    }),
  );
  await check("what is unknown is not drawn as a number", async () => {
    const lies = (await drawnRows(page)).filter((r) => r.remaining?.value === "" && /\d/.test(r.remaining.text));
    expect(lies.length === 0, JSON.stringify(lies));
  });
  await check("search narrows the list and lives in the address", async () => {
    const [first] = await drawnRows(page);
    await page.locator(id("search")).fill(first.name);
    await page.waitForFunction((n) => [...document.querySelectorAll('[data-testid="slo-row"]')].every((r) => r.dataset.slo.includes(n)), first.name);
    expect(decodeURIComponent(page.url()).includes(first.name), page.url());
    await page.reload();
    await page.locator(id("slo-row")).first().waitFor();
    expect((await page.locator(id("search")).inputValue()) === first.name, "the search is lost on reload");
    await page.locator(id("search")).fill("");
  });
}

/** The detail page of one objective. */
async function checkDetail(page, slo) {
  const fields = { "budget-headline": "remaining", "budget-sli": "sli", "budget-total": "total", "budget-good": "good", "budget-spent": "spent", "budget-allowed": "allowed" };
  await check(`${slo.name}: a link on the overview opens it`, async () => {
    await overview(page);
    await page.locator(`${id("slo-row")}[data-slo="${slo.name}"] ${id("slo-link")}`).first().click();
    await page.locator(`${id("slo-page")}[data-slo="${slo.name}"]`).waitFor();
    await page.locator(id("budget-headline")).first().waitFor();
  });
  await check(`${slo.name}: figures equal GraphQL's`, () =>
    eventually(20, async () => {
      const drawn = {};
      for (const [testid, field] of Object.entries(fields)) drawn[field] = number(await value(page.locator(id(testid)).first()));
      const state = await value(page.locator(id("budget-state")).first());
      const { slo: told } = await graphql(`query($n: String!) { slo(name: $n) { budget { ${budgetFields} } } }`, { n: slo.name });
      const differences = Object.values(fields).filter((f) => drawn[f] !== told.budget[f]).map((f) => `${f}: drawn ${drawn[f]}, GraphQL ${told.budget[f]}`);
      if (state !== told.budget.state) differences.push(`state: drawn ${state}, GraphQL ${told.budget.state}`);
      return differences;
    }),
  );
  await check(`${slo.name}: plots are drawn and have their table`, async () => {
    for (const kind of ["burn_down", "sli", "burn_rate", "volume"]) {
      const plot = page.locator(id(`plot-${kind}`));
      await plot.scrollIntoViewIfNeeded();
      await page.waitForFunction((testid) => {
        const c = document.querySelector(`[data-testid="${testid}"] canvas`);
        if (!c || !c.width) return false;
        return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v !== 0);
      }, `plot-${kind}`);
      await page.locator(id(`table-toggle-${kind}`)).click();
      const table = page.locator(`table${id(`table-${kind}`)}, ${id(`table-${kind}`)} table`).first();
      await table.waitFor();
      expect((await table.locator("tr").count()) > 2, `${kind}: the table is empty`);
      await page.locator(id(`table-toggle-${kind}`)).click();
    }
  });
  await check(`${slo.name}: the drawer explains, Escape closes it, focus returns`, async () => {
    await page.locator(id("explain-open")).first().focus();
    await page.keyboard.press("Enter");
    const drawer = page.locator(`${id("explain-drawer")}[role="dialog"], ${id("explain-drawer")} [role="dialog"]`).first();
    await drawer.waitFor();
    await page.locator(id("explain-formula")).waitFor();
    expect(/\d/.test(await page.locator(id("explain-formula")).textContent()), "the formula has no figures");
    expect((await page.locator(id("explain-query")).count()) > 0, "no query is shown");
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    await page.waitForFunction((sel) => document.activeElement?.closest(sel), id("explain-open"));
  });
  if (slo.groups.totalCount > 0) {
    await check(`${slo.name}: groups are listed`, async () => {
      await page.locator(id("group-row")).first().waitFor();
      return `${await page.locator(id("group-row")).count()} of ${slo.groups.totalCount}`;
    });
  }
}

async function checkTheme(page) {
  await check("the theme can be switched and survives a reload", async () => {
    await overview(page);
    const before = await scheme(page);
    await page.locator(id("theme-toggle")).click();
    await page.waitForFunction((b) => document.documentElement.getAttribute("data-mantine-color-scheme") !== b, before);
    const after = await scheme(page);
    await page.reload();
    await page.locator(id("slo-row")).first().waitFor();
    expect((await scheme(page)) === after, `after reload ${await scheme(page)}, chosen ${after}`);
  });
}

async function checkKeyboard(page) {
  await check("search, theme and an objective are reached by Tab, Enter opens it", async () => {
    for (const testid of ["search", "theme-toggle"]) {
      await overview(page);
      await tabTo(page, testid);
    }
    await overview(page);
    await tabTo(page, "slo-link");
    await page.keyboard.press("Enter");
    await page.locator(id("slo-page")).waitFor();
  });
}

async function checkEdges(page, slo, path) {
  await check("a detail page opens by its address", async () => {
    await page.goto(base + path);
    await page.locator(`${id("slo-page")}[data-slo="${slo.name}"]`).waitFor();
  });
  await check("an unknown objective says so", async () => {
    await page.goto(base + path.replace(encodeURIComponent(slo.name), "no-such-objective"));
    await page.getByText(/no-such-objective|not found/i).first().waitFor();
    expect((await page.locator(id("budget-headline")).count()) === 0, "figures are shown for an objective that does not exist");
  });
}

async function checkLive(page, path) {
  await check("figures move on without a reload", async () => {
    await page.goto(base + path);
    const asOf = page.locator(id("as-of")).first();
    await asOf.waitFor();
    const before = await value(asOf);
    await page.waitForFunction(([sel, b]) => document.querySelector(sel)?.getAttribute("data-value") !== b, [id("as-of"), before], { timeout: 150_000 });
    return `${before} → ${await value(asOf)}`;
  });
}

/** Nothing on an open page may lie while the program is gone, and nothing may be lost. */
async function checkCrash(browser, path) {
  const context = await browser.newContext({ viewport: desktop });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const live = page.locator(id("live-state")).first();
  const headline = page.locator(id("budget-headline")).first();
  await check("kill -9: the page says that it is not live and keeps its figures", async () => {
    await page.goto(base + path);
    await headline.waitFor();
    await page.waitForFunction((sel) => document.querySelector(sel)?.getAttribute("data-state") === "live", id("live-state"));
    const before = await value(headline);
    await command("kill");
    await page.waitForFunction((sel) => document.querySelector(sel)?.getAttribute("data-state") !== "live", id("live-state"));
    expect((await value(headline)) === before, `${before} became ${await value(headline)} without a server`);
    return live.getAttribute("data-state");
  });
  const before = await value(page.locator(id("as-of")).first()).catch(() => null);
  await command("launch");
  await check("after a start on the same data the page is live again by itself and nothing is lost", async () => {
    await page.waitForFunction((sel) => document.querySelector(sel)?.getAttribute("data-state") === "live", id("live-state"), { timeout: 60_000 });
    const { slo } = await graphql(`query($n: String!) { slo(name: $n) { budget { ${budgetFields} } } }`, { n: decodeURIComponent(path.split("/").at(-1)) });
    expect(Date.parse(slo.budget.asOf) >= Date.parse(before), `figures went back from ${before} to ${slo.budget.asOf}`);
    expect(slo.budget.remaining !== null, `no figures after the start: ${JSON.stringify(slo.budget)}`);
  });
  await context.close();
}

await browse(async (browser) => {
  const page = await open(browser, { colorScheme: "light" });
  page.setDefaultTimeout(15_000);
  await checkOverview(page);
  const slos = await allSlos();
  const withBudget = slos.filter((s) => s.budget.remaining !== null);
  const chosen = [withBudget[0], slos.find((s) => s.groups.totalCount > 0)].filter((s, i, all) => s && all.indexOf(s) === i);
  for (const slo of chosen) await checkDetail(page, slo);
  const path = new URL(page.url()).pathname;
  const last = chosen.at(-1);
  await checkTheme(page);
  await checkKeyboard(page);
  await checkEdges(page, last, path);
  for (const colorScheme of ["light", "dark"]) {
    await check(`no serious accessibility violation: overview, ${colorScheme}`, () => axe(browser, "/", colorScheme));
    await check(`no serious accessibility violation: sources, ${colorScheme}`, () =>
      axe(browser, "/settings/sources?source=embedded", colorScheme, (p) => p.locator(id("source-details")).waitFor()),
    );
    await check(`no serious accessibility violation: form of a source, ${colorScheme}`, () =>
      axe(browser, "/settings/sources?connect=1", colorScheme, (p) => p.locator(id("source-form")).waitFor()),
    );
    await check(`no serious accessibility violation: objective, ${colorScheme}`, () => axe(browser, path, colorScheme));
    await check(`no serious accessibility violation: explanation, ${colorScheme}`, () =>
      axe(browser, path, colorScheme, async (p) => {
        await p.locator(id("explain-open")).first().click();
        await p.locator(id("explain-formula")).waitFor();
      }),
    );
  }
  await pictures(browser, [["overview", "/"], ["slo", path], ["sources", "/settings/sources"]]);
  await checkLive(page, path);
  await check("no complaint in the console, no policy violation, nothing loaded from elsewhere", () => {
    expect(complaints.length === 0, [...new Set(complaints)].slice(0, 20).join("\n"));
  });
  await checkCrash(browser, path);
});
