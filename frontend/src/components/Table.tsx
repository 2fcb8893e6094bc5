import type { ReactNode } from "react";
import classes from "./Table.module.css";

/** The heading of a column, by itself where the column holds text. */
export type Column = string | { title: ReactNode; number?: boolean; wide?: boolean };

/** A column of figures. */
export const figures = (title: ReactNode): Column => ({ title, number: true });

/** A column without a visible heading. */
export const unnamed = (title: string): Column => ({
  title: <span className="visually-hidden">{title}</span>,
});

interface TableProps {
  /** What is inside, for those who come by keyboard. */
  label: string;
  columns: readonly Column[];
  testId?: string;
  className?: string | undefined;
  /** Whether it is as high as a few rows only. */
  low?: boolean;
  /** Whether it stands inside something smaller than a page. */
  dense?: boolean;
  /** A tbody, and a tfoot if there is one. */
  children: ReactNode;
}

/** A table that scrolls, by keyboard too, when it is wider (or higher) than its place. */
export function Table({
  label,
  columns,
  testId,
  className,
  low = false,
  dense = false,
  children,
}: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className={classes.box} data-low={low || undefined} tabIndex={0} aria-label={`${label}, table`}>
      <table
        className={[classes.table, className].filter(Boolean).join(" ")}
        data-dense={dense || undefined}
        data-testid={testId}
      >
        <thead>
          <tr>
            {columns.map((column, i) => {
              const c = typeof column === "string" ? { title: column } : column;
              return (
                <th
                  // biome-ignore lint/suspicious/noArrayIndexKey: a table does not move its columns
                  key={i}
                  scope="col"
                  data-number={c.number || undefined}
                  data-wide={c.wide || undefined}
                >
                  {c.title}
                </th>
              );
            })}
          </tr>
        </thead>
        {children}
      </table>
    </section>
  );
}
