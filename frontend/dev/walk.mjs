// Walks through the page as a person would and prints what is wrong: node dev/walk.mjs [address].
// Content policy, console, axe-core in both colour schemes, keyboard, width.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:4173";
const slo = process.argv[3] ?? "checkout-availability";
const axe = readFileSync(new URL("../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
let wrong = 0;
const complain = (...words) => {
  wrong += 1;
  console.log("WRONG", ...words);
};

async function audit(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const v of violations) {
    complain(
      name,
      v.impact,
      v.id,
      v.nodes
        .slice(0, 3)
        .map((n) => n.html.slice(0, 160))
        .join(" | "),
    );
  }
}

for (const scheme of ["light", "dark"]) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: scheme });
  const page = await context.newPage();
  page.on("console", (m) => m.type() === "error" && complain(scheme, m.text()));
  page.on("pageerror", (e) => complain(scheme, e.message));
  page.on(
    "request",
    (r) => !r.url().startsWith(base) && !r.url().startsWith("blob:") && complain("request to", r.url()),
  );

  await page.goto(`${base}/`);
  await page.getByTestId("slo-row").first().waitFor();
  await page.waitForTimeout(800);
  await audit(page, `overview ${scheme}`);
  await page.getByTestId("slo-state").first().hover();
  await page.waitForTimeout(500);
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.waitForTimeout(300);
  await audit(page, `help ${scheme}`);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("checkout");
  await page.waitForTimeout(300);
  if (!page.url().includes("q=checkout")) complain("search is not in the address", page.url());
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByTestId("slo-page").waitFor();

  await page.goto(`${base}/slos/${slo}`);
  await page.locator(".u-over").first().waitFor();
  await page.waitForTimeout(800);
  await audit(page, `slo ${scheme}`);
  await page.getByTestId("table-toggle-sli").check({ force: true });
  await page.getByTestId("table-sli").waitFor();
  const over = await page.locator(".u-over").first().boundingBox();
  await page.mouse.move(over.x + 200, over.y + 60);
  await page.waitForTimeout(200);
  await page.screenshot({ path: `/tmp/hindcast-tip-${scheme}.png` });
  await page.mouse.down();
  await page.mouse.move(over.x + 400, over.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForTimeout(1200);
  if (!page.url().includes("from=")) complain("zoom is not in the address", page.url());
  await page.screenshot({ path: `/tmp/hindcast-zoom-${scheme}.png`, fullPage: true });
  await page.getByTestId("explain-open").focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("explain-formula").waitFor();
  await page.waitForTimeout(400);
  await audit(page, `explain ${scheme}`);
  await page.keyboard.press("Escape");
  await page.getByTestId("explain-formula").waitFor({ state: "detached" });
  await page.waitForTimeout(300);
  const focus = await page.evaluate(() => document.activeElement?.getAttribute("data-testid"));
  if (focus !== "explain-open") complain("focus did not return", focus);
  await page.getByTestId("theme-toggle").click();
  await page.getByRole("button", { name: "More about colours" }).click();
  await page.waitForTimeout(300);
  await page.keyboard.press("Escape");
  await page.goto(`${base}/health`);
  await page.waitForTimeout(800);
  await audit(page, `health ${scheme}`);
  await context.close();
}
await browser.close();
console.log(wrong === 0 ? "nothing wrong" : `${wrong} things wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
