// What the scripts that look at the program in Chromium have in common. Each
// writes one JSON line per check: {"Name", "OK", "Detail"}; the test around it
// makes a test of each, and obeys {"Command"} lines.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../frontend/package.json", import.meta.url));
export const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const base = process.env.HINDCAST_URL;
export const out = process.env.E2E_OUT;
export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };
export const id = (name) => `[data-testid="${name}"]`;

/** What is there once a page has something to show. */
export const content = [...["slo-row", "budget-headline", "source-card", "month", "agenda", "statement", "replay", "sla-card", "sla-headline", "import-zone"].map(id), `${id("alerts")} section`].join(", ");

export const complaints = [];

/** Runs one check and reports it; a check returns a detail or throws. */
export async function check(name, run) {
  const began = Date.now();
  let line;
  try {
    const detail = await run();
    line = { Name: name, OK: true, Detail: `${detail ?? ""} (${Date.now() - began} ms)`.trim() };
  } catch (error) {
    line = { Name: name, OK: false, Detail: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return line.OK;
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks the test around this script to do something with the program. */
export async function command(name) {
  process.stdout.write(`${JSON.stringify({ Command: name })}\n`);
  const { done } = await answers.next();
  expect(!done, `${name} was not obeyed`);
}

export function expect(condition, text) {
  if (!condition) throw new Error(text);
}

export async function graphql(query, variables) {
  const response = await fetch(`${base}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Hindcast-CSRF": "1" },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  expect(!answer.errors, JSON.stringify(answer.errors));
  return answer.data;
}

/** A page that reports everything that should not happen on it: of a person of its own, or another one of somebody. */
export async function open(browser, options, person) {
  const context = person ?? (await browser.newContext({ viewport: desktop, reducedMotion: "reduce", ...options }));
  const page = await context.newPage();
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (e) =>
      console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`),
    );
  });
  page.on("console", (m) => {
    if (["error", "warning"].includes(m.type())) complaints.push(`${m.type()}: ${m.text()} (${page.url()})`);
  });
  page.on("pageerror", (e) => complaints.push(`uncaught: ${e.stack ?? e}`));
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== new URL(base).host) complaints.push(`request to ${r.url()}`);
  });
  page.on("response", (r) => {
    if (r.status() >= 400) complaints.push(`${r.status()} for ${r.url()}`);
  });
  return page;
}

export const value = (locator) => locator.getAttribute("data-value");
export const number = (text) => (text === null || text === "" ? null : Number(text));

/** Tries until drawn and told figures are those of one moment: time goes on between two questions. */
export async function eventually(attempts, compare) {
  let differences = [];
  for (let i = 0; i < attempts; i++) {
    differences = await compare();
    if (differences.length === 0) return;
    await new Promise((r) => setTimeout(r, 1500));
  }
  throw new Error(differences.join("\n"));
}

export async function axe(browser, path, scheme, prepare) {
  const context = await browser.newContext({ viewport: desktop, colorScheme: scheme, bypassCSP: true, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(base + path);
  await page.locator(content).first().waitFor();
  await prepare?.(page);
  await page.addScriptTag({ content: axeSource });
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  await context.close();
  const bad = result.violations.filter((v) => ["serious", "critical"].includes(v.impact));
  expect(bad.length === 0, bad.map((v) => `${v.impact} ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join(" | ")}`).join("\n"));
  return `${result.violations.length} minor or moderate`;
}

/** Pictures of addresses at two widths in both schemes, whole, and nothing may be wider than the window. */
export async function pictures(browser, places) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of [["1440", desktop], ["390", phone]]) {
      await check(`pictures at ${size} px, ${colorScheme}, without sideways scrolling`, async () => {
        const page = await open(browser, { viewport, colorScheme });
        for (const [name, where, prepare] of places) {
          await page.goto(base + where);
          await page.locator(content).first().waitFor();
          await prepare?.(page);
          await page.waitForLoadState("networkidle", { timeout: 5000 }).catch(() => {}); // live figures may keep it busy
          // What lies below the window may not be painted: make the window as tall as the page.
          const height = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.setViewportSize({ width: viewport.width, height: Math.min(height, 12_000) });
          await page.waitForTimeout(500); // fonts and plots settle
          await page.screenshot({ path: join(out, `${name}-${size}-${colorScheme}.png`), fullPage: true });
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(over <= 0, `${name}: the page is ${over} px wider than the window`);
          await page.setViewportSize(viewport);
        }
        await page.context().close();
      });
    }
  }
}

/** Runs checks in a browser and lets the test around them end, whatever happens. */
export async function browse(run) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    await run(browser);
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
}
