import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BudgetFigures } from "@/components/budget-figures";
import { Fact, Facts } from "@/components/Facts";
import { ObjectHeader } from "@/components/Page";
import { unmask } from "@/gql";
import type { SlaDefinitionFragment, SlaPeriodFiguresFragment } from "@/gql/graphql";
import { money } from "@/lib/decimal";
import { listed, titleOf } from "@/lib/words";
import { StandingBadge } from "./StandingBadge";
import { combinations, standing, termsText } from "./words";

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
    <ObjectHeader
      path={[
        <Link key="all" to="/slas" search={{}}>
          Agreements
        </Link>,
        sla.name,
      ]}
      title={titleOf(sla)}
      badge={<StandingBadge standing={how} large />}
      actions={
        sla.editable && (
          <>
            <Button size="xs" variant="default" onClick={onEdit} data-testid="sla-edit">
              Change
            </Button>
            <Button size="xs" variant="default" onClick={onDelete} data-testid="sla-delete">
              Delete
            </Button>
          </>
        )
      }
      description={sla.description}
    >
      <Facts layout="line">
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
      </Facts>
    </ObjectHeader>
  );
}

function creditsText(sla: SlaDefinitionFragment): string {
  return sla.credits.length === 0
    ? "none"
    : listed(sla.credits.map((c) => `${c.creditPercent} % below ${c.belowPercent} %`));
}
