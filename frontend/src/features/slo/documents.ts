import { graphql } from "@/gql";

export const SloDetailFields = graphql(/* GraphQL */ `
  fragment SloDetailFields on Slo {
    id
    name
    displayName
    method
    unit
    window {
      duration
      title
    }
    ...SloHeader
    objectives {
      name
      targetPercent
    }
    objective(name: $objective) {
      name
      targetPercent
      sliceLength
      budget(window: $window, asOf: $asOf, group: $group, exclusions: $exclusions) {
        ...BudgetFigures
      }
      burnRates(window: $window, asOf: $asOf, group: $group, exclusions: $exclusions) {
        ...BurnRateFields
      }
      composite {
        method
      }
      groups(first: 1, window: $window, asOf: $asOf) {
        totalCount
      }
    }
  }
`);

export const SloDetailDocument = graphql(/* GraphQL */ `
  query SloDetail(
    $name: String!
    $objective: String
    $window: WindowInput
    $asOf: Time
    $group: Labels
    $exclusions: Boolean!
  ) {
    slo(name: $name) {
      id
      ...SloDetailFields
    }
  }
`);

/** The same, and where the budget went, sent by the server whenever it is another one: nobody has to ask. */
export const SloMovedDocument = graphql(/* GraphQL */ `
  subscription SloMoved(
    $ids: [ID!]
    $objective: String
    $window: WindowInput
    $asOf: Time
    $group: Labels
    $exclusions: Boolean!
    $statement: Boolean!
    $from: Time
    $to: Time
  ) {
    sloChanged(ids: $ids) {
      decided
      slo {
        id
        ...SloDetailFields
        ...SloStatementFields @include(if: $statement)
      }
    }
  }
`);

export const SloPlotsDocument = graphql(/* GraphQL */ `
  query SloPlots(
    $name: String!
    $objective: String
    $windowFrom: Time
    $windowTo: Time
    $windowPoints: Int
    $from: Time
    $to: Time
    $points: Int
    $group: Labels
    $exclusions: Boolean!
  ) {
    slo(name: $name) {
      id
      name
      objective(name: $objective) {
        name
        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group, exclusions: $exclusions) {
          ...PlotSeries
        }
        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group, exclusions: $exclusions) {
          ...PlotSeries
        }
        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group, exclusions: $exclusions) {
          ...PlotSeries
        }
        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group, exclusions: $exclusions) {
          ...PlotSeries
        }
      }
    }
  }
`);

/** What lies on the plots besides figures. */
export const SloMarksDocument = graphql(/* GraphQL */ `
  query SloMarks($name: String!, $from: Time, $to: Time) {
    slo(name: $name) {
      id
      exclusions(from: $from, to: $to) {
        from
        to
        exclusion {
          id
          name
          title
        }
      }
      annotations(from: $from, to: $to) {
        id
        name
        kind
        title
        from
        to
      }
    }
  }
`);

export const AnnotationFields = graphql(/* GraphQL */ `
  fragment AnnotationFields on Annotation {
    id
    name
    kind
    title
    url
    scope {
      slos
      services
      labels {
        name
        values
      }
    }
    from
    to
    labels {
      name
      values
    }
    author
    editable
    etag
  }
`);

export const StatementFields = graphql(/* GraphQL */ `
  fragment StatementFields on Statement {
    budget {
      ...BudgetFigures
    }
    from
    to
    unit
    opening
    lines {
      kind
      name
      title
      url
      from
      to
      minutes
      spent
      waived
      share
      balance
    }
    spent
    waived
    closing
    warnings
  }
`);

export const SloStatementFields = graphql(/* GraphQL */ `
  fragment SloStatementFields on Slo {
    annotations(from: $from, to: $to) {
      ...AnnotationFields
    }
    objective(name: $objective) {
      name
      statement(from: $from, to: $to, window: $window, asOf: $asOf, group: $group) {
        ...StatementFields
      }
    }
  }
`);

export const SloStatementDocument = graphql(/* GraphQL */ `
  query SloStatement(
    $name: String!
    $objective: String
    $from: Time
    $to: Time
    $window: WindowInput
    $asOf: Time
    $group: Labels
  ) {
    slo(name: $name) {
      id
      ...SloStatementFields
    }
  }
`);

export const SaveAnnotationDocument = graphql(/* GraphQL */ `
  mutation SaveAnnotation($annotation: AnnotationInput!) {
    saveAnnotation(input: $annotation) {
      ...AnnotationFields
    }
  }
`);

export const DeleteAnnotationDocument = graphql(/* GraphQL */ `
  mutation DeleteAnnotation($name: String!, $by: String!) {
    deleteAnnotation(name: $name, by: $by)
  }
`);

export const SloAlertsDocument = graphql(/* GraphQL */ `
  query SloAlerts($name: String!) {
    slo(name: $name) {
      id
      alertPolicies {
        name
        displayName
        description
        severity
        text
        after
        minEvents
        whenNoData
        whenResolved
        targets
        origin {
          file
          line
        }
      }
      alerts {
        ...AlertFields
      }
    }
    alertTargets {
      name
    }
  }
`);

export const SloReplayDocument = graphql(/* GraphQL */ `
  query SloReplay($name: String!, $from: Time, $to: Time) {
    slo(name: $name) {
      id
      wouldHaveFired(from: $from, to: $to) {
        policy
        objective
        severity
        from
        to
        frozenMinutes
        firings {
          from
          to
          peakBurnRate
          spent
        }
      }
    }
  }
`);
