package elasticsearch

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/slo"
)

// Builder builds indicators on metrics of type Elasticsearch. The zero value is
// ready for use. What a metricSource.spec may say:
//
//	index           index, alias, data stream or pattern; the same for all parts
//	timestampField  the date of an event, "@timestamp" if it is not written
//	query           query DSL as a map, or a query string; not written it is every
//	                document, and beside a comparison the query of total
//	field           a numeric field; alone in good (or bad) and total, it is summed
//	latency         in good or bad: events with field ≤ this duration (bad: above it)
//	unit            of field beside latency: ns, us, ms, s; see unitOf
//	op, value       in good or bad: events with "field op value"
//	groupBy         fields, one budget for each combination of their values
//	emptyMinute     auto, zero or gap; see Empty
//
// What holds for the indicator as a whole may be written beside any part. The
// comparison of a thresholdMetric is that of its objective; its total is the
// events that have the field.
type Builder struct{}

var _ slo.Builder = Builder{}

var knownKeys = []string{"index", "timestampField", "query", "field", "latency", "unit", "op", "value", "groupBy", "emptyMinute"}

// input is one metric of a definition, with the path to its fields.
type input struct {
	role string
	path []string
	spec map[string]any
}

// has reports whether a key is written.
func (p input) has(key string) bool { _, ok := p.spec[key]; return ok }

// build collects what is wrong with one definition.
type build struct {
	def      slo.Definition
	in       *Indicator
	problems []slo.FieldProblem
}

// Build implements slo.Builder. It never panics, whatever the definition holds.
func (Builder) Build(def slo.Definition) (slo.Indicator, []slo.FieldProblem) {
	b := &build{def: def, in: &Indicator{}}
	switch {
	case def.Threshold != nil:
		b.threshold()
	case def.Raw != nil:
		b.problemf([]string{"ratioMetric", "raw"}, "a raw ratio cannot be read from Elasticsearch, which counts documents: write total with good or bad")
	case def.Total != nil && (def.Good == nil) != (def.Bad == nil):
		b.ratio()
	default:
		b.problemf([]string{"ratioMetric"}, "total with either good or bad is missing")
	}
	if len(b.problems) > 0 {
		return nil, b.problems
	}
	b.in.key = keyOf(b.in)
	return b.in, nil
}

func (b *build) problemf(path []string, format string, args ...any) {
	b.problems = append(b.problems, slo.FieldProblem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// at notes a problem in a key of a metric's spec; a key that is not there stands
// for the spec itself.
func (b *build) at(p input, key, format string, args ...any) {
	if !p.has(key) {
		key = ""
	}
	b.problemf(append(slices.Clone(p.path), "metricSource", "spec", key), format, args...)
}

// input returns a metric of the definition.
func (b *build) input(m *slo.Metric, role string, path ...string) input {
	b.in.source = m.SourceName
	p := input{role: role, path: path, spec: m.Spec}
	for _, key := range slices.Sorted(maps.Keys(m.Spec)) {
		if !slices.Contains(knownKeys, key) {
			b.at(p, key, "unknown key %q: an Elasticsearch metric has %s", key, strings.Join(knownKeys, ", "))
		}
	}
	return p
}

// refuse notes that keys do not belong here.
func (b *build) refuse(p input, why string, keys ...string) {
	for _, key := range keys {
		if p.has(key) {
			b.at(p, key, "%s %s", key, why)
		}
	}
}

func (b *build) threshold() {
	p := b.input(b.def.Threshold, "threshold", "thresholdMetric")
	b.refuse(p, "belongs to the objective of a thresholdMetric", "op", "value")
	b.refuse(p, "belongs to good of a ratioMetric: a thresholdMetric compares the field by op and value of its objective", "latency", "unit")
	b.whole(p)
	in := b.in
	in.threshold = true
	in.Total.Query, in.Total.Text = b.query(p)
	in.Total.Field, in.Total.Counts = b.field(p), Having
	if in.Total.Field == "" && !p.has("field") {
		b.at(p, "field", "field is missing: the numeric field that op and value of the objective compare")
	}
	in.Part = in.Total
	in.Part.Counts, in.Part.Op, in.Part.Limit = Compared, b.def.Op, b.def.Value
	if !validOp(b.def.Op) || !finite(b.def.Value) {
		b.problemf(p.path, "op %q with value %g is no comparison: op is one of lte, lt, gte, gt", b.def.Op, b.def.Value)
	}
}

// ratio reads total with good or bad.
func (b *build) ratio() {
	total := b.input(b.def.Total, "total", "ratioMetric", "total")
	var part input
	if b.def.Good != nil {
		part = b.input(b.def.Good, "good", "ratioMetric", "good")
	} else {
		part, b.in.Bad = b.input(b.def.Bad, "bad", "ratioMetric", "bad"), true
	}
	b.whole(total, part)
	b.refuse(total, "belongs to "+part.role+": total counts all events", "latency", "unit", "op", "value")
	in := b.in
	in.Part.Query, in.Part.Text = b.query(part)
	in.Total.Query, in.Total.Text = b.query(total)
	in.Part.Field, in.Total.Field = b.field(part), b.field(total)
	b.compare(part)
	if in.Part.Counts == Compared && !part.has("query") {
		in.Part.Query, in.Part.Text = in.Total.Query, in.Total.Text
	}
	switch compared, summed := in.Part.Counts == Compared, in.Total.Field != ""; {
	case compared && summed:
		in.Total.Counts = Having
	case !compared && part.has("field") != total.has("field"):
		b.at(part, "field", "%s sums a field and the other part counts documents: write field in both, or latency or op beside it", map[bool]string{true: part.role, false: "total"}[part.has("field")])
	case !compared && summed:
		in.Part.Counts, in.Total.Counts = Summed, Summed
	}
	if len(b.problems) == 0 && !b.def.Half && sameClause(in.Part, in.Total) {
		b.at(part, "query", "%s and total are the same query: the SLI would be the same number for ever", part.role)
	}
}

// whole reads what holds for the indicator, from whichever part it is written in.
func (b *build) whole(parts ...input) {
	in := b.in
	in.Index = b.once("index", indexName, "an index, alias, data stream or pattern such as logs-*, without spaces", parts)
	if in.Index == "" && !slices.ContainsFunc(parts, func(p input) bool { return p.has("index") }) {
		b.at(parts[0], "index", "index is missing: an index, alias, data stream or pattern such as logs-*")
	}
	in.Time = b.once("timestampField", fieldName, "the name of a date field", parts)
	if in.Time == "" {
		in.Time = "@timestamp"
	}
	if name := b.once("emptyMinute", regexp.MustCompile("^(auto|zero|gap)$"), "one of auto, zero, gap", parts); name != "" {
		in.Empty = Empty(slices.Index(emptyNames, name))
	}
	b.groups(parts)
}

// Names that may stand in an address and in a request. A field may have any name
// that a person would give it.
var (
	indexName = regexp.MustCompile(`^[^\s\pC/\\?#%"<>|&_+-][^\s\pC/\\?#%"<>|&+]{0,999}$`)
	fieldName = regexp.MustCompile(`^[^\s\pC*?"\\][^\pC*?"\\]{0,511}$`)
)

// once reads a text that may stand beside several parts and must be the same.
func (b *build) once(key string, valid *regexp.Regexp, what string, parts []input) (chosen string) {
	for _, p := range parts {
		if !p.has(key) {
			continue
		}
		text, ok := p.spec[key].(string)
		switch {
		case !ok || !valid.MatchString(text):
			b.at(p, key, "%s %q is not %s", key, fmt.Sprint(p.spec[key]), what)
		case chosen != "" && chosen != text:
			b.at(p, key, "%s is %q here and %q beside the other query: one request reads both, write the same", key, text, chosen)
		default:
			chosen = text
		}
	}
	return chosen
}

// maxGroupFields bounds the combinations of a grouped indicator.
const maxGroupFields = 5

// groups reads the fields of a grouped indicator.
func (b *build) groups(parts []input) {
	for _, p := range parts {
		if !p.has("groupBy") {
			continue
		}
		by, ok := textsOf(p.spec["groupBy"])
		slices.Sort(by)
		valid := func(name string) bool { return fieldName.MatchString(name) }
		switch {
		case !ok || len(by) == 0 || len(by) > maxGroupFields || !slices.Equal(by, slices.Compact(slices.Clone(by))) || slices.ContainsFunc(by, func(n string) bool { return !valid(n) }):
			b.at(p, "groupBy", "groupBy %v is not a list of 1 to %d different fields", p.spec["groupBy"], maxGroupFields)
		case b.in.By != nil && !slices.Equal(b.in.By, by):
			b.at(p, "groupBy", "groupBy is %v here and %v beside the other query: write it once", by, b.in.By)
		default:
			b.in.By = by
		}
	}
}

// textsOf reads a text or a list of texts.
func textsOf(raw any) (texts []string, ok bool) {
	switch v := raw.(type) {
	case string:
		return []string{v}, true
	case []any:
		for _, e := range v {
			text, ok := e.(string)
			if !ok {
				return nil, false
			}
			texts = append(texts, text)
		}
		return texts, true
	}
	return nil, false
}

// field reads the name of a numeric field, "" if there is none.
func (b *build) field(p input) string {
	if !p.has("field") {
		return ""
	}
	text, ok := p.spec["field"].(string)
	if !ok || !fieldName.MatchString(text) {
		b.at(p, "field", "field %q is not the name of a field", fmt.Sprint(p.spec["field"]))
		return ""
	}
	return text
}
