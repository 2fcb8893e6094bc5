package elasticsearch

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Limits of a query that a person would write.
const (
	maxQueryText  = 10_000
	maxQueryDepth = 20
	maxQueryNodes = 2_000
)

// leaves are the queries without queries inside that may be asked. Scripts run
// code on the cluster, wrapper hides a query in base64, percolate and lookups
// read other documents: what is not named here is refused.
var leaves = map[string]bool{
	"match_all": true, "match_none": true, "term": true, "terms": true, "range": true, "exists": true, "prefix": true,
	"wildcard": true, "regexp": true, "fuzzy": true, "ids": true, "match": true, "match_phrase": true, "match_phrase_prefix": true,
	"match_bool_prefix": true, "multi_match": true, "combined_fields": true, "query_string": true, "simple_query_string": true,
	"geo_bounding_box": true, "geo_distance": true,
}

// inner names, for queries with queries inside, the keys that hold them.
var inner = map[string][]string{
	"bool":           {"must", "filter", "should", "must_not"},
	"constant_score": {"filter"},
	"dis_max":        {"queries"},
	"nested":         {"query"},
	"boosting":       {"positive", "negative"},
}

// plain are the other keys of queries with queries inside.
var plain = map[string]bool{"minimum_should_match": true, "boost": true, "_name": true, "path": true, "score_mode": true, "ignore_unmapped": true, "tie_breaker": true, "negative_boost": true}

// reader walks a query and notes what is wrong with it.
type reader struct {
	nodes int
	note  func(path []string, format string, args ...any)
}

// query reads the query of a metric: nil where there is none.
func (b *build) query(p input) (dsl json.RawMessage, text string) {
	raw, ok := p.spec["query"]
	if !ok {
		return nil, ""
	}
	before := len(b.problems)
	note := func(path []string, format string, args ...any) {
		b.problemf(append(append(slices.Clone(p.path), "metricSource", "spec", "query"), path...), format, args...)
	}
	switch q := raw.(type) {
	case string:
		text = strings.TrimSpace(q)
		raw = queryString(text, note)
	case map[string]any:
		(&reader{note: note}).query(q, nil)
	default:
		note(nil, "query %q is neither a query string nor query DSL as a map", fmt.Sprint(raw))
	}
	if len(b.problems) > before {
		return nil, ""
	}
	dsl, err := encode(raw)
	if err != nil {
		note(nil, "query cannot be written as JSON: %v", err)
	}
	return dsl, text
}

// relative finds a range of a query string that moves with the clock.
var relative = regexp.MustCompile(`(?i)[:\[{<>=]\s*"?now\b|\bTO\s+"?now\b`)

// queryString returns the query of a text in Lucene's syntax. Conditions side by
// side all hold, as people expect of filters, where the server's default is that
// one is enough; wildcards reach analysed text; a value that a field cannot have
// is an error and not "no document"; a wildcard in front, which reads every term
// of a field, is refused by the server.
func queryString(text string, note func([]string, string, ...any)) map[string]any {
	switch {
	case text == "":
		note(nil, "query is empty: leave it out for every document, or write one such as status:<500")
	case len(text) > maxQueryText:
		note(nil, "query has %d characters, at most %d can be asked", len(text), maxQueryText)
	case relative.MatchString(text):
		note(nil, "%s", relativeTime)
	}
	return map[string]any{"query_string": map[string]any{
		"query": text, "default_operator": "AND", "analyze_wildcard": true, "allow_leading_wildcard": false, "lenient": false,
	}}
}

const relativeTime = "a range from or to now is another one each time it is asked, so that no minute could be measured again: leave the time out, minutes are cut by timestampField"

// query reads {name: body}.
func (r *reader) query(q map[string]any, path []string) {
	if r.nodes++; r.nodes > maxQueryNodes || len(path) > 2*maxQueryDepth {
		if r.nodes <= maxQueryNodes+1 {
			r.note(nil, "query has more than %d parts, or more than %d inside one another", maxQueryNodes, maxQueryDepth)
		}
		r.nodes = maxQueryNodes + 1
		return
	}
	if len(q) != 1 {
		r.note(path, "a query is a map with one key, its type, this has %d; join conditions by bool with filter", len(q))
		return
	}
	for name, body := range q {
		r.named(name, body, append(slices.Clone(path), name))
	}
}

// named reads a query of a type.
func (r *reader) named(name string, body any, path []string) {
	keys, compound := inner[name]
	switch {
	case strings.Contains(name, "script"):
		r.note(path, "%s runs code on the cluster and is not asked: index what it computes as a field", name)
		return
	case name == "query":
		r.note(path, "leave out the outer %q: what is written here is the query itself", name)
		return
	case !compound && !leaves[name]:
		r.note(path, "query type %q is not asked: use %s", name, strings.Join(slices.Sorted(maps.Keys(leaves)), ", ")+", or "+strings.Join(slices.Sorted(maps.Keys(inner)), ", "))
		return
	}
	fields, ok := body.(map[string]any)
	if !ok {
		r.note(path, "%s is not a map", name)
		return
	}
	if !compound {
		r.leaf(name, fields, path)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		at := append(slices.Clone(path), key)
		switch {
		case slices.Contains(keys, key):
			r.clauses(fields[key], at)
		case !plain[key] || !isScalar(fields[key]):
			r.note(at, "%s is not understood in %s", key, name)
		}
	}
}

// clauses reads one query or a list of queries.
func (r *reader) clauses(raw any, path []string) {
	switch v := raw.(type) {
	case map[string]any:
		r.query(v, path)
	case []any:
		for _, e := range v {
			q, ok := e.(map[string]any)
			if !ok {
				r.note(path, "%s holds %q, which is not a query", path[len(path)-1], fmt.Sprint(e))
				continue
			}
			r.query(q, path)
		}
	default:
		r.note(path, "%s is neither a query nor a list of queries", path[len(path)-1])
	}
}

// leaf reads a query on fields: values, and maps of options with values.
func (r *reader) leaf(name string, fields map[string]any, path []string) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		at := append(slices.Clone(path), key)
		if name == "terms" && !isScalar(fields[key]) && !isList(fields[key]) {
			r.note(at, "the values of terms are looked up in another index, which is not asked: write them as a list")
			continue
		}
		r.value(name, fields[key], at)
	}
}

// value reads what a leaf is given.
func (r *reader) value(name string, raw any, path []string) {
	r.nodes++
	switch v := raw.(type) {
	case map[string]any:
		if len(path) > 2*maxQueryDepth {
			r.note(path, "query has more than %d parts inside one another", maxQueryDepth)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			r.value(name, v[key], append(slices.Clone(path), key))
		}
	case []any:
		if r.nodes += len(v); r.nodes > maxQueryNodes*10 {
			r.note(path, "a list of %d values is more than can be asked", len(v))
		}
		for _, e := range v {
			if !isScalar(e) && name == "terms" {
				r.note(path, "%q is not a value", fmt.Sprint(e))
			}
		}
	case string:
		bad := name == "range" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(v)), "now") ||
			strings.HasSuffix(name, "query_string") && relative.MatchString(v)
		if bad {
			r.note(path, "%s", relativeTime)
		}
	}
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, float64, bool, nil:
		return true
	}
	return false
}

func isList(v any) bool { _, ok := v.([]any); return ok }
