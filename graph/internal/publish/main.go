// Command publish writes the GraphQL schema as one file for clients, which
// cannot ask a server for it: introspection is off. It is run by `go generate
// ./graph` and imports the generated executor.
package main

import (
	"fmt"
	"os"

	"github.com/hindcast/hindcast/graph/internal/exec"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: publish FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], exec.PublishedSchema(), 0o644); err != nil { //nolint:gosec // a source file
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
