import type { Group } from "./arrange";
import classes from "./ServiceSection.module.css";
import { SloRow } from "./SloRow";

/** One service and its objectives. */
export function ServiceSection({ group }: { group: Group }) {
  const id = `service-${group.service}`;
  return (
    <section aria-labelledby={id} className={classes.section}>
      <header className={classes.head}>
        <h2 id={id} className={classes.title}>
          {group.title}
        </h2>
        <span className={classes.team}>{group.teams.length > 0 ? group.teams.join(", ") : "no team"}</span>
      </header>
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
    </section>
  );
}
