package deptest

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTreeKeepsItsImportRules(t *testing.T) {
	g, err := Load(t.Context(), "../..")
	require.NoError(t, err)
	require.Contains(t, g, Module+"/slo", "go list found no package of ours: the check would pass on nothing")
	for _, violation := range Tree.Check(g) {
		t.Error(violation)
	}
}

func TestTableHoldsTogether(t *testing.T) {
	for name, rule := range Tree.Rules {
		require.NotEmpty(t, rule.Why, "rule of %s has no reason", name)
		for _, domain := range domains {
			for _, other := range domains {
				if matches(name, domain+"/...") && domain != other {
					require.False(t, matchesAny(other, rule.Ours),
						"%s may import %s: domains refer to one another by ID and through interfaces of their own", name, other)
				}
			}
		}
	}
	for path, r := range Tree.Reserved {
		require.NotEmpty(t, r.Why, "reservation of %s has no reason", path)
	}
	require.Equal(t, []string{"internal/server"}, Tree.Rules["."].Ours, "main knows internal/server only")
}

// graphOf makes a graph of lines "package: import import"; "test:" before the
// package names imports of its tests.
func graphOf(lines ...string) Graph {
	g := Graph{}
	for _, line := range lines {
		name, imports, _ := strings.Cut(line, ":")
		name, isTest := strings.CutSuffix(name, "_test")
		path := name
		if !strings.Contains(name, ".") || name == "." {
			path = strings.TrimSuffix(Module+"/"+name, "/.")
		}
		p := g[path]
		p.ImportPath, p.Name = path, filepath.Base(path)
		if isTest {
			p.TestImports = expand(imports)
		} else {
			p.Imports = expand(imports)
		}
		g[path] = p
	}
	return g
}

func expand(imports string) []string {
	paths := strings.Fields(imports)
	for i, path := range paths {
		if rest, ok := strings.CutPrefix(path, "our:"); ok {
			paths[i] = Module + "/" + rest
		}
	}
	return paths
}

func TestEveryKindOfRuleCanFail(t *testing.T) {
	tests := map[string]struct {
		graph Graph
		want  []string // one substring per violation, in order; none means clean
	}{
		"what the rules allow is clean": {
			graph: graphOf("slo: our:internal/fault time", "internal/fault: errors", "slo_test: testing github.com/stretchr/testify/require"),
		},
		"an import of ours that is not allowed": {
			graph: graphOf("slo: our:internal/catalog"),
			want:  []string{"slo imports internal/catalog: not allowed, because the mathematics of reliability"},
		},
		"a library that is not allowed": {
			graph: graphOf("slo: go.yaml.in/yaml/v3"),
			want:  []string{"slo imports go.yaml.in/yaml/v3: not among the libraries"},
		},
		"a banned package reached through two others": {
			graph: graphOf("slo: our:internal/fault", "internal/fault: example.org/a", "example.org/a: net/http"),
			want: []string{
				"internal/fault imports example.org/a",
				"internal/fault reaches net/http: a domain type does not know how it is asked for",
				"slo reaches net/http: a domain type does not know how it is asked for (github.com/hindcast/hindcast/slo → github.com/hindcast/hindcast/internal/fault → example.org/a → net/http)",
			},
		},
		"a banned package below a banned path": {
			graph: graphOf("graph: our:internal/tsdb/head", "internal/tsdb/head: "),
			want: []string{
				"graph imports internal/tsdb/head",
				"graph reaches github.com/hindcast/hindcast/internal/tsdb/...: resolvers ask the evaluator",
				"internal/tsdb/head has no rule",
			},
		},
		"bun outside the store": {
			graph: graphOf("internal/server: github.com/uptrace/bun/dialect/pgdialect"),
			want: []string{
				"internal/server imports github.com/uptrace/bun/dialect/pgdialect: not among the libraries",
				"internal/server imports github.com/uptrace/bun/dialect/pgdialect: only internal/store speaks SQL",
			},
		},
		"bun in a test outside the store": {
			graph: graphOf("internal/server_test: github.com/uptrace/bun"),
			want:  []string{"tests of internal/server import github.com/uptrace/bun: only internal/store speaks SQL"},
		},
		"the PromQL engine where only the parser is allowed": {
			graph: graphOf("slo/prometheus: github.com/prometheus/prometheus/promql github.com/prometheus/prometheus/promql/parser"),
			want: []string{
				"slo/prometheus imports github.com/prometheus/prometheus/promql: not among",
				"slo/prometheus imports github.com/prometheus/prometheus/promql: the embedded Prometheus has one importer",
			},
		},
		"promqltest is for tests": {
			graph: graphOf("internal/tsdb: github.com/prometheus/prometheus/promql/promqltest",
				"slo/prometheus_test: github.com/prometheus/prometheus/promql/promqltest"),
			want: []string{"internal/tsdb imports github.com/prometheus/prometheus/promql/promqltest: a test library"},
		},
		"testing in production code": {
			graph: graphOf("internal/server: testing"),
			want:  []string{"internal/server imports testing: production code does not import testing"},
		},
		"main knows more than the server": {
			graph: graphOf(".: our:internal/server our:slo", "internal/server:", "slo:"),
			want:  []string{". imports slo: not allowed, because main turns flags"},
		},
		"a package that nobody decided upon": {
			graph: graphOf("internal/util: fmt"),
			want:  []string{"internal/util has no rule: add it to the table"},
		},
		"something banned in the program": {
			graph: graphOf(".: our:internal/server", "internal/server: go.yaml.in/yaml/v3", "go.yaml.in/yaml/v3: github.com/goccy/go-yaml"),
			want:  []string{"the program holds github.com/goccy/go-yaml"},
		},
		"the same in a tool only": {
			graph: graphOf(".: our:internal/server", "internal/server:", "example.org/tool: github.com/goccy/go-yaml"),
		},
		"a package that does not load": {
			graph: Graph{Module + "/slo": {ImportPath: Module + "/slo", Name: "slo", Error: &struct{ Err string }{"expected declaration"}}},
			want:  []string{"slo cannot be judged: expected declaration"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := Tree.Check(tt.graph)
			require.Len(t, got, len(tt.want), "%s", strings.Join(got, "\n"))
			for i, want := range tt.want {
				require.Contains(t, got[i], want)
			}
		})
	}
}

func TestEveryRuleCanFail(t *testing.T) {
	for name, rule := range Tree.Rules {
		pkg := strings.TrimSuffix(name, "/...")
		for banned := range rule.Never {
			g := graphOf(pkg+": example.org/a", "example.org/a: "+strings.TrimSuffix(banned, "/..."))
			require.Contains(t, strings.Join(Tree.Check(g), "\n"), "reaches "+banned, "%s", name)
		}
	}
	for path, r := range Tree.Reserved {
		stranger := slices.IndexFunc(slices.Sorted(maps.Keys(Tree.Rules)), func(n string) bool { return !matchesAny(n, r.Only) })
		require.NotEqual(t, -1, stranger, "%s is reserved for everybody", path)
	}
	for banned := range Tree.Binary {
		g := graphOf(".: example.org/a", "example.org/a: "+strings.TrimSuffix(banned, "/..."))
		require.Contains(t, strings.Join(Tree.Check(g), "\n"), "the program holds "+banned)
	}
}

func TestLoadReadsARealModule(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module "+Module+"\n\ngo 1.26\n")
	write(t, dir, "slo/slo.go", "package slo\n\nimport _ \"net/http\"\n")
	write(t, dir, "slo/slo_test.go", "package slo\n\nimport _ \"database/sql\"\n")
	write(t, dir, "internal/keep/keep.go", "//go:build never\n\npackage keep\n")

	g, err := Load(t.Context(), dir)

	require.NoError(t, err)
	require.True(t, g["net/http"].Standard)
	require.NotContains(t, g, Module+"/internal/keep")
	got := Tree.Check(g)
	require.Len(t, got, 2)
	require.Contains(t, got[0], "slo reaches net/http")
	require.Contains(t, got[1], "tests of slo import database/sql")
}

func TestLoadSaysWhatGoListSaid(t *testing.T) {
	_, err := Load(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "found no packages")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Load(ctx, "../..")
	require.ErrorIs(t, err, context.Canceled)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}
