import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csv } from "./csv";

/** Reads RFC 4180, as a spreadsheet would. */
function read(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted !== undefined ? quoted.replaceAll('""', '"') : (plain ?? ""));
    if (end === "\r\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe("csv", () => {
  it("writes numbers as they are and unknown as nothing", () => {
    expect(
      csv(
        ["at", "v"],
        [
          ["2026-11-23T00:00:00Z", -0.5],
          ["x", null],
          ["y", Number.NaN],
        ],
      ),
    ).toBe("at,v\r\n2026-11-23T00:00:00Z,-0.5\r\nx,\r\ny,\r\n");
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", "＝1+1", "＠A1"])(
    "disarms %j",
    (text) => {
      expect(read(csv([text], []))[0]?.[0]).toBe(`'${text}`);
    },
  );

  it("gives back every text that is no formula, and no formula at all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), { minLength: 1 }),
        (rows) => {
          const [header = [], ...rest] = rows;
          const back = read(csv(header, rest));
          expect(back).toEqual(
            rows.map((r) => r.map((c) => (/^[=+\-@＝＋－＠\t\r\n\0]/.test(c) ? `'${c}` : c))),
          );
          expect(back.flat().some((c) => /^[=+\-@＝＋－＠\t\r\n\0]/.test(c))).toBe(false);
        },
      ),
    );
  });
});
