import { Table } from "@/components/Table";
import { TextButton } from "@/components/TextButton";
import { useZone } from "@/components/zone";
import type { ExclusionDefinitionFragment } from "@/gql/graphql";
import { exclusionKinds } from "@/lib/words";
import { ApprovalBadge } from "./ApprovalBadge";
import classes from "./ExclusionList.module.css";
import { objectives, scopeText, stretchText, whenText } from "./words";

interface ExclusionListProps {
  exclusions: readonly ExclusionDefinitionFragment[];
  onOpen: (name: string) => void;
}

/** Every exclusion there is, whatever the month. */
export function ExclusionList({ exclusions, onOpen }: ExclusionListProps) {
  const zone = useZone();
  return (
    <Table
      label="All exclusions"
      testId="exclusion-list"
      columns={["Exclusion", "State", "When", "Next", "Excludes"]}
    >
      <tbody>
        {exclusions.map((x) => (
          <tr key={x.id} data-testid="exclusion-row" data-exclusion={x.name}>
            <th scope="row">
              <TextButton look="name" onClick={() => onOpen(x.name)}>
                {x.title}
              </TextButton>
              <small className={classes.small}>
                {exclusionKinds[x.kind].label}
                {x.origin ? ", from a file" : `, by ${x.author}`}
              </small>
            </th>
            <td>
              <ApprovalBadge state={x.approval.state} />
            </td>
            <td>{whenText(x, zone)}</td>
            <td className={classes.next}>{x.next ? stretchText(x.next.from, x.next.to, zone) : "over"}</td>
            <td>
              {scopeText(x.scope)} <small>({objectives(x.scope.covers)})</small>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
