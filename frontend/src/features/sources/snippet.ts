import type { SourceType } from "@/gql/graphql";

const metricSource: Record<SourceType, (source: string, good: boolean) => string[]> = {
  PROMETHEUS: (source, good) => [
    "          metricSource:",
    `            metricSourceRef: ${source}`,
    "            type: Prometheus",
    "            spec:",
    `              query: http_requests_total{job="checkout"${good ? ',code!~"5.."' : ""}}`,
  ],
  ELASTICSEARCH: (source, good) => [
    "          metricSource:",
    `            metricSourceRef: ${source}`,
    "            type: Elasticsearch",
    "            spec:",
    "              index: checkout-*",
    `              query: ${good ? '"service:checkout AND NOT status:[500 TO *]"' : '"service:checkout"'}`,
  ],
};

/** A document that makes an objective on a source: to be copied, with a metric of the reader's own. */
export function snippet(source: string, type: SourceType): string {
  return `${[
    "apiVersion: openslo/v1",
    "kind: SLO",
    "metadata:",
    "  name: checkout-availability",
    "spec:",
    "  service: checkout",
    "  budgetingMethod: Occurrences",
    "  timeWindow:",
    "    - duration: 30d",
    "      isRolling: true",
    "  objectives:",
    "    - target: 0.999",
    "  indicator:",
    "    metadata:",
    "      name: checkout-requests",
    "    spec:",
    "      ratioMetric:",
    "        counter: true",
    "        good:",
    ...metricSource[type](source, true),
    "        total:",
    ...metricSource[type](source, false),
  ].join("\n")}\n`;
}
