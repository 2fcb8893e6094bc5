package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo"
)

// inFiles has one object of each kind that the page changes.
const inFiles = `---
apiVersion: hindcast/v1
kind: Exclusion
metadata: {name: filed}
spec: {title: Filed, reason: r, kind: OTHER, scope: {slos: [scenario-1]}, start: 2026-05-03T01:00:00Z, length: 2h}
---
apiVersion: hindcast/v1
kind: Annotation
metadata: {name: filed}
spec: {kind: INCIDENT, title: Filed, scope: {slos: [scenario-1]}, from: 2026-05-03T01:00:00Z, to: 2026-05-03T02:00:00Z}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: filed}
spec: {type: Prometheus, connectionDetails: {url: "http://127.0.0.1:2"}}
`

// contractedWithFiles is a server with S1 measured, an agreement on it, an object of
// each kind in a file, and a clock that goes on, or callers would run out of points.
func contractedWithFiles(t *testing.T) (*Server, *setClock) {
	t.Helper()
	o, clock := s1Options(t), &setClock{}
	clock.advance(time.Minute)
	o.Now = clock.Now
	specFile(t, o.Specs, "sla.yaml", dailySLA)
	specFile(t, o.Specs, "filed.yaml", inFiles)
	s := runningWith(t, o)
	s.measuring(t)
	require.Empty(t, s.problems())
	return s, clock
}

// opaque is the id of an object of a kind.
func opaque(kind, name string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + ":" + name))
}

// refusal is a change to the arguments of a good call, and what is said of it.
type refusal struct {
	change            map[string]any // by path
	code, field, says string
}

// mutationCase is a mutation, a good call, and what its server refuses of it; what
// all have in common follows from the schema.
type mutationCase struct {
	name, good string // "" if nothing can be good here
	refuses    map[string]refusal
}

// mutationCases are in the order in which the good calls build on each other.
func mutationCases() []mutationCase {
	at := func(d time.Duration) string { return scenario.End.Add(d).Format(time.RFC3339) }
	exclusion := func(name, start string) string {
		return `{"input":{"name":"` + name + `","title":"Move","reason":"announced","scope":{"slos":["scenario-1"]},"start":"` + start + `","length":"2h","by":"Ada"}}`
	}
	filed := func(kind string) refusal {
		return refusal{map[string]any{"input.id": opaque(kind, "filed"), "input.name": "filed"}, "CONFLICT", "", "filed.yaml:"}
	}
	bad := func(path string, value any, field, says string) refusal {
		return refusal{map[string]any{path: value}, "INVALID", field, says}
	}
	document := "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: made}\n"
	imported := map[string]refusal{
		"a path out of the folder": bad("input.path", "../a.yaml", "path", "ending in .yaml"),
		"a window of no length":    bad("input.window", "0d", "window", "0d"),
	}
	sources := map[string]refusal{
		"no name":           bad("input.name", "", "name", "name"),
		"an address of ftp": bad("input.url", "ftp://a", "url", "http"),
	}
	of := exclusionRefusals(bad, at, filed("exclusion"))
	saved := maps.Clone(of) // a preview shows what a form that is half filled would do
	saved["no title"] = bad("input.title", " ", "title", "title is missing")
	saved["no reason"] = bad("input.reason", "", "reason", "reason is missing")
	return []mutationCase{
		{"testAlertTarget", `{"name":"hook"}`, map[string]refusal{"nobody": {map[string]any{"name": "nobody"}, "NOT_FOUND", "", `"nobody"`}}},
		{"previewExclusion", exclusion("", at(24*time.Hour)), of},
		{"saveExclusion", exclusion("back", at(-2*time.Hour)), saved},
		{"decideExclusion", `{"name":"back","approve":true,"by":"Grace","note":"seen"}`, map[string]refusal{
			"his own":           {map[string]any{"by": "  ada "}, "FORBIDDEN", "by", "somebody else has to decide"},
			"one in a file":     {map[string]any{"name": "filed"}, "CONFLICT", "", "filed.yaml:"},
			"none":              {map[string]any{"name": "nothing"}, "NOT_FOUND", "", `"nothing"`},
			"another than seen": {map[string]any{"createdAt": at(0)}, "CONFLICT", "", "look at it again"},
		}},
		{"deleteExclusion", `{"name":"back","by":"Ada"}`, deletion("filed.yaml:", "NOT_FOUND")},
		{"saveAnnotation", `{"input":{"name":"outage","kind":"INCIDENT","title":"Outage","scope":{"slos":["scenario-1"]},"from":"` + at(-time.Hour) + `","to":"` + at(0) + `","by":"Ada"}}`, map[string]refusal{
			"one in a file":       filed("annotation"),
			"the name of a file":  {map[string]any{"input.name": "filed"}, "CONFLICT", "name", "choose another name"},
			"an end before":       bad("input.to", at(-2*time.Hour), "to", "is not after its start"),
			"the year 0001":       bad("input.from", "0001-01-01T00:00:00Z", "from", "1970 and 9999"),
			"an SLO that is none": bad("input.scope.slos", []any{"nothing"}, "scope", `"nothing"`),
			"a script":            bad("input.url", "javascript:alert(1)", "url", "http or https"),
		}},
		{"deleteAnnotation", `{"name":"outage","by":"Ada"}`, deletion("filed.yaml:", "NOT_FOUND")},
		{"previewImport", `{"input":{"path":"made.yaml","text":` + quoted(document) + `,"by":"Ada"}}`, imported},
		{"applyImport", `{"input":{"path":"made.yaml","text":` + quoted(document) + `,"by":"Ada"}}`, imported},
		{"deleteDocument", `{"path":"made.yaml","by":"Ada"}`, map[string]refusal{
			"none":     {map[string]any{"path": "nothing.yaml"}, "NOT_FOUND", "", `"nothing.yaml"`},
			"of files": {map[string]any{"path": "filed.yaml"}, "NOT_FOUND", "", `"filed.yaml"`},
		}},
		{"saveSla", `{"input":{"name":"gold","targetPercent":"99.9","window":{"duration":"1M","calendar":true,"timeZone":"UTC"},
			"streams":[{"slo":"scenario-1"}],"customers":[{"name":"acme"}],"by":"Ada"}}`, map[string]refusal{
			"one in a file":        {map[string]any{"input.id": opaque("sla", "daily"), "input.name": "daily"}, "CONFLICT", "", "sla.yaml:"},
			"the name of a file":   {map[string]any{"input.name": "daily"}, "CONFLICT", "name", "choose another name"},
			"one that is gone":     {map[string]any{"input.id": opaque("sla", "old"), "input.name": "old"}, "NOT_FOUND", "", `"old"`},
			"NaN":                  bad("input.targetPercent", "NaN", "targetPercent", "NaN"),
			"infinity":             bad("input.targetPercent", "Inf", "targetPercent", "Inf"),
			"all of it":            bad("input.targetPercent", "100", "targetPercent", "100"),
			"a zone of nobody":     bad("input.window.timeZone", "Mars/Phobos", "window.timeZone", "Mars/Phobos"),
			"a window that rolls":  bad("input.window.calendar", false, "window.calendar", "rolling"),
			"an SLO that is none":  bad("input.streams", []any{map[string]any{"slo": "nothing"}}, "streams", `"nothing"`),
			"a customer of a path": bad("input.customers", []any{map[string]any{"name": "../acme"}}, "customers", "../acme"),
		}},
		{"issueStatement", `{"input":{"sla":"daily","customer":"acme","period":"` + badDay + `","by":"Ada","note":"seen"}}`, map[string]refusal{
			"a customer of nobody": {map[string]any{"input.customer": "nobody"}, "NOT_FOUND", "customer", `"nobody"`},
			"no agreement":         {map[string]any{"input.sla": "nothing"}, "NOT_FOUND", "sla", `"nothing"`},
			"the year 9999":        bad("input.period", "9999-12-31", "period", "9999-12-31"),
			"a time in words":      bad("input.period", "last month", "period", "last month"),
			"what goes on":         bad("input.period", scenario.End.Format(time.DateOnly), "period", "it can be stated from"),
		}},
		{"deleteSla", `{"name":"gold","by":"Ada"}`, map[string]refusal{
			"one in a file": {map[string]any{"name": "daily"}, "CONFLICT", "", "sla.yaml:"},
			"none":          {map[string]any{"name": "nothing"}, "NOT_FOUND", "", `"nothing"`},
		}},
		{"testSource", `{"input":{"name":"main","type":"PROMETHEUS","url":"http://127.0.0.1:1"}}`, sources},
		{"saveSource", `{"input":{"name":"main","type":"PROMETHEUS","url":"http://127.0.0.1:1"},"by":"Ada"}`, map[string]refusal{
			"one in a file":      filed("source"),
			"the name of a file": {map[string]any{"input.name": "filed"}, "CONFLICT", "name", "filed"},
			"an address of ftp":  sources["an address of ftp"],
			"many at once":       bad("input.concurrency", 1_000_000, "concurrency", "1000000"),
		}},
		{"probeSource", `{"name":"main"}`, map[string]refusal{"none": {map[string]any{"name": "nothing"}, "NOT_FOUND", "", `"nothing"`}}},
		{"deleteSource", `{"name":"main","by":"Ada"}`, map[string]refusal{
			"one in a file":    {map[string]any{"name": "filed"}, "CONFLICT", "", "filed.yaml:"},
			"that of Hindcast": {map[string]any{"name": "embedded"}, "CONFLICT", "", "stays"},
			"none":             {map[string]any{"name": "nothing"}, "NOT_FOUND", "", `"nothing"`},
		}},
	}
}

// exclusionRefusals are what a preview and a save refuse alike.
func exclusionRefusals(bad func(string, any, string, string) refusal, at func(time.Duration) string, filed refusal) map[string]refusal {
	rule := func(text, says string) refusal { return bad("input.rrule", text, "rrule", says) }
	days := make([]any, 201)
	for i := range days {
		days[i] = at(24 * time.Hour)
	}
	return map[string]refusal{
		"one in a file":             filed,
		"the name of a file":        {map[string]any{"input.name": "filed"}, "CONFLICT", "name", "choose another name"},
		"one that is gone":          {map[string]any{"input.id": opaque("exclusion", "old"), "input.name": "old"}, "NOT_FOUND", "", `"old"`},
		"an SLO that is none":       bad("input.scope.slos", []any{"nothing"}, "scope", `"nothing"`),
		"nothing":                   bad("input.scope.slos", []any{}, "scope", "the scope is empty"),
		"every minute for 50 years": rule("FREQ=MINUTELY;UNTIL=20760101T000000Z", "more often than hourly"),
		"every second":              rule("FREQ=SECONDLY", "more often than hourly"),
		"every hour for ever":       rule("FREQ=HOURLY", "COUNT or an UNTIL"),
		"every hour for 50 years":   rule("FREQ=HOURLY;UNTIL=20760101T000000Z", "more than 10000 times"),
		"hours that no step meets":  rule("FREQ=HOURLY;INTERVAL=1000;BYHOUR=5;COUNT=9", "FREQ=DAILY with the hours"),
		"very often":                rule("FREQ=DAILY;COUNT=999999999", "COUNT at most 10000"),
		"more than a number":        rule("FREQ=DAILY;COUNT=99999999999999999999", "FREQ=WEEKLY;BYDAY=SU"),
		"a rule of 2 kB":            rule("FREQ=YEARLY;BYMONTHDAY="+strings.Repeat("1,", 900)+"1", "not one line of RFC 5545"),
		"SQL":                       rule("FREQ=DAILY'; DROP TABLE objects; --", "DROP TABLE"),
		"a zone of nobody":          {map[string]any{"input.rrule": "FREQ=DAILY", "input.timeZone": "../etc"}, "INVALID", "timeZone", "../etc"},
		"many exceptions":           bad("input.exceptDates", days, "exceptDates", "at most 200"),
		"the year 0001":             bad("input.start", "0001-01-01T00:00:00Z", "start", "1970 and 9999"),
		"a length of no time":       bad("input.length", "0m", "length", "0"),
		"a length of a century":     bad("input.length", "36500d", "length", "36500d"),
		"a length back in time":     bad("input.length", "-2h", "length", "-2h"),
		"a length that is none":     bad("input.length", "NaN", "length", "NaN"),
	}
}

// deletion is what a deletion refuses.
func deletion(file, none string) map[string]refusal {
	return map[string]refusal{
		"one in a file": {map[string]any{"name": "filed"}, "CONFLICT", "", file},
		"none":          {map[string]any{"name": "nothing"}, none, "", `"nothing"`},
	}
}

func quoted(text string) string {
	all, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(all)
}

// inCommon adds what the schema says that a mutation has in common with others.
func inCommon(schema *ast.Schema, m *ast.FieldDefinition, refuses map[string]refusal) map[string]refusal {
	all, paths := maps.Clone(refuses), map[string]string{} // of arguments and fields, by name
	for _, a := range m.Arguments {
		paths[a.Name] = a.Name
	}
	if in := m.Arguments.ForName("input"); in != nil {
		for _, f := range schema.Types[in.Type.Name()].Fields {
			paths[f.Name] = "input." + f.Name
		}
	}
	by, signed := paths["by"]
	if signed && !strings.HasPrefix(m.Name, "preview") { // which changes nothing
		all["nobody"] = refusal{map[string]any{by: " \t"}, "INVALID", "by", "by "}
		all["no name at all"] = refusal{map[string]any{by: ""}, "INVALID", "by", "by is"}
	}
	if signed {
		all["a long name"] = refusal{map[string]any{by: strings.Repeat("a", 201)}, "INVALID", "by", "by has 201 bytes, write at most 200"}
		all["a name that colours"] = refusal{map[string]any{by: "\x1b[31mAda"}, "INVALID", "by", "U+001B"}
	}
	if id, ok := paths["id"]; ok {
		all["an id of another kind"] = refusal{map[string]any{id: opaque("service", "a"), paths["name"]: "a"}, "INVALID", "id", "was not given out"}
	}
	return all
}

// called calls a mutation and returns the code, the field and the text of its first
// error.
func (s *Server) called(t *testing.T, schema *ast.Schema, m *ast.FieldDefinition, arguments map[string]any) (code, field, says string) {
	t.Helper()
	var heads, args []string
	for _, a := range m.Arguments {
		heads, args = append(heads, fmt.Sprintf("$%s: %s", a.Name, a.Type)), append(args, fmt.Sprintf("%s: $%s", a.Name, a.Name))
	}
	selection := ""
	switch {
	case strings.HasSuffix(m.Name, "Import"):
		selection = "{ problems { message } }"
	case schema.Types[m.Type.Name()].IsCompositeType():
		selection = "{ __typename }"
	}
	text := posted(t, s, fmt.Sprintf("mutation(%s) { %s(%s) %s }", strings.Join(heads, ", "), m.Name, strings.Join(args, ", "), selection), arguments)
	var answer struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code, Field string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &answer), text)
	if len(answer.Errors) == 0 {
		return "", "", text
	}
	e := answer.Errors[0]
	return e.Extensions.Code, e.Extensions.Field, e.Message
}

// altered returns the arguments of a good call with changes.
func altered(t *testing.T, good string, changes map[string]any) (arguments map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(good), &arguments))
	for path, value := range changes {
		at, names := arguments, strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			at = at[name].(map[string]any)
		}
		at[names[len(names)-1]] = value
	}
	return arguments
}

// kept is what a refused change must leave alone.
func (s *Server) kept(t *testing.T) string {
	t.Helper()
	entries, err := s.store.Audit(t.Context(), "", "", math.MaxInt64, 1)
	require.NoError(t, err)
	sources, err := s.store.Sources(t.Context())
	require.NoError(t, err)
	return fmt.Sprint(entries, sources, s.exclusions.All(), s.annotations.All(), len(s.agreements.All()))
}

// TestEveryMutationRefusesWithCodeAndField goes through all mutations of the
// schema: each refused call names the code, the field and the remedy and changes
// nothing, and the good call, which differs from it in nothing else, is accepted.
func TestEveryMutationRefusesWithCodeAndField(t *testing.T) {
	text, err := os.ReadFile("../../graph/schema.graphql")
	require.NoError(t, err)
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	require.NoError(t, err)
	s, clock := contractedWithFiles(t)
	cases := mutationCases()
	seen := map[string]bool{}
	for _, c := range cases {
		m := schema.Mutation.Fields.ForName(c.name)
		require.NotNil(t, m, c.name)
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			before := s.kept(t)
			for name, r := range inCommon(schema, m, c.refuses) {
				t.Run(name, func(t *testing.T) {
					clock.advance(time.Second)
					code, field, says := s.called(t, schema, m, altered(t, c.good, r.change))
					require.Equal(t, [2]string{r.code, r.field}, [2]string{code, field}, says)
					require.Contains(t, says, r.says)
					require.NoError(t, slo.CheckLine(says))
					require.Equal(t, before, s.kept(t), "it was refused, and changed something")
				})
			}
			clock.advance(time.Second)
			code, _, says := s.called(t, schema, m, altered(t, c.good, nil))
			if c.name != "testAlertTarget" { // no target is configured
				require.Empty(t, code, says)
			}
		})
	}
	for _, m := range schema.Mutation.Fields {
		require.True(t, seen[m.Name], "mutation %s has no row in mutationCases: write what it refuses", m.Name)
	}
}
