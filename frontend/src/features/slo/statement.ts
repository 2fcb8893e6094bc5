import type { LineKind, StatementFieldsFragment } from "@/gql/graphql";
import { type Cell, csv } from "@/lib/csv";
import { UNKNOWN } from "@/lib/number";

export type Line = StatementFieldsFragment["lines"][number];

/** Kinds of lines in words. */
export const lineLooks: Record<LineKind, { label: string; ink: string }> = {
  EXCLUSION: { label: "Exclusion", ink: "excluded" },
  INCIDENT: { label: "Incident", ink: "breached" },
  DEPLOY: { label: "Deploy", ink: "main" },
  MAINTENANCE: { label: "Maintenance", ink: "stale" },
  OTHER: { label: "Other", ink: "second" },
  UNATTRIBUTED: { label: "Unexplained", ink: "nodata" },
};

// The server's amounts are whole millionths.
const PARTS = 1e6;
const parts = (amount: number) => Math.round(amount * PARTS);

/** The sum of amounts, exact to the millionth. */
export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, a) => total + parts(a), 0) / PARTS;
}

/** Whether opening − lines = closing and the lines add up to what was spent, to the millionth; null where a part is unknown. */
export function addsUp(
  s: Pick<StatementFieldsFragment, "opening" | "spent" | "closing" | "lines">,
): boolean | null {
  if (s.opening == null || s.spent == null || s.closing == null) {
    return null;
  }
  const lines = parts(sum(s.lines.map((l) => l.spent)));
  return lines === parts(s.spent) && parts(s.opening) - lines === parts(s.closing);
}

/** How many decimals all amounts of a statement need, so that columns add up before the reader's eyes. */
export function decimals(
  s: Pick<StatementFieldsFragment, "opening" | "spent" | "closing" | "waived" | "lines">,
): number {
  const amounts = [s.opening, s.spent, s.closing, s.waived, ...s.lines.flatMap((l) => [l.spent, l.waived])];
  let digits = 0;
  for (const a of amounts) {
    while (a != null && digits < 6 && parts(a) % 10 ** (6 - digits) !== 0) {
      digits += 1;
    }
  }
  return digits;
}

/** An amount with so many decimals: 5,478.561. */
export function amountText(amount: number | null | undefined, digits: number): string {
  if (amount == null || !Number.isFinite(amount)) {
    return UNKNOWN;
  }
  return new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(parts(amount) / PARTS + 0) // and not −0
    .replace("-", "−");
}

/** What a bar of the whole budget shows: each line's share, what is left, what is overdrawn. */
export interface Segment {
  key: string;
  kind: LineKind | "LEFT" | "WAIVED";
  title: string;
  amount: number;
  /** 0 to 1 of the bar. */
  from: number;
  width: number;
}

/** The bar is as long as what was at hand, or what was spent if that is more. */
export function segmentsOf(s: Pick<StatementFieldsFragment, "opening" | "closing" | "lines">): {
  segments: Segment[];
  limit: number;
} {
  const spending = s.lines.filter((l) => l.spent > 0);
  const spent = sum(spending.map((l) => l.spent));
  const opening = Math.max(0, s.opening ?? 0);
  const whole = Math.max(opening, spent);
  if (whole === 0) {
    return { segments: [], limit: 1 };
  }
  let at = 0;
  const segments = spending.map((l, i): Segment => {
    const segment = {
      key: `${i} ${l.name ?? ""}`,
      kind: l.kind,
      title: l.title,
      amount: l.spent,
      from: at,
      width: l.spent / whole,
    };
    at += segment.width;
    return segment;
  });
  if (opening > spent) {
    segments.push({
      key: "left",
      kind: "LEFT",
      title: "Left",
      amount: sum([opening, -spent]),
      from: at,
      width: (opening - spent) / whole,
    });
  }
  return { segments, limit: opening / whole };
}

/** The file behind "Download CSV": raw figures, instants in UTC. */
export function statementCsv(s: StatementFieldsFragment): string {
  const edge = (title: string, at: string, balance: number | null | undefined): Cell[] => [
    "",
    "",
    title,
    "",
    at,
    at,
    null,
    null,
    null,
    null,
    balance ?? null,
  ];
  const rows: Cell[][] = s.lines.map((l) => [
    l.kind,
    l.name ?? "",
    l.title,
    l.url ?? "",
    l.from,
    l.to,
    l.minutes,
    l.spent,
    l.waived ?? null,
    l.share ?? null,
    l.balance ?? null,
  ]);
  return csv(
    [
      "kind",
      "name",
      "title",
      "url",
      "from",
      "to",
      "minutes",
      `spent_${s.unit}`,
      `waived_${s.unit}`,
      "share",
      "balance",
    ],
    [edge("opening balance", s.from, s.opening), ...rows, edge("closing balance", s.to, s.closing)],
  );
}
