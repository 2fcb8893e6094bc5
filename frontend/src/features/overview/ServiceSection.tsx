import { Panel } from "@/components/Panel";
import type { Group } from "./arrange";
import classes from "./ServiceSection.module.css";
import { SloRow } from "./SloRow";

/** One service and its objectives. */
export function ServiceSection({ group }: { group: Group }) {
  return (
    <Panel
      title={group.title}
      hint={group.teams.length > 0 ? group.teams.join(", ") : "no team"}
      className={classes.section}
    >
      <div className={classes.columns} aria-hidden="true">
        <span>State</span>
        <span>Objective</span>
        <span className={classes.number}>SLI / target</span>
        <span>Budget left</span>
        <span>Burn-down</span>
        <span>Burning</span>
        <span className={classes.number}>Seen</span>
      </div>
      <ul className={classes.rows}>
        {group.rows.map((row) => (
          <SloRow key={row.id} row={row} />
        ))}
      </ul>
    </Panel>
  );
}
