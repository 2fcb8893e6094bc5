// Package exec is the generated executor of the GraphQL schema, and the schema
// itself as it is published. Everything but this file is generated; see
// gqlgen.yml.
package exec

import (
	"bytes"

	"github.com/vektah/gqlparser/v2/formatter"
)

// PublishedSchema returns the whole schema in one document, without what
// GraphQL defines itself.
func PublishedSchema() []byte {
	var out bytes.Buffer
	out.WriteString("# Generated from graph/*.graphqls by go generate ./graph; do not edit.\n\n")
	formatter.NewFormatter(&out, formatter.WithIndent("  ")).FormatSchema(parsedSchema)
	return out.Bytes()
}
