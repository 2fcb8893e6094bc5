/** Comma-separated values that a spreadsheet reads as data and never as a formula. */

export type Cell = string | number | null;

/** What makes a spreadsheet evaluate a cell; some take the wide signs of East Asian keyboards for the narrow ones. */
const formula = /^[=+\-@＝＋－＠\t\r\n\0]/;

/** RFC 4180, CRLF, numbers as they are, text that could be a formula with ' before it, unknown as empty. */
export function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: Cell): string {
  if (value === null) {
    return "";
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? String(value) : "";
  }
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands text to the browser as a file to be saved. */
export function download(name: string, text: string, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[^\w.-]+/g, "-");
  link.click();
  // The browser has taken hold of the data by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}
