/** Texts to try the import with: of each kind one, over requests that the demo has, too. */
export const examples: readonly { label: string; path: string; text: string }[] = [
  {
    label: "Sloth",
    path: "sloth-example.yaml",
    text: `version: "prometheus/v1"
service: "auth"
labels:
  team: "identity"
slos:
  - name: "sign-ins"
    objective: 99.5
    description: "Sign-ins that do not end in a server error."
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="auth",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="auth"}[{{.window}}]))
    alerting:
      name: SignInsFail
      labels:
        channel: identity
      page_alert:
        labels:
          severity: page
      ticket_alert:
        labels:
          severity: ticket
`,
  },
  {
    label: "Pyrra",
    path: "pyrra-example.yaml",
    text: `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: search-answers
  labels:
    pyrra.dev/team: discovery
spec:
  description: Searches that are answered without a server error.
  target: "99.5"
  window: 28d
  indicator:
    ratio:
      errors:
        metric: http_requests_total{job="search",code=~"5.."}
      total:
        metric: http_requests_total{job="search"}
`,
  },
  {
    label: "OpenSLO v1alpha",
    path: "openslo-v1alpha-example.yaml",
    text: `apiVersion: openslo/v1alpha
kind: SLO
metadata:
  name: mails-sent
  displayName: Mails are sent
spec:
  service: mailer
  description: Mails that the next server accepted.
  budgetingMethod: Occurrences
  timeWindows:
    - unit: Day
      count: 30
      isRolling: true
  objectives:
    - displayName: Sent
      target: 0.99
      ratioMetrics:
        counter: true
        good:
          source: prometheus
          queryType: promql
          query: mails_total{job="mailer",result="sent"}
        total:
          source: prometheus
          queryType: promql
          query: mails_total{job="mailer"}
`,
  },
];
