package graph

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"

	executor "github.com/hindcast/hindcast/graph/internal/exec"
)

// goList runs `go list` in this package.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

// TestTheParserLimitsNesting holds the version from which on one megabyte of
// brackets is an error and not the end of the process.
func TestTheParserLimitsNesting(t *testing.T) {
	version := goList(t, "-m", "-f", "{{.Version}}", "github.com/vektah/gqlparser/v2")[0]
	require.GreaterOrEqual(t, semver.Compare(version, "v2.5.64"), 0, "gqlparser %s", version)
}

// TestTheExecutorReachesNoYAML keeps the generator's YAML library, which takes
// gigabytes for kilobytes, out of what is linked.
func TestTheExecutorReachesNoYAML(t *testing.T) {
	deps := goList(t, "-deps", ".")
	require.Contains(t, deps, "github.com/99designs/gqlgen/graphql/executor", "the list is not empty")
	for _, d := range deps {
		require.NotContains(t, d, "go-yaml", d)
		require.NotContains(t, d, "github.com/gorilla/websocket", d)
	}
}

func TestTheSchemaIsPublishedAsItIs(t *testing.T) {
	published, err := os.ReadFile("schema.graphql")
	require.NoError(t, err)
	require.True(t, bytes.Equal(executor.PublishedSchema(), published), "run go generate ./graph")
}

// TestResolversAreThin holds the house rule: one call, then return. The median
// body has at most five lines, no body more than 25.
func TestResolversAreThin(t *testing.T) {
	var sizes []int
	for _, name := range []string{"query.resolvers.go", "slo.resolvers.go", "sources.resolvers.go"} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				sizes = append(sizes, set.Position(f.Body.Rbrace).Line-set.Position(f.Body.Lbrace).Line-1)
			}
		}
	}
	slices.Sort(sizes)
	require.Greater(t, len(sizes), 20)
	require.LessOrEqual(t, sizes[len(sizes)/2], 5)
	require.LessOrEqual(t, sizes[len(sizes)-1], 25)
}
