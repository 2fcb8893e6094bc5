import { Button } from "@mantine/core";
import { CopyText } from "@/components/CopyText";
import { Notice } from "@/components/Notice";

/** An agreement as a document. */
export const slaExample = `apiVersion: hindcast/v1
kind: SLA
metadata:
  name: shop-gold
  displayName: Shop, gold
spec:
  service: checkout
  targetPercent: 99.5
  period:
    every: month
    timeZone: Europe/Berlin
  streams:
    - sloRef: checkout-availability
  customers:
    - name: acme
      displayName: ACME
      fee: "1200.00"
      currency: EUR
  credits:
    - belowPercent: 99.5
      creditPercent: 10
    - belowPercent: 99
      creditPercent: 25
`;

/** What an agreement is and how to make the first. */
export function EmptySlas({ onCreate }: { onCreate: () => void }) {
  return (
    <Notice
      title="No agreements yet"
      action={
        <Button size="sm" onClick={onCreate} data-testid="sla-create">
          New agreement
        </Button>
      }
    >
      <p>
        An objective is what a team aims at; an agreement is what customers were promised, usually less. Both
        stand on the same measurement, so that a promise needs no query of its own: name the objectives that
        it is about, its target and its calendar period.
      </p>
      <p>
        Each period that is over can be stated to each customer: what was achieved, what was excluded, which
        credit is due. A statement stays as it was issued; if late data change a figure, the next revision
        says what it was and what it is.
      </p>
      <p>Make one here, or write it down beside the objectives:</p>
      <CopyText text={slaExample} label="the example" />
    </Notice>
  );
}
