import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnnotationFieldsFragment } from "@/gql/graphql";
import { annotationErrors, annotationForm, annotationInput, formOfAnnotation } from "./annotation";
import { addsUp, amountText, decimals, type Line, segmentsOf, statementCsv, sum } from "./statement";

const line = (spent: number, more: Partial<Line> = {}): Line => ({
  kind: "INCIDENT",
  name: null,
  title: "disk full",
  url: null,
  from: "2026-11-01T00:00:00Z",
  to: "2026-11-01T01:00:00Z",
  minutes: 60,
  spent,
  waived: null,
  share: 0.1,
  balance: null,
  ...more,
});

const millionths = fc.integer({ min: 0, max: 4_000_000_000 }).map((n) => n / 1e6);

describe("a statement", () => {
  it("adds up to the millionth, and says so when it does not", () => {
    fc.assert(
      fc.property(fc.array(millionths, { maxLength: 40 }), millionths, (amounts, opening) => {
        const spent = amounts.reduce((n, a) => n + Math.round(a * 1e6), 0) / 1e6;
        const lines = amounts.map((a) => line(a));
        const closing = (Math.round(opening * 1e6) - Math.round(spent * 1e6)) / 1e6;
        expect(sum(amounts)).toBe(spent);
        expect(addsUp({ opening, spent, closing, lines })).toBe(true);
        expect(addsUp({ opening, spent, closing: closing + 0.000001, lines })).toBe(false);
        expect(addsUp({ opening, spent, closing, lines: [...lines, line(0.000001)] })).toBe(false);
      }),
    );
    expect(addsUp({ opening: null, spent: 1, closing: 1, lines: [] })).toBeNull();
  });

  it("shows as many decimals as the finest amount needs", () => {
    const figures = { opening: 136.5, spent: 48, closing: 88.5, waived: null };
    expect(decimals({ ...figures, lines: [line(48)] })).toBe(1);
    expect(decimals({ ...figures, lines: [line(0.29)] })).toBe(2);
    expect(decimals({ ...figures, lines: [line(0.000001)] })).toBe(6);
    expect(amountText(-1234.5, 2)).toBe("−1,234.50");
    expect(amountText(null, 2)).toBe("—");
    expect(amountText(-0.0000001, 1)).toBe("0.0");
  });

  it("fills its bar with what was spent and what is left, to the end and not beyond", () => {
    fc.assert(
      fc.property(fc.array(millionths, { maxLength: 12 }), millionths, (amounts, opening) => {
        const { segments, limit } = segmentsOf({
          opening,
          closing: null,
          lines: amounts.map((a) => line(a)),
        });
        const whole = segments.reduce((n, s) => n + s.width, 0);
        expect(segments.length === 0 || Math.abs(whole - 1) < 1e-6).toBe(true);
        expect(limit).toBeLessThanOrEqual(1);
        expect(segments.some((s) => s.kind === "LEFT")).toBe(opening > sum(amounts));
      }),
    );
  });

  it("is a file that begins with the opening and ends with the closing balance", () => {
    const text = statementCsv({
      budget: {} as never,
      from: "2026-11-01T00:00:00Z",
      to: "2026-11-30T00:00:00Z",
      unit: "events",
      opening: 10,
      spent: 4,
      waived: 0,
      closing: 6,
      warnings: [],
      lines: [line(4, { title: "=cmd()", balance: 6 })],
    });
    const rows = text.trim().split("\r\n");
    expect(rows[0]).toContain("spent_events");
    expect(rows[1]).toMatch(/opening balance.*,10$/);
    expect(rows[2]).toContain("'=cmd()");
    expect(rows.at(-1)).toMatch(/closing balance.*,6$/);
  });
});

describe("an annotation", () => {
  const place = { slo: "checkout", service: "shop", zone: "Europe/Berlin" };
  const blank = annotationForm({ ...place, from: "2026-11-01T10:00:00Z", to: "2026-11-01T11:00:00Z" });
  const saved = {
    id: "Annotation:a",
    name: "a",
    kind: "DEPLOY",
    title: "4.2",
    url: null,
    scope: { slos: [], services: ["shop"], labels: [{ name: "tier", values: ["1"] }] },
    from: "2026-11-01T10:00:00Z",
    to: null,
    labels: [{ name: "version", values: ["4.2"] }],
    author: "Ada",
    editable: true,
  } as unknown as AnnotationFieldsFragment;

  it("is about this objective, or about all of the service", () => {
    expect(annotationInput({ ...blank, title: "x" }, "Ada")).toMatchObject({
      from: "2026-11-01T10:00:00Z",
      to: "2026-11-01T11:00:00Z",
      scope: { slos: ["checkout"], services: [] },
    });
    expect(annotationInput({ ...blank, about: "service" }, "Ada").scope).toEqual({
      slos: [],
      services: ["shop"],
    });
  });

  it("keeps what the form does not show when it is changed", () => {
    const input = annotationInput({ ...formOfAnnotation(saved, place), title: "4.2.1" }, "Ada");
    expect(input).toMatchObject({
      id: "Annotation:a",
      name: "a",
      title: "4.2.1",
      to: null,
      labels: { version: "4.2" },
      scope: { slos: [], services: ["shop"], labels: { tier: "1" } },
    });
  });

  it("says what is wrong with it", () => {
    expect(
      annotationErrors({ ...blank, title: "", to: blank.from, url: "javascript:alert(1)" }),
    ).toMatchObject({
      title: expect.stringMatching(/what happened/),
      to: expect.stringMatching(/after the start/),
      url: expect.stringMatching(/https/),
    });
    expect(annotationErrors({ ...blank, title: "x", to: "" })).toEqual({});
  });
});
