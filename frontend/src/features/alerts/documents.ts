import { graphql } from "@/gql";

export const AlertListDocument = graphql(/* GraphQL */ `
  query AlertList($filter: AlertFilter, $first: Int!) {
    alerts(filter: $filter, first: $first) {
      nodes {
        id
        sloName
        ...AlertFields
      }
      pageInfo {
        hasNextPage
      }
    }
    alertTargets {
      name
      type
      url
      ok
      message
      lastSuccess
      waiting
    }
  }
`);

export const TestAlertTargetDocument = graphql(/* GraphQL */ `
  mutation TestAlertTarget($name: String!) {
    testAlertTarget(name: $name) {
      ok
      message
      latencySeconds
      at
    }
  }
`);
