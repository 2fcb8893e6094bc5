package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// changes has a good call of every mutation, in which every text is there.
var changes = map[string]string{
	"testAlertTarget":  `{"name":"pager"}`,
	"previewExclusion": `{"input":` + wholeExclusion + `}`,
	"saveExclusion":    `{"input":` + wholeExclusion + `}`,
	"decideExclusion":  `{"name":"x1","approve":true,"by":"Grace","note":"seen"}`,
	"deleteExclusion":  `{"name":"x1","by":"Ada"}`,
	"saveAnnotation":   `{"input":{"id":"` + idOf(annotationID, "a") + `","etag":"0f","name":"a","kind":"INCIDENT","title":"Outage","url":"https://a.example","scope":` + wholeScope + `,"from":"2026-07-01T00:00:00Z","labels":{"team":"web"},"by":"Ada"}}`,
	"deleteAnnotation": `{"name":"a1","by":"Ada"}`,
	"previewImport":    `{"input":` + wholeImport + `}`,
	"applyImport":      `{"input":` + wholeImport + `}`,
	"deleteDocument":   `{"path":"b.yaml","by":"Ada"}`,
	"saveSla": `{"input":{"id":"` + idOf(slaID, "gold") + `","etag":"0f","name":"gold","displayName":"Gold","description":"two\nlines","service":"shop","targetPercent":"99.9",
		"window":{"duration":"1M","calendar":true,"timeZone":"UTC"},"streams":[{"slo":"api","objective":"fast"}],
		"customers":[{"name":"acme","displayName":"Acme","fee":"1.00","currency":"EUR"}],"credits":[{"belowPercent":"99","creditPercent":"5"}],"by":"Ada"}}`,
	"deleteSla":      `{"name":"gold","by":"Ada"}`,
	"issueStatement": `{"input":{"sla":"gold","customer":"acme","period":"2026-06","by":"Ada","note":"two\nlines"}}`,
	"testSource":     `{"input":` + wholeSource + `}`,
	"probeSource":    `{"name":"shop"}`,
	"saveSource":     `{"input":` + wholeSource + `,"by":"Ada"}`,
	"deleteSource":   `{"name":"old","by":"Ada"}`,
}

var (
	wholeScope     = `{"slos":["api"],"services":["shop"],"labels":{"tier":"1"}}`
	wholeExclusion = `{"id":"` + idOf(exclusionID, "x") + `","etag":"0f","name":"x","title":"Move","reason":"two\nlines","scope":` + wholeScope +
		`,"start":"2026-07-02T00:00:00Z","length":"2h","rrule":"FREQ=DAILY","timeZone":"UTC","by":"Ada"}`
	wholeImport = `{"path":"a.yaml","text":"a: b","window":"30d","by":"Ada"}`
	wholeSource = `{"id":"` + idOf(sourceID, "main") + `","etag":"0f","name":"main","type":"PROMETHEUS","url":"http://127.0.0.1:9090","tenant":"a","username":"b","secretEnv":"HINDCAST_SECRET_A",
		"secretFile":"a","headers":[{"name":"X-A","value":"b"}],"tls":{"caFile":"a","certFile":"b","keyFile":"c","serverName":"d"}}`
)

// unbounded are texts that something else bounds.
var unbounded = map[string]string{"input.text": "Limits.VariableBytes, and the reader of specifications"}

// published is the schema as it is given out.
func published(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("schema.graphql")
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	require.NoError(t, err)
	return schema
}

// callOf calls a mutation with its arguments as variables.
func callOf(schema *ast.Schema, m *ast.FieldDefinition) string {
	var heads, args []string
	for _, a := range m.Arguments {
		heads, args = append(heads, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(args, fmt.Sprintf("%s: $%s", a.Name, a.Name))
	}
	selection := ""
	if schema.Types[m.Type.Name()].IsCompositeType() {
		selection = "{ __typename }"
	}
	return fmt.Sprintf("mutation(%s) { %s(%s) %s }", strings.Join(heads, ", "), m.Name, strings.Join(args, ", "), selection)
}

// texts lists the paths of everything in a mutation's arguments that people write.
func texts(schema *ast.Schema, m *ast.FieldDefinition) (paths []string) {
	var walk func(path string, t *ast.Type)
	walk = func(path string, t *ast.Type) {
		switch def := schema.Types[t.Name()]; {
		case def.Kind == ast.InputObject:
			for _, f := range def.Fields {
				walk(path+"."+f.Name, f.Type)
			}
		case def.Name == "String" || def.Name == "ID" || def.Name == "Labels":
			paths = append(paths, path)
		}
	}
	for _, a := range m.Arguments {
		walk(a.Name, a.Type)
	}
	return paths
}

// put writes a text in the place of the one at a path: of the first entry of a
// list, and of a label's value.
func put(t *testing.T, in any, path []string, value string) {
	t.Helper()
	at := in.(map[string]any)
	was, ok := at[path[0]]
	require.True(t, ok, "the good call has no %s: add it to changes", path[0])
	if list, is := was.([]any); is {
		if len(path) == 1 {
			list[0] = value
			return
		}
		was = list[0]
	}
	switch {
	case len(path) > 1:
		put(t, was, path[1:], value)
	case strings.HasSuffix(path[0], "labels"):
		at[path[0]] = map[string]any{"team": value}
	default:
		at[path[0]] = value
	}
}

// TestEveryTextOfAChangeIsBounded: whatever the schema lets people write, by
// whichever mutation, is refused by its name before anything is done with it, if
// it is too long or would not be shown as it is written.
func TestEveryTextOfAChangeIsBounded(t *testing.T) {
	schema := published(t)
	for _, m := range schema.Mutation.Fields {
		t.Run(m.Name, func(t *testing.T) {
			require.Contains(t, changes, m.Name, "write a good call of it into changes")
			call := func(path, value string) result {
				var in map[string]any
				require.NoError(t, json.Unmarshal([]byte(changes[m.Name]), &in))
				if path != "" {
					put(t, in, strings.Split(path, "."), value)
				}
				return decode(t, newFixture(t, nil).post(callOf(schema, m), in))
			}
			require.Empty(t, call("", "").Errors, "what is refused below is refused for the text")
			for _, path := range texts(schema, m) {
				if unbounded[path] != "" {
					continue
				}
				for _, bad := range []string{strings.Repeat("a", 5000), "a\x1b[2Jb", "a\u202eb"} {
					r := call(path, bad)
					require.Equal(t, "INVALID", r.code(), "%s: %.20q", path, bad)
					field, _ := r.Errors[0].Extensions["field"].(string)
					require.NotEmpty(t, field, path)
					require.Contains(t, strings.TrimPrefix(path, "input.")+".", field+".", "%.20q", bad)
					require.NotRegexp(t, "[\x00-\x1f\u202e]", r.Errors[0].Message)
				}
				r := call(path, "a\x00b")
				require.Equal(t, "INVALID", r.code(), path)
				require.Contains(t, r.Errors[0].Message, path, "a NUL is refused before anybody knows what a variable is for")
			}
		})
	}
	require.Len(t, changes, len(schema.Mutation.Fields), "a mutation is gone")
}

func TestNoChangeIsMadeForAPageOfSomebodyElse(t *testing.T) {
	schema := published(t)
	for name, m := range changes {
		body := fmt.Sprintf(`{"query":%q,"variables":%s}`, callOf(schema, schema.Mutation.Fields.ForName(name)), strings.ReplaceAll(m, "\t", ""))
		body = strings.ReplaceAll(body, "\n", "")
		for what, change := range map[string]func(*http.Request){
			"no header of the page": func(r *http.Request) { r.Header.Del(csrfHeader) },
			"another site":          func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"another origin":        func(r *http.Request) { r.Header.Set("Origin", "https://example.com") },
		} {
			w := newFixture(t, nil).send(body, change)
			require.Equal(t, http.StatusForbidden, w.Code, "%s: %s", name, what)
			require.Equal(t, "FORBIDDEN", decode(t, w).code(), "%s: %s", name, what)
		}
	}
}
