import { graphql } from "@/gql";

/** What importing a text would change, or changed. */
export const ImportPreviewFragment = graphql(/* GraphQL */ `
  fragment ImportPreviewFields on ImportPreview {
    formats
    problems {
      ...ImportProblem
    }
    warnings {
      ...ImportProblem
    }
    document
    changes {
      change
      kind
      name
      fields {
        field
        was
        is
      }
      origin
      edited
      sourceChanged
    }
    slos {
      name
      displayName
      service
      targets
      window
      queries {
        role
        source
        text
        note
      }
      alertPolicies
      budget {
        ...BudgetFigures
      }
    }
  }
`);

export const ImportProblemFragment = graphql(/* GraphQL */ `
  fragment ImportProblem on Problem {
    file
    line
    column
    message
  }
`);

export const PreviewImportDocument = graphql(/* GraphQL */ `
  mutation PreviewImport($document: ImportInput!) {
    previewImport(input: $document) {
      ...ImportPreviewFields
    }
  }
`);

export const ApplyImportDocument = graphql(/* GraphQL */ `
  mutation ApplyImport($document: ImportInput!) {
    applyImport(input: $document) {
      ...ImportPreviewFields
    }
  }
`);

export const DeleteDocumentDocument = graphql(/* GraphQL */ `
  mutation DeleteDocument($path: String!, $by: String!) {
    deleteDocument(path: $path, by: $by)
  }
`);

export const DocumentListDocument = graphql(/* GraphQL */ `
  query DocumentList($after: String) {
    documents(first: 100, after: $after) {
      nodes {
        id
        path
        savedAt
        savedBy
        format
        slos
        original {
          format
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** A document with its text: to be looked at, or to be made again. */
export const DocumentTextDocument = graphql(/* GraphQL */ `
  query DocumentText($path: String!) {
    document(path: $path) {
      id
      path
      text
      format
      original {
        text
        window
      }
    }
  }
`);

/** How far the reading of an imported objective's history has come. */
export const ImportProgressDocument = graphql(/* GraphQL */ `
  query ImportProgress($name: String!) {
    slo(name: $name) {
      id
      name
      displayName
      backfill {
        done
        daysDone
        daysTotal
        error
      }
      budget {
        ...BudgetFigures
      }
    }
  }
`);
