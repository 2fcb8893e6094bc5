import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import {
  ChevronIcon,
  FlameIcon,
  HistoryIcon,
  InfoIcon,
  PauseIcon,
  UnknownIcon,
  WarningIcon,
} from "@/components/icons";
import { Panel } from "@/components/Panel";
import { type Column, figures, Table } from "@/components/Table";
import { Instant, useZone } from "@/components/zone";
import type { LineKind, StatementFieldsFragment } from "@/gql/graphql";
import { exact, percent, raw } from "@/lib/number";
import { dateTime, zoneLabel } from "@/lib/time";
import classes from "./StatementTable.module.css";
import { addsUp, amountText, decimals, type Line, lineLooks, sum } from "./statement";

const icons: Record<LineKind, typeof FlameIcon> = {
  EXCLUSION: PauseIcon,
  INCIDENT: FlameIcon,
  DEPLOY: ChevronIcon,
  MAINTENANCE: HistoryIcon,
  OTHER: InfoIcon,
  UNATTRIBUTED: UnknownIcon,
};

const columns: readonly Column[] = [
  "What",
  { title: "When", wide: true },
  { title: "Minutes", number: true, wide: true },
  figures("Spent"),
  {
    title: <abbr title="Bad in time that is excluded: it is not charged.">Waived</abbr>,
    number: true,
    wide: true,
  },
  { title: <abbr title="Of the budget that the window allows.">Share</abbr>, number: true, wide: true },
  figures("Balance"),
];

interface StatementTableProps {
  statement: StatementFieldsFragment;
  kind: LineKind | undefined;
  editable: (name: string) => boolean;
  onEdit: (name: string) => void;
  onExplain: () => void;
}

/** Opening balance, lines, closing balance. */
export function StatementTable({ statement: s, kind, editable, onEdit, onExplain }: StatementTableProps) {
  const zone = useZone();
  const digits = decimals(s);
  const lines = kind ? s.lines.filter((l) => l.kind === kind) : s.lines;
  const right = addsUp(s);
  return (
    <Panel
      title={`${dateTime(new Date(s.from), zone)} – ${dateTime(new Date(s.to), zone)} ${zoneLabel(new Date(s.to), zone)}`}
      hint={`Amounts in ${s.unit === "events" ? "bad events" : s.unit === "seconds" ? "bad seconds" : "slices"}.`}
    >
      <Table label="Statement" columns={columns} className={classes.table} testId="statement-table">
        <tbody>
          <tr className={classes.edge}>
            <th scope="row">Opening balance</th>
            <Blank />
            <td data-number data-testid="statement-opening" data-value={raw(s.opening)}>
              {amountText(s.opening, digits)}
            </td>
          </tr>
          {lines.map((l) => (
            <Row
              key={`${l.kind} ${l.name ?? ""} ${l.from}`}
              line={l}
              digits={digits}
              action={
                l.kind === "UNATTRIBUTED" && l.spent > 0 ? (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    onClick={onExplain}
                    className={classes.action ?? ""}
                    data-testid="explain-line"
                  >
                    Explain…
                  </Button>
                ) : l.name && l.kind !== "EXCLUSION" && editable(l.name) ? (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    className={classes.action ?? ""}
                    aria-label={`Change ${l.title}`}
                    onClick={() => onEdit(l.name ?? "")}
                    data-testid="edit-line"
                  >
                    Change
                  </Button>
                ) : null
              }
            />
          ))}
        </tbody>
        <tfoot>
          <tr className={classes.edge}>
            <th scope="row">{kind ? `${lines.length} of ${s.lines.length} lines` : "Sum of the lines"}</th>
            <td data-wide colSpan={2} />
            <td data-number data-testid="statement-spent" data-value={kind ? "" : raw(s.spent)}>
              {amountText(kind ? sum(lines.map((l) => l.spent)) : s.spent, digits)}
            </td>
            <td data-number data-wide data-testid="statement-waived" data-value={raw(s.waived)}>
              {amountText(kind ? sum(lines.map((l) => l.waived ?? 0)) : s.waived, digits)}
            </td>
            <td data-wide />
            <td />
          </tr>
          <tr className={classes.edge}>
            <th scope="row">
              Closing balance
              {right !== null && (
                <small data-testid="statement-adds-up" data-value={right}>
                  {right
                    ? ` = ${amountText(s.opening, digits)} − ${amountText(s.spent, digits)}`
                    : " does not follow from the lines: please report this"}
                </small>
              )}
            </th>
            <Blank />
            <td
              data-number
              data-testid="statement-closing"
              data-value={raw(s.closing)}
              data-negative={(s.closing ?? 0) < 0 || undefined}
            >
              {amountText(s.closing, digits)}
            </td>
          </tr>
        </tfoot>
      </Table>
      {s.warnings.length > 0 && (
        <ul className={classes.warnings}>
          {s.warnings.map((w) => (
            <li key={w}>
              <WarningIcon size={13} /> {w}
            </li>
          ))}
        </ul>
      )}
      {s.lines.every((l) => l.kind === "UNATTRIBUTED") && (
        <p className={classes.teach}>
          Nothing is noted of this time yet. Explain an interval here, annotate by{" "}
          <code>hindcast annotate</code>, in a file of the kind <code>Annotation</code>, or let deploys be
          told to <code>/hooks/deploy</code>: spending is then attributed to what happened.
        </p>
      )}
    </Panel>
  );
}

function Row({ line: l, digits, action }: { line: Line; digits: number; action: React.ReactNode }) {
  const Icon = icons[l.kind];
  return (
    <tr data-testid="statement-line" data-kind={l.kind} data-spent={l.spent} data-waived={raw(l.waived)}>
      <th scope="row">
        <span className={classes.what}>
          <span className={classes.icon} data-ink={lineLooks[l.kind].ink}>
            <Icon size={14} />
          </span>
          <span>
            <Title line={l} />
            {action}
            <small className={classes.kind}>
              {lineLooks[l.kind].label}
              <span className={classes.narrow}>
                {" "}
                · {exact(l.minutes)} min · {percent(l.share, 1)}
                {l.waived ? ` · waived ${amountText(l.waived, digits)}` : ""}
              </span>
            </small>
            <small className={`${classes.kind} ${classes.narrow}`}>
              <When line={l} />
            </small>
          </span>
        </span>
      </th>
      <td className={classes.when} data-wide>
        <When line={l} />
      </td>
      <td data-number data-wide>
        {exact(l.minutes)}
      </td>
      <td data-number>{amountText(l.spent, digits)}</td>
      <td data-number data-wide>
        {l.waived == null ? "" : amountText(l.waived, digits)}
      </td>
      <td data-number data-wide>
        {percent(l.share, 1)}
      </td>
      <td data-number data-negative={(l.balance ?? 0) < 0 || undefined}>
        {amountText(l.balance, digits)}
      </td>
    </tr>
  );
}

function When({ line: l }: { line: Line }) {
  return l.kind === "UNATTRIBUTED" ? (
    <small>the rest of the time</small>
  ) : (
    <>
      <Instant at={l.from} /> – <Instant at={l.to} />
    </>
  );
}

/** The cells between a title and its balance; a phone has room for one of them. */
function Blank() {
  return (
    <>
      <td data-wide colSpan={4} />
      <td />
    </>
  );
}

function Title({ line: l }: { line: Line }) {
  if (l.kind === "EXCLUSION" && l.name) {
    return (
      <Link to="/exclusions" search={{ open: l.name }}>
        {l.title}
      </Link>
    );
  }
  return l.url ? (
    <a href={l.url} target="_blank" rel="noreferrer noopener">
      {l.title}
    </a>
  ) : (
    <span>{l.title}</span>
  );
}
