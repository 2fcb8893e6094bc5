import { graphql } from "@/gql";

export const OverviewDocument = graphql(/* GraphQL */ `
  query Overview($first: Int!, $after: String) {
    slos(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          ...SloRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const SloChangedDocument = graphql(/* GraphQL */ `
  subscription SloChanged {
    sloChanged {
      at
      slo {
        id
        ...SloRow
      }
    }
  }
`);

export const BurnSparkDocument = graphql(/* GraphQL */ `
  query BurnSpark($id: ID!) {
    slo(id: $id) {
      id
      objectives {
        name
        series(kind: BURN_DOWN, maxPoints: 40) {
          kind
          columns
          points {
            at
            values
          }
        }
      }
    }
  }
`);
