import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { BudgetBar } from "@/components/BudgetBar";
import { Freshness } from "@/components/Freshness";
import { Partly } from "@/components/Partly";
import { StateBadge } from "@/components/StateBadge";
import { countedOf, spentOfAllowed } from "@/lib/counted";
import { coverage, raw, remaining, sli, target } from "@/lib/number";
import { isPartial, lookOf } from "@/lib/state";
import { BackfillHint } from "./BackfillHint";
import { BurnChip } from "./BurnChip";
import { BurnSpark } from "./BurnSpark";
import type { ObjectiveLine, Row } from "./row";
import classes from "./SloRow.module.css";

/** One SLO: a line for each of its objectives. The first line carries the link. */
export const SloRow = memo(function SloRow({ row }: { row: Row }) {
  return (
    <li className={classes.slo} data-testid="slo-row" data-slo={row.name} data-state={row.state}>
      {row.lines.map((line, i) => (
        <Line key={line.name} row={row} line={line} index={i} />
      ))}
    </li>
  );
});

function Line({ row, line, index }: { row: Row; line: ObjectiveLine; index: number }) {
  const { budget } = line;
  const look = lookOf(budget.state);
  const partial = isPartial(budget);
  // Programs look at the first objective of a row; the others are for people.
  const id = (name: string) => (index === 0 ? name : undefined);
  const mark = (name: string) => ({ "data-testid": id(name) });
  return (
    <div className={classes.line} data-tone={look.tone} data-partial={partial || undefined}>
      <div className={classes.state}>
        <StateBadge state={budget.state} {...(index === 0 ? { testId: "slo-state" } : {})} />
      </div>
      <div className={classes.name}>
        <Link
          to="/slos/$name"
          params={{ name: row.name }}
          search={index === 0 ? {} : { objective: line.name }}
          className={classes.link}
          data-row-link
          {...mark("slo-link")}
        >
          {index === 0 ? row.title : line.name}
        </Link>
        <span className={classes.meta}>
          {index === 0 && row.lines.length > 1 ? `${line.name} · ` : ""}
          <span title={row.window.title}>{row.window.duration}</span>
          {index === 0 && <BackfillHint backfill={row.backfill} />}
        </span>
      </div>
      <div className={classes.sli}>
        <span className="visually-hidden">SLI</span>
        <strong {...mark("slo-sli")} data-value={raw(budget.sli)} className={classes.figure}>
          <Partly partial={partial}>{sli(budget.sli, line.targetPercent)}</Partly>
        </strong>
        <span className={classes.target} {...mark("slo-target")} data-value={line.targetPercent}>
          <span className="visually-hidden">target </span>
          {target(line.targetPercent)}
        </span>
      </div>
      <div className={classes.budget}>
        <div className={classes.left}>
          <span className="visually-hidden">Budget left</span>
          <strong {...mark("slo-remaining")} data-value={raw(budget.remaining)} className={classes.figure}>
            <Partly partial={partial}>{remaining(budget.remaining)}</Partly>
          </strong>
          <span className={classes.spent}>{spentOf(line, row)}</span>
        </div>
        <BudgetBar remaining={budget.remaining ?? null} tone={look.tone} partial={partial} />
      </div>
      <div className={classes.spark}>
        <BurnSpark id={row.id} objective={line.name} tone={look.tone} />
      </div>
      <div className={classes.burn}>
        <BurnChip line={line} />
      </div>
      <div className={classes.seen}>
        <Freshness budget={budget} {...(index === 0 ? { testId: "slo-coverage" } : {})} />
      </div>
    </div>
  );
}

/** "12.3 k / 40.1 k" in few words; how much was seen where that is too little, nothing where a part is unknown. */
function spentOf({ budget }: ObjectiveLine, row: Row): string {
  if (isPartial(budget)) {
    return `${coverage(budget.coverage)} seen`;
  }
  if (budget.spent == null || budget.allowed == null) {
    return budget.state === "NO_TRAFFIC" ? "no events" : "";
  }
  return spentOfAllowed(budget, countedOf(row.method, row.unit));
}
