import panel from "@/components/panel.module.css";
import { ScrollBox } from "@/components/ScrollBox";
import { useZone } from "@/components/zone";
import type { ExclusionDefinitionFragment } from "@/gql/graphql";
import { ApprovalBadge } from "./ApprovalBadge";
import classes from "./ExclusionList.module.css";
import { kinds } from "./search";
import { objectives, scopeText, stretchText, whenText } from "./words";

interface ExclusionListProps {
  exclusions: readonly ExclusionDefinitionFragment[];
  onOpen: (name: string) => void;
}

/** Every exclusion there is, whatever the month. */
export function ExclusionList({ exclusions, onOpen }: ExclusionListProps) {
  const zone = useZone();
  return (
    <ScrollBox label="All exclusions">
      <table className={panel.table} data-testid="exclusion-list">
        <thead>
          <tr>
            <th scope="col">Exclusion</th>
            <th scope="col">When</th>
            <th scope="col">Next</th>
            <th scope="col">Excludes</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {exclusions.map((x) => (
            <tr key={x.id} data-testid="exclusion-row" data-exclusion={x.name}>
              <th scope="row">
                <button type="button" className={classes.open} onClick={() => onOpen(x.name)}>
                  {x.title}
                </button>
                <small className={classes.small}>
                  {kinds[x.kind].label}
                  {x.origin ? ", from a file" : `, by ${x.author}`}
                </small>
              </th>
              <td>{whenText(x, zone)}</td>
              <td className={classes.next}>{x.next ? stretchText(x.next.from, x.next.to, zone) : "over"}</td>
              <td>
                {scopeText(x.scope)} <small>({objectives(x.scope.covers)})</small>
              </td>
              <td>
                <ApprovalBadge state={x.approval.state} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
