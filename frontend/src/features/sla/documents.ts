import { graphql } from "@/gql";

/** Everything about an agreement but its figures: what the form edits. */
export const SlaDefinitionFragment = graphql(/* GraphQL */ `
  fragment SlaDefinition on Sla {
    id
    name
    displayName
    description
    service
    targetPercent
    window {
      duration
      timeZone
      title
    }
    combination
    streams {
      sloName
      objective
      slo {
        id
        name
        displayName
        unit
        method
      }
    }
    customers {
      name
      displayName
      fee
      currency
    }
    credits {
      belowPercent
      creditPercent
    }
    terms {
      exclusions
      kinds
      notice
      most
    }
    origin {
      file
      line
    }
    editable
    etag
  }
`);

/** The figures of one period. They belong to one instant and are replaced together. */
export const SlaPeriodFiguresFragment = graphql(/* GraphQL */ `
  fragment SlaPeriodFigures on SlaFigures {
    period
    from
    to
    settled
    achievedPercent
    budget {
      ...BudgetFigures
      excluded {
        minutes
        good
        total
      }
    }
    credit {
      belowPercent
      creditPercent
    }
    due {
      customer
      percent
      amount
      currency
    }
    warnings
  }
`);

// A page of figures is dear: fifty are as many as one request may ask for.
export const SlaListDocument = graphql(/* GraphQL */ `
  query SlaList($after: String) {
    slas(first: 50, after: $after) {
      nodes {
        id
        name
        displayName
        service
        targetPercent
        window {
          duration
          title
        }
        customers {
          name
          displayName
        }
        origin {
          file
          line
        }
        editable
        figures {
          ...SlaPeriodFigures
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const SlaDetailDocument = graphql(/* GraphQL */ `
  query SlaDetail($name: String!) {
    sla(name: $name) {
      id
      ...SlaDefinition
      figures {
        ...SlaPeriodFigures
        streams {
          sloName
          objective
          budget {
            ...BudgetFigures
            excluded {
              minutes
              good
              total
            }
          }
          exclusions {
            from
            to
            exclusion {
              id
              name
              title
            }
          }
        }
      }
      periods {
        name
        from
        to
        settled
      }
    }
  }
`);

/** What a form needs to know of an agreement. */
export const SlaFormDocument = graphql(/* GraphQL */ `
  query SlaForm($name: String!) {
    sla(name: $name) {
      id
      ...SlaDefinition
    }
  }
`);

/** Objectives that can be promised. */
export const PromisableDocument = graphql(/* GraphQL */ `
  query Promisable($search: String) {
    slos(filter: { search: $search }, first: 100) {
      nodes {
        id
        name
        displayName
        unit
        method
        objectives {
          name
          targetPercent
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);

/**
 * The figures of twelve periods, which are one request: no period means the
 * current one. More would be more than a plot of periods can be read for.
 */
export const SlaHistoryDocument = graphql(/* GraphQL */ `
  query SlaHistory(
    $name: String!
    $p0: String
    $p1: String
    $p2: String
    $p3: String
    $p4: String
    $p5: String
    $p6: String
    $p7: String
    $p8: String
    $p9: String
    $p10: String
    $p11: String
  ) {
    sla(name: $name) {
      id
      p0: figures(period: $p0) {
        ...SlaPeriodFigures
      }
      p1: figures(period: $p1) {
        ...SlaPeriodFigures
      }
      p2: figures(period: $p2) {
        ...SlaPeriodFigures
      }
      p3: figures(period: $p3) {
        ...SlaPeriodFigures
      }
      p4: figures(period: $p4) {
        ...SlaPeriodFigures
      }
      p5: figures(period: $p5) {
        ...SlaPeriodFigures
      }
      p6: figures(period: $p6) {
        ...SlaPeriodFigures
      }
      p7: figures(period: $p7) {
        ...SlaPeriodFigures
      }
      p8: figures(period: $p8) {
        ...SlaPeriodFigures
      }
      p9: figures(period: $p9) {
        ...SlaPeriodFigures
      }
      p10: figures(period: $p10) {
        ...SlaPeriodFigures
      }
      p11: figures(period: $p11) {
        ...SlaPeriodFigures
      }
    }
  }
`);

export const SlaCorrectionFragment = graphql(/* GraphQL */ `
  fragment SlaCorrectionFields on SlaCorrection {
    what
    was
    is
  }
`);

/** An issued revision in one line, and what differs from the figures of today. */
export const SlaIssuedFragment = graphql(/* GraphQL */ `
  fragment SlaIssued on SlaStatement {
    id
    revision
    issuedAt
    issuedBy
    note
    latest
    achievedPercent
    state
    creditPercent
    creditAmount
    currency
    customer {
      name
      displayName
    }
    period {
      name
      from
      to
      settled
    }
    corrections {
      ...SlaCorrectionFields
    }
    drift {
      ...SlaCorrectionFields
    }
  }
`);

export const SlaIssuedDocument = graphql(/* GraphQL */ `
  query SlaIssuedList($name: String!, $after: String) {
    sla(name: $name) {
      id
      statements(first: 100, after: $after) {
        nodes {
          ...SlaIssued
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

/** A statement whole, as it was frozen. */
export const SlaStatementFragment = graphql(/* GraphQL */ `
  fragment SlaStatementFields on SlaStatement {
    id
    sla
    slaTitle
    customer {
      name
      displayName
      fee
      currency
    }
    period {
      name
      from
      to
      settled
    }
    revision
    issuedAt
    issuedBy
    note
    targetPercent
    achievedPercent
    state
    coverage
    good
    total
    excludedMinutes
    creditPercent
    creditAmount
    currency
    lines {
      sloName
      objective
      achievedPercent
      good
      total
      excludedMinutes
      coverage
      state
      evidence
    }
    exclusions {
      name
      title
      kind
      reason
      from
      to
      slos
    }
    corrections {
      ...SlaCorrectionFields
    }
    drift {
      ...SlaCorrectionFields
    }
    latest
    digest
    links {
      format
      url
    }
  }
`);

export const SlaStatementDocument = graphql(/* GraphQL */ `
  query SlaStatementOf($sla: String!, $customer: String!, $period: String!, $revision: Int) {
    newest: slaStatement(sla: $sla, customer: $customer, period: $period) {
      id
      revision
      issuedAt
      drift {
        ...SlaCorrectionFields
      }
    }
    shown: slaStatement(sla: $sla, customer: $customer, period: $period, revision: $revision) {
      ...SlaStatementFields
    }
  }
`);

export const IssueStatementDocument = graphql(/* GraphQL */ `
  mutation IssueStatement($issue: IssueInput!) {
    issueStatement(input: $issue) {
      ...SlaIssued
    }
  }
`);

export const SaveSlaDocument = graphql(/* GraphQL */ `
  mutation SaveSla($agreement: SlaInput!) {
    saveSla(input: $agreement) {
      id
      ...SlaDefinition
    }
  }
`);

export const DeleteSlaDocument = graphql(/* GraphQL */ `
  mutation DeleteSla($name: String!, $by: String!) {
    deleteSla(name: $name, by: $by)
  }
`);
