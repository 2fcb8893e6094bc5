// Pictures of every page at two widths, light and dark: node dev/shoot.mjs [address] [folder].
// Prints whatever the browser complains about.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const base = process.argv[2] ?? "http://127.0.0.1:4173";
const out = process.argv[3] ?? "/tmp/hindcast-pictures";
const only = process.argv[4];
mkdirSync(out, { recursive: true });
const pages = process.env.PAGES
  ? JSON.parse(process.env.PAGES)
  : {
      overview: "/",
      slo: "/slos/checkout-availability",
      nodata: "/slos/identity-sign-in",
      explain: "/slos/checkout-availability?explain=1",
      health: "/health",
    };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
for (const [width, height] of [
  [1440, 900],
  [390, 844],
]) {
  for (const scheme of ["light", "dark"]) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      timezoneId: "Europe/Berlin",
    });
    const page = await context.newPage();
    page.on(
      "console",
      (m) => ["error", "warning"].includes(m.type()) && console.log(width, scheme, m.type(), m.text()),
    );
    page.on("pageerror", (e) => console.log(width, scheme, "page error", e.message));
    for (const [name, path] of Object.entries(pages)) {
      if (only && !only.split(",").includes(name)) continue;
      await page.goto(base + path);
      await page.waitForTimeout(2200);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) console.log(width, scheme, name, `is ${wide} px too wide`);
      await page.screenshot({
        path: `${out}/${name}-${width}-${scheme}.png`,
        fullPage: !["explain", "drawer"].includes(name),
      });
    }
    await context.close();
  }
}
await browser.close();
