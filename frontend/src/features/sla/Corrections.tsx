import { Table } from "@/components/Table";
import type { SlaCorrectionFieldsFragment } from "@/gql/graphql";
import { groupedDecimal } from "@/lib/decimal";
import classes from "./Corrections.module.css";

interface CorrectionsProps {
  corrections: readonly SlaCorrectionFieldsFragment[];
  label: string;
  /** What the new figures are called: "is", or "would be". */
  now?: string;
}

/** Figures that changed: what they were and what they are. */
export function Corrections({ corrections, label, now = "Is" }: CorrectionsProps) {
  return (
    <Table label={label} columns={["What", "Was", now]} testId="sla-corrections">
      <tbody>
        {corrections.map((c) => (
          <tr key={c.what}>
            <th scope="row">{c.what}</th>
            <td>
              <del className={classes.was}>{groupedDecimal(c.was)}</del>
            </td>
            <td>
              <ins className={classes.is}>{groupedDecimal(c.is)}</ins>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
