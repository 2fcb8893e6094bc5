import { graphql } from "@/gql";

/** What was written about an exclusion, and what became of it. */
export const ExclusionDefinition = graphql(/* GraphQL */ `
  fragment ExclusionDefinition on Exclusion {
    id
    name
    title
    reason
    kind
    scope {
      slos
      services
      labels {
        name
        values
      }
      covers
    }
    start
    length
    rrule
    timeZone
    recurrenceText
    exceptDates
    author
    createdAt
    retroactive
    approval {
      state
      by
      at
      note
    }
    inForce
    next {
      from
      to
    }
    origin {
      file
      line
    }
    editable
    etag
  }
`);

export const ExclusionListDocument = graphql(/* GraphQL */ `
  query ExclusionList($filter: ExclusionFilter, $first: Int!, $after: String) {
    exclusions(filter: $filter, first: $first, after: $after) {
      nodes {
        ...ExclusionDefinition
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const ExclusionCalendarDocument = graphql(/* GraphQL */ `
  query ExclusionCalendar($from: Time!, $to: Time!, $filter: ExclusionFilter) {
    exclusionCalendar(from: $from, to: $to, filter: $filter) {
      occurrences {
        from
        to
        exclusion {
          id
          name
          title
          kind
          approval {
            state
          }
        }
      }
      complete
    }
  }
`);

export const ExclusionDetailsDocument = graphql(/* GraphQL */ `
  query ExclusionDetails($name: String!) {
    exclusion(name: $name) {
      id
      ...ExclusionDefinition
    }
    audit(filter: { kind: "Exclusion", name: $name }, first: 50) {
      nodes {
        id
        at
        actor
        action
        summary
      }
    }
  }
`);

export const PreviewExclusionDocument = graphql(/* GraphQL */ `
  mutation PreviewExclusion($exclusion: ExclusionInput!) {
    previewExclusion(input: $exclusion) {
      needsApproval
      covers
      warnings
      occurrences {
        from
        to
      }
      effects {
        follows
        slo {
          id
          name
          displayName
        }
        before {
          ...BudgetFigures
        }
        after {
          ...BudgetFigures
        }
      }
    }
  }
`);

export const SaveExclusionDocument = graphql(/* GraphQL */ `
  mutation SaveExclusion($exclusion: ExclusionInput!) {
    saveExclusion(input: $exclusion) {
      ...ExclusionDefinition
    }
  }
`);

export const DecideExclusionDocument = graphql(/* GraphQL */ `
  mutation DecideExclusion($name: String!, $approve: Boolean!, $by: String!, $note: String, $createdAt: Time) {
    decideExclusion(name: $name, approve: $approve, by: $by, note: $note, createdAt: $createdAt) {
      ...ExclusionDefinition
    }
  }
`);

export const DeleteExclusionDocument = graphql(/* GraphQL */ `
  mutation DeleteExclusion($name: String!, $by: String!) {
    deleteExclusion(name: $name, by: $by)
  }
`);

/** Lists of the page that a change concerns. */
export const touched = ["ExclusionList", "ExclusionCalendar", "ExclusionDetails"];

/** What a scope can name. */
export const ScopeChoicesDocument = graphql(/* GraphQL */ `
  query ScopeChoices($search: String) {
    slos(filter: { search: $search }, first: 100) {
      nodes {
        id
        name
        displayName
        labels {
          name
          values
        }
      }
    }
    services(first: 100) {
      nodes {
        id
        name
        displayName
      }
    }
  }
`);
