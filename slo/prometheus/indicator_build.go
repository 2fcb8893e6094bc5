package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Builder builds indicators on metrics of type Prometheus. The zero value is
// ready for use. What a metricSource.spec may say:
//
//	query        see parseQuery
//	latency      in good of a ratio: the histogram that query names is divided at
//	             this duration; total names the same histogram
//	firstSample  auto, zero or ignore; see FirstSample
type Builder struct{}

var _ slo.Builder = Builder{}

// input is one metric of a definition, with the path to its fields.
type input struct {
	role string
	path []string
	spec map[string]any
}

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
		b.raw()
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

// at notes a problem in a key of a metric's spec.
func (b *build) at(p input, key, format string, args ...any) {
	b.problemf(append(slices.Clone(p.path), "metricSource", "spec", key), format, args...)
}

// input returns a metric of the definition.
func (b *build) input(m *slo.Metric, role string, path ...string) input {
	b.in.source = m.SourceName
	p := input{role: role, path: path, spec: m.Spec}
	for _, key := range slices.Sorted(maps.Keys(m.Spec)) {
		if key != "query" && key != "latency" && key != "firstSample" {
			b.at(p, key, "unknown key %q: a Prometheus metric has query, latency and firstSample", key)
		}
	}
	return p
}

// refuse notes that a key does not belong here.
func (b *build) refuse(p input, key, why string) {
	if _, ok := p.spec[key]; ok {
		b.at(p, key, "%s %s", key, why)
	}
}

func (b *build) threshold() {
	p := b.input(b.def.Threshold, "threshold", "thresholdMetric")
	b.in.Form, b.in.Op, b.in.Limit = Threshold, b.def.Op, b.def.Value
	switch b.def.Op {
	case slo.LessOrEqual, slo.Less, slo.GreaterOrEqual, slo.Greater:
	default:
		b.problemf(p.path, "op %q is none of lte, lt, gte, gt", b.def.Op)
	}
	b.gauge(p)
}

func (b *build) raw() {
	p := b.input(b.def.Raw, "raw", "ratioMetric", "raw")
	b.in.Form, b.in.Failure = RawRatio, b.def.RawFailure
	b.gauge(p)
}

// gauge reads the one metric of a threshold or of a raw ratio.
func (b *build) gauge(p input) {
	b.refuse(p, "latency", "belongs to good of a ratioMetric: a threshold compares the metric by op and value of the objective")
	b.refuse(p, "firstSample", "belongs to counters, this metric is a gauge")
	q, ok := b.query(p, gauges)
	if ok {
		b.in.Value, b.in.By = q.Expr, q.by
	}
}

// ratio reads total with good or bad.
func (b *build) ratio() {
	total := b.input(b.def.Total, "total", "ratioMetric", "total")
	other, to := input{}, &b.in.Good
	if b.def.Good != nil {
		other = b.input(b.def.Good, "good", "ratioMetric", "good")
	} else {
		other, to = b.input(b.def.Bad, "bad", "ratioMetric", "bad"), &b.in.Bad
	}
	b.firstSample(total, other)
	b.refuse(total, "latency", "belongs to good, beside the query that names the histogram")
	if _, ok := other.spec["latency"]; ok {
		b.latency(total, other)
		return
	}
	all, ok := b.query(total, b.counting())
	some, ok2 := b.query(other, b.counting())
	if !ok || !ok2 {
		return
	}
	b.buckets(total, all)
	b.buckets(other, some)
	b.sameGroups(other, some, all)
	b.in.Total, b.in.By = all.Expr, all.by
	*to = some.Expr
	if !b.def.Half && canonicalExpr(all.Expr) == canonicalExpr(some.Expr) {
		b.at(other, "query", "%s and total are the same query: the SLI would be the same number for ever", other.role)
	}
}

// counting returns how queries of events are to be read.
func (b *build) counting() reading {
	if b.def.Counter {
		return counters
	}
	return rates
}

// sameGroups demands that a part of the events is grouped as all of them are.
func (b *build) sameGroups(p input, some, all query) {
	if !slices.Equal(some.by, all.by) {
		b.at(p, "query", "%s is %s and total is %s: both need the same sum by (…)", p.role, grouping(some.by), grouping(all.by))
	}
}

func grouping(by []string) string {
	if len(by) == 0 {
		return "not grouped"
	}
	return "grouped by " + strings.Join(by, ", ")
}

// query reads the query of a metric.
func (b *build) query(p input, as reading) (query, bool) {
	text, ok := p.spec["query"].(string)
	if !ok || strings.TrimSpace(text) == "" {
		key := "query"
		if _, there := p.spec[key]; !there {
			key = "" // not there: the position is that of the spec
		}
		b.at(p, key, "query is missing: a PromQL selector of a metric, as text")
		return query{}, false
	}
	q, problems := parseQuery(text, as)
	for _, problem := range problems {
		b.at(p, "query", "%s", problem)
	}
	return q, len(problems) == 0
}

// firstSample reads the policy, which holds for the indicator as a whole and
// may be written beside any of its queries.
func (b *build) firstSample(parts ...input) {
	chosen := ""
	for _, p := range parts {
		raw, ok := p.spec["firstSample"]
		if !ok {
			continue
		}
		text, _ := raw.(string)
		i := slices.Index([]string{Auto.String(), Zero.String(), Ignore.String()}, text)
		switch {
		case i < 0:
			b.at(p, "firstSample", "firstSample %q is none of auto, zero, ignore", fmt.Sprint(raw))
		case chosen != "" && chosen != text:
			b.at(p, "firstSample", "firstSample is %s here and %s beside the other query: write it once", text, chosen)
		default:
			chosen, b.in.First = text, FirstSample(i)
		}
	}
}

// parseLatency reads a duration such as "250ms".
func parseLatency(raw any) (seconds float64, ok bool) {
	text, ok := raw.(string)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	return d.Seconds(), err == nil && d > 0
}
