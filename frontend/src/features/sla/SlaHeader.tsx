import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { BudgetFigures } from "@/components/budget-figures";
import { ChevronIcon } from "@/components/icons";
import { unmask } from "@/gql";
import type { SlaDefinitionFragment, SlaPeriodFiguresFragment } from "@/gql/graphql";
import { money } from "@/lib/decimal";
import classes from "./SlaHeader.module.css";
import { StandingBadge } from "./StandingBadge";
import { combinations, listed, standing, termsText, titleOf } from "./words";

interface SlaHeaderProps {
  sla: SlaDefinitionFragment;
  figures: SlaPeriodFiguresFragment;
  onEdit: () => void;
  onDelete: () => void;
}

/** What the agreement says: to whom, how much, over which periods, under which terms, and where it is written. */
export function SlaHeader({ sla, figures, onEdit, onDelete }: SlaHeaderProps) {
  const how = standing(unmask(BudgetFigures, figures.budget), figures.settled);
  return (
    <header className={classes.header}>
      <nav aria-label="Path" className={classes.path}>
        <Link to="/slas" search={{}}>
          Agreements
        </Link>
        <ChevronIcon size={11} />
        <span>{sla.name}</span>
      </nav>
      <div className={classes.titles}>
        <h1 className={classes.title}>{titleOf(sla)}</h1>
        <StandingBadge standing={how} large />
        {sla.editable && (
          <div className={classes.actions}>
            <Button size="xs" variant="default" onClick={onEdit} data-testid="sla-edit">
              Change
            </Button>
            <Button size="xs" variant="default" onClick={onDelete} data-testid="sla-delete">
              Delete
            </Button>
          </div>
        )}
      </div>
      {sla.description && <p className={classes.description}>{sla.description}</p>}
      <dl className={classes.facts}>
        <Fact label="Promise">
          {sla.targetPercent} % in each {sla.window.title}
        </Fact>
        {sla.service && <Fact label="Service">{sla.service}</Fact>}
        <Fact label="Customers">
          {sla.customers
            .map((c) => `${titleOf(c)}${c.fee ? ` (${money(c.fee, c.currency)})` : ""}`)
            .join(", ")}
        </Fact>
        <Fact label="Credits">{creditsText(sla)}</Fact>
        {sla.streams.length > 1 && (
          <Fact label="Several streams">{combinations[sla.combination].meaning}</Fact>
        )}
        <Fact label="Exclusions">{termsText(sla.terms)}</Fact>
        <Fact label="Defined in">
          {sla.origin ? (
            <code data-testid="sla-origin">
              {sla.origin.file}:{sla.origin.line}
            </code>
          ) : (
            "this page"
          )}
          {!sla.editable && " — change it there"}
        </Fact>
      </dl>
    </header>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function creditsText(sla: SlaDefinitionFragment): string {
  return sla.credits.length === 0
    ? "none"
    : listed(sla.credits.map((c) => `${c.creditPercent} % below ${c.belowPercent} %`));
}
