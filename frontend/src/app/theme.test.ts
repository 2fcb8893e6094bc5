import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "theme.css"), "utf8");

/** The variables of a colour scheme. */
function variables(scheme: "light" | "dark"): Map<string, string> {
  const block = css.split(`:root[data-mantine-color-scheme="${scheme}"] {`)[1]?.split("}")[0] ?? "";
  return new Map([...block.matchAll(/(--[\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

/** Relative luminance of WCAG 2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const tones = ["breached", "risk", "healthy", "nodata", "stale", "quiet"];

describe.each(["light", "dark"] as const)("%s", (scheme) => {
  const ink = variables(scheme);
  const get = (name: string) => ink.get(name) ?? "#none";
  const surfaces = ["--page", "--surface", "--sunken", "--hover"];

  it.each(["--text", "--muted", "--accent"])("%s reads on every surface", (name) => {
    for (const surface of surfaces) {
      expect(contrast(get(name), get(surface)), surface).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("the accent reads on its own tint and carries text", () => {
    expect(contrast(get("--accent"), get("--accent-surface"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(get("--on-accent"), get("--accent"))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(tones)("the state %s reads on its tint and on every surface", (tone) => {
    for (const surface of [...surfaces, `--state-${tone}-surface`, "--accent-surface"]) {
      expect(contrast(get(`--state-${tone}`), get(surface)), surface).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(["--plot-main", "--plot-second", "--plot-bad", "--control-border"])(
    "%s is seen on a surface",
    (name) => {
      expect(contrast(get(name), get("--surface"))).toBeGreaterThanOrEqual(2.9);
    },
  );
});
