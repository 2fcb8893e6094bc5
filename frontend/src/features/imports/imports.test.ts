import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytesOf,
  type Draft,
  freePath,
  isReady,
  kibibytes,
  LIMIT,
  lineCount,
  lineSpan,
  pathError,
  pathOf,
  sizeError,
} from "./drafts";
import { examples } from "./examples";
import { parseImportSearch } from "./search";
import { changesText, formatText, needsWindow, originText, windowsWith } from "./words";

const text = fc
  .array(fc.constantFrom("a", "é", " ", "\n", "\r", "x: 1"), { maxLength: 60 })
  .map((p) => p.join(""));

describe("lines of a text", () => {
  it("lie one behind the other and are the text", () => {
    fc.assert(
      fc.property(text, (all) => {
        const lines = Array.from({ length: lineCount(all) }, (_, i) => lineSpan(all, i + 1));
        expect(lines.map(({ from, to }) => all.slice(from, to)).join("\n")).toBe(all);
        for (const { from, to } of lines) {
          expect(all.slice(from, to)).not.toContain("\n");
        }
      }),
    );
  });

  it("beyond the end are the last one", () => {
    expect(lineSpan("a\nbc", 99)).toEqual({ from: 2, to: 4 });
    expect(lineSpan("", 3)).toEqual({ from: 0, to: 0 });
  });
});

describe("names of documents", () => {
  it("are made of names of files, whatever those are called", () => {
    const cases: Record<string, string> = {
      "Checkout SLO.yml": "checkout-slo.yaml",
      "C:\\specs\\api.YAML": "api.yaml",
      "../../etc/passwd": "passwd.yaml",
      "..": "pasted.yaml",
      "größe.yaml": "gr-e.yaml",
      "_x.yaml": "x.yaml",
      "": "pasted.yaml",
      "a.b.json": "a.b.yaml",
    };
    for (const [name, path] of Object.entries(cases)) {
      expect(pathOf(name), name).toBe(path);
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (name) => {
        expect(pathError(pathOf(name), [])).toBeNull();
      }),
    );
  });

  it("are never those of another text", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a.yaml", "b.yaml", "a-2.yaml"), { maxLength: 12 }), (wanted) => {
        const taken: string[] = [];
        for (const path of wanted) {
          taken.push(freePath(path, taken));
        }
        expect(new Set(taken).size).toBe(wanted.length);
      }),
    );
  });

  it("are refused where they would lead elsewhere", () => {
    for (const path of [
      "/etc/x.yaml",
      "a/../b.yaml",
      "../a.yaml",
      "a.txt",
      "a b.yaml",
      ".",
      "",
      "a//b.yaml",
    ]) {
      expect(pathError(path, []), path).toMatch(/such as/);
    }
    expect(pathError("teams/shop.yaml", [])).toBeNull();
    expect(pathError("a.yaml", ["a.yaml"])).toMatch(/Another text/);
  });
});

describe("windows that are offered", () => {
  it("have the one that is chosen, once", () => {
    for (const chosen of ["30d", "14d"]) {
      expect(windowsWith(chosen).filter((w) => w.value === chosen)).toHaveLength(1);
    }
  });
});

describe("what an object is made of", () => {
  const origin = "Sloth shop/requests";
  it("is told with what changed since, and what importing takes back", () => {
    expect(originText({ origin: "", edited: false, sourceChanged: null })).toBe("");
    expect(originText({ origin, edited: false, sourceChanged: null })).toBe("from Sloth shop/requests");
    expect(originText({ origin, edited: false, sourceChanged: true })).toBe(
      "Sloth shop/requests changed since it was imported",
    );
    expect(originText({ origin, edited: true, sourceChanged: false })).toMatch(
      /is unchanged .* edited here, which importing takes back/,
    );
  });
});

describe("sizes", () => {
  it("are told before anything is sent, in bytes and not in characters", () => {
    expect(bytesOf("é")).toBe(2);
    expect(sizeError(LIMIT)).toBeNull();
    expect(sizeError(LIMIT + 1)).toMatch(/60\.1 KiB; 60 KiB is the most/);
    expect(kibibytes(1)).toBe("1 byte");
    expect(kibibytes(1024)).toBe("1 KiB");
  });

  it("leave room for the names that are sent with a text", () => {
    expect(LIMIT + 200 + 200).toBeLessThan(64 * 1024);
  });
});

describe("what a preview comes to", () => {
  it("is counted by what happens", () => {
    expect(changesText([{ change: "ADDED" }, { change: "ADDED" }, { change: "REMOVED" }])).toBe(
      "2 new, 1 removed",
    );
    expect(changesText([{ change: "UNCHANGED" }])).toBe("nothing changes");
    expect(changesText([])).toBe("nothing changes");
  });

  it("says what was recognised, once each, and whether a window is wanting", () => {
    expect(formatText(["SLOTH", "SLOTH", "PYRRA"])).toBe("Sloth, Pyrra");
    expect(formatText([])).toBe("not recognised");
    expect(needsWindow(["PYRRA", "SLOTH_KUBERNETES"])).toBe(true);
    expect(needsWindow(["PYRRA", "OPENSLO_V1"])).toBe(false);
  });

  it("can be imported only when it was read and has no problem", () => {
    const preview = { formats: [], problems: [], warnings: [], document: null, changes: [], slos: [] };
    const draft: Draft = { key: 0, path: "a.yaml", text: "a", asking: false, preview, trouble: null };
    expect(isReady(draft)).toBe(true);
    expect(isReady({ ...draft, asking: true })).toBe(false);
    expect(isReady({ ...draft, preview: null })).toBe(false);
    const problem = {
      " $fragmentRefs": { ImportProblemFragment: { file: "", line: 1, column: 1, message: "" } },
    };
    expect(isReady({ ...draft, preview: { ...preview, problems: [problem] } })).toBe(false);
    expect(isReady({ ...draft, trouble: { title: "", detail: "", remedy: "", retry: false } })).toBe(false);
  });
});

describe("examples", () => {
  it("are small and have names of their own", () => {
    expect(new Set(examples.map((e) => e.path)).size).toBe(examples.length);
    for (const e of examples) {
      expect(pathError(e.path, []), e.path).toBeNull();
      expect(bytesOf(e.text)).toBeLessThan(LIMIT);
    }
  });
});

describe("the address", () => {
  it("keeps what makes sense", () => {
    expect(parseImportSearch({ document: "a.yaml", x: "y" })).toEqual({ document: "a.yaml" });
    expect(parseImportSearch({ document: 5 })).toEqual({});
  });
});
