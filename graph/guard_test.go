package graph

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// honest are documents as the page sends them; the guard must let them in.
func honest(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/script/*.txt")
	require.NoError(t, err)
	var list []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		query, _, _ := strings.Cut(string(text), separator)
		if !strings.Contains(query, "__schema") {
			list = append(list, query)
		}
	}
	require.NotEmpty(t, list)
	return append(list, colocated(45))
}

// colocated is a page of n components with a fragment each, as a code generator
// writes it.
func colocated(n int) string {
	return "query Page($first:Int!){slos(first:$first){nodes{__typename id " + repeat(n, "...C# ") + "}}}" +
		repeat(n, " fragment C# on Slo{__typename id name budget{__typename state}}")
}

// check runs the guard with the default limits.
func check(query string) *gqlerror.Error {
	g := guard{limits: DefaultLimits(), known: func(string) bool { return false }}
	return g.MutateOperationParameters(nil, &graphql.RawParams{Query: query}) //nolint:staticcheck // no context is read
}

func TestTheGuardLetsHonestDocumentsIn(t *testing.T) {
	for _, query := range honest(t) {
		require.Nil(t, check(query), query)
	}
}

// FuzzGuard looks for documents that the guard takes long over, and for honest
// ones that it refuses: a document within half of every limit, counted in the
// plainest way, must be let in.
func FuzzGuard(f *testing.F) {
	for _, query := range honest(f) {
		f.Add(query)
	}
	for _, a := range hostile() {
		if a.query != "" && len(a.query) < 20_000 {
			f.Add(a.query)
		}
	}
	f.Fuzz(func(t *testing.T, query string) {
		start := time.Now()
		refused := check(query)
		require.Less(t, time.Since(start), slowdown*time.Second)
		if refused != nil {
			require.NotEmpty(t, refused.Extensions["code"])
		}
		if small(query) {
			require.Nil(t, refused, query)
		}
	})
}

// small reports whether a document is plainly harmless: it parses, is short, has
// no fragments, directives but the two, introspection or large numbers.
func small(query string) bool {
	if len(query) > 400 || strings.ContainsAny(query, "@\x00") || strings.Contains(query, "...") || strings.Contains(query, "__") || strings.Contains(query, `\u`) {
		return false
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil || strings.Count(query, "{") > 7 || strings.Count(query, ":") > 15 {
		return false
	}
	for _, op := range doc.Operations {
		if op.Operation == ast.Subscription || len(op.SelectionSet) > 5 {
			return false
		}
	}
	return !strings.ContainsAny(query, "0123456789") && len(strings.Fields(query)) <= 5
}

func TestTheGuardChecksADocumentOnce(t *testing.T) {
	f := newFixture(t, nil)
	query := `{health{ready}}`
	require.False(t, f.handler.known(query))
	require.Empty(t, decode(t, f.post(query, nil)).Errors)
	require.True(t, f.handler.known(query))
	refused := `{health{` + strings.Repeat("ready ", 11) + `}}`
	for range 2 {
		require.Equal(t, "LIMIT_EXCEEDED SameKey", decode(t, f.post(refused, nil)).code())
		require.False(t, f.handler.known(refused))
	}
}

// known reports whether the handler keeps a document parsed.
func (h *Handler) known(query string) bool { return h.cache.has(query) }

func TestVariablesAreDecodedAsTheyWereSent(t *testing.T) {
	f := newFixture(t, nil)
	body, err := json.Marshal(map[string]any{
		"query":     `query($f:SloFilter,$n:Int!){slos(filter:$f,first:$n){nodes{name}}}`,
		"variables": map[string]any{"f": map[string]any{"search": nil, "service": "shop", "state": []string{"BREACHED"}}, "n": 5},
	})
	require.NoError(t, err)
	r := decodeBody(f.send(string(body), nil))
	require.Empty(t, r.Errors)
	require.Equal(t, map[string]any{"slos": map[string]any{"nodes": []any{map[string]any{"name": "broken"}}}}, r.Data)
}
