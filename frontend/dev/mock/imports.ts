import type { MockSlo } from "./fleet.ts";

/** A document that was imported in the mock. */
export interface MockDocument {
  id: string;
  path: string;
  text: string;
  savedAt: string;
  savedBy: string;
  format: string;
  slos: string[];
  original: { format: string; text: string; window: string } | null;
}

interface Input {
  path: string;
  text: string;
  window: string;
  by: string;
}

/** The name of an SLO that somebody defines between the look and the import. */
const taken = "taken-elsewhere";

/** What is looked for in a text; a mock reads no YAML. */
const marks: [RegExp, string][] = [
  [/version:\s*"?prometheus\/v1/, "SLOTH"],
  [/kind:\s*PrometheusServiceLevel/, "SLOTH_KUBERNETES"],
  [/kind:\s*ServiceLevelObjective/, "PYRRA"],
  [/apiVersion:\s*openslo\/v1alpha/, "OPENSLO_V1ALPHA"],
  [/apiVersion:\s*openslo\/v1/, "OPENSLO_V1"],
];

function linesWith(text: string, what: RegExp) {
  return text.split("\n").flatMap((line, i) => {
    const at = line.search(what);
    return at < 0 ? [] : [{ line: i + 1, column: at + 1, text: line.trim() }];
  });
}

/** What a preview says: each `name:` below `slos:` or metadata is an SLO. */
function preview(documents: MockDocument[], slos: readonly MockSlo[], { path, text, window }: Input) {
  const formats = marks.filter(([mark]) => mark.test(text)).map(([, format]) => format);
  const problems = linesWith(text, /objective:\s*"?(1\d\d|abc)/).map((l) => ({
    file: path,
    line: l.line,
    column: l.column,
    message: `${l.text}: the objective must lie between 0 and 100, both excluded`,
  }));
  if (formats.length === 0) {
    problems.push({
      file: path,
      line: 1,
      column: 1,
      message: "this is no specification of OpenSLO, Sloth or Pyrra; the first lines say which it is",
    });
  }
  const warnings = linesWith(text, /plugin/).map((l) => ({
    file: path,
    line: l.line,
    column: l.column,
    message: "plugins run programs; this one is left out",
  }));
  const names = [...text.matchAll(/^ *-? *name: *"?([a-z0-9-]+)/gm)].map((m) => m[1] ?? "");
  const before = documents.find((d) => d.path === path)?.slos ?? [];
  const kept = problems.length > 0 ? [] : names;
  return {
    formats,
    problems,
    warnings,
    document:
      problems.length > 0 ? null : `apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: ${names[0]}\n`,
    changes: [
      ...kept.map((name) => ({
        change: before.includes(name) || slos.some((s) => s.name === name) ? "CHANGED" : "ADDED",
        kind: "SLO",
        name,
        fields: before.includes(name)
          ? [{ field: "spec.objectives[0].target", was: "0.99", is: "0.999" }]
          : [{ field: "spec.objectives[0].target", was: null, is: "0.999" }],
        origin: `Sloth myservice/${name}`,
        edited: false,
        sourceChanged: before.includes(name) ? true : null,
      })),
      ...before
        .filter((b) => !kept.includes(b))
        .map((name) => ({
          change: "REMOVED",
          kind: "SLO",
          name,
          fields: [],
          origin: "",
          edited: false,
          sourceChanged: null,
        })),
    ],
    slos: kept.map((name) => ({
      name,
      displayName: "",
      service: "myservice",
      targets: ["0.999"],
      window: `rolling ${window}`,
      queries: [
        { role: "total", source: "embedded", text: 'http_requests_total{job="myservice"}', note: "" },
        {
          role: "bad",
          source: "embedded",
          text: 'http_requests_total{job="myservice",code=~"5.."}',
          note: "",
        },
      ],
      alertPolicies: ["page", "ticket"],
      budget: null,
    })),
  };
}

/** Answers about imported documents. */
export function importRoot(
  documents: MockDocument[],
  slos: readonly MockSlo[],
  page: <T>(items: T[], args: { first: number; after?: string | null }) => object,
) {
  return {
    documents: (a: { first: number }) => page(documents, a),
    document: ({ path }: { path: string }) => documents.find((d) => d.path === path) ?? null,
    previewImport: ({ input }: { input: Input }) => preview(documents, slos, input),
    applyImport: ({ input }: { input: Input }) => {
      const made = preview(documents, slos, input);
      if (input.text.includes(taken)) {
        const message = `${taken} was defined meanwhile in specs/other.yaml:3; choose another name`;
        made.problems.push({ file: input.path, line: 1, column: 1, message });
      }
      if (made.problems.length > 0) {
        return made; // nothing is imported, and the answer says why
      }
      const old = documents.findIndex((d) => d.path === input.path);
      documents.splice(old < 0 ? documents.length : old, old < 0 ? 0 : 1, {
        id: `Document:${input.path}`,
        path: input.path,
        text: input.text,
        savedAt: new Date().toISOString(),
        savedBy: input.by,
        original: { format: "SLOTH", text: input.text, window: input.window },
        format: made.formats[0] ?? "HINDCAST",
        slos: made.slos.map((s) => s.name),
      });
      return made;
    },
    deleteDocument: ({ path }: { path: string }) => {
      documents.splice(
        documents.findIndex((d) => d.path === path),
        1,
      );
      return `Document:${path}`;
    },
  };
}
