import { graphql } from "@/gql";

export const SourceListDocument = graphql(/* GraphQL */ `
  query SourceList($first: Int!) {
    sources(first: $first) {
      nodes {
        ...SourceSummary
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);

export const SourceSummaryFragment = graphql(/* GraphQL */ `
  fragment SourceSummary on Source {
    id
    name
    type
    url
    origin
    originText
    editable
    objectives
    indicators
    status
    problem
    lastAttempt
    lastSuccess
    lagSeconds
    freshnessSeconds
    cost {
      lastCycle {
        ...SourceUseFields
      }
      sinceStart {
        ...SourceUseFields
      }
    }
    test {
      ...SourceTestFields
    }
  }
`);

export const SourceUseFragment = graphql(/* GraphQL */ `
  fragment SourceUseFields on SourceUse {
    requests
    bytes
    samples
  }
`);

export const SourceTestFragment = graphql(/* GraphQL */ `
  fragment SourceTestFields on SourceTest {
    ok
    message
    field
    product
    version
    latencySeconds
    skewSeconds
    abilities {
      name
      have
      note
    }
    warnings
    at
  }
`);

/** What was written about a source: what the form edits. */
export const SourceDefinitionFragment = graphql(/* GraphQL */ `
  fragment SourceDefinition on Source {
    id
    name
    type
    url
    tenant
    authentication
    username
    secretFrom
    secretEnv
    secretFile
    headers {
      name
      value
    }
    tls {
      caFile
      certFile
      keyFile
      serverName
      insecureSkipVerify
    }
    timeout
    concurrency
    maxResponseBytes
    maxSamples
    onIncomplete
    settleDelay
    reread
    etag
  }
`);

export const SourceDetailsDocument = graphql(/* GraphQL */ `
  query SourceDetails($name: String!) {
    source(name: $name) {
      id
      ...SourceDefinition
      slos(first: 50) {
        nodes {
          id
          name
          displayName
        }
        pageInfo {
          hasNextPage
        }
      }
    }
    audit(filter: { kind: "Source", name: $name }, first: 10) {
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

export const TestSourceDocument = graphql(/* GraphQL */ `
  mutation TestSource($input: SourceInput!) {
    testSource(input: $input) {
      ...SourceTestFields
    }
  }
`);

export const ProbeSourceDocument = graphql(/* GraphQL */ `
  mutation ProbeSource($name: String!) {
    probeSource(name: $name) {
      ...SourceSummary
    }
  }
`);

export const SaveSourceDocument = graphql(/* GraphQL */ `
  mutation SaveSource($input: SourceInput!, $by: String!) {
    saveSource(input: $input, by: $by) {
      ...SourceSummary
      ...SourceDefinition
    }
  }
`);

export const DeleteSourceDocument = graphql(/* GraphQL */ `
  mutation DeleteSource($name: String!, $by: String!) {
    deleteSource(name: $name, by: $by)
  }
`);
