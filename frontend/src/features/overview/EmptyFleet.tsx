import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CopyText } from "@/components/CopyText";
import { Notice } from "@/components/Notice";

const example = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 30d
      isRolling: true
  objectives:
    - target: 0.999
  indicator:
    metadata:
      name: checkout-requests
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec:
              query: http_requests_total{job="checkout",code!~"5.."}
        total:
          metricSource:
            type: Prometheus
            spec:
              query: http_requests_total{job="checkout"}
`;

/** What to do when nothing is defined yet. */
export function EmptyFleet() {
  return (
    <Notice
      title="No objectives yet"
      action={
        <Button
          size="sm"
          data-testid="empty-import"
          renderRoot={(props) => <Link to="/import" search={{}} {...props} />}
        >
          Import from OpenSLO, Sloth or Pyrra
        </Button>
      }
    >
      <p>
        An objective is a file. Write this into <code>specs/checkout.yaml</code>, with a metric of yours:
      </p>
      <CopyText text={example} label="the example" />
      <p>Check it, then serve the folder. Changes are picked up while the server runs:</p>
      <CopyText text={"hindcast validate specs/\nhindcast serve --specs specs/"} label="the commands" />
      <p>
        To look around first: <code>hindcast serve --demo</code> brings a small fleet with a month of history.
      </p>
    </Notice>
  );
}
