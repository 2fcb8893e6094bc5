package prometheus

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// latency reads an indicator of observations up to a limit: good names a
// histogram and the limit, total the same histogram.
func (b *build) latency(total, good input) {
	b.in.Form = Latency
	if good.role == "bad" {
		b.at(good, "latency", "latency marks the good events: write it beside good instead of bad")
		return
	}
	seconds, ok := parseLatency(good.spec["latency"])
	if !ok {
		b.at(good, "latency", "latency %q is not a duration such as 250ms or 1.5s", fmt.Sprint(good.spec["latency"]))
	}
	all, ok1 := b.histogram(total)
	some, ok2 := b.histogram(good)
	if !ok || !ok1 || !ok2 {
		return
	}
	b.sameGroups(good, some, all)
	if canonicalExpr(some.Expr) != canonicalExpr(all.Expr) {
		b.at(good, "query", "good and total of a latency select different series, %s and %s: give them the same labels, or write %s_bucket with le for good and %[3]s_count for total",
			some.Expr.text(nil), all.Expr.text(nil), metricName(some.Terms[0].Matchers))
	}
	b.in.Total, b.in.By, b.in.Latency = all.Expr, all.by, seconds
}

// histogram reads a query that names histograms, by their base name or by that
// of their buckets or their count.
func (b *build) histogram(p input) (query, bool) {
	q, ok := b.query(p, counters)
	if !ok {
		return q, false
	}
	if q.Server != nil {
		b.at(p, "query", "a latency needs a query that names a histogram; %s is a computed expression", q.Server)
		return q, false
	}
	for i, t := range q.Terms {
		name := metricName(t.Matchers)
		base := histogramBase(name)
		switch {
		case base == "":
			b.at(p, "query", "a latency needs the name of a histogram, not a pattern of names: %s", selectorText(t.Matchers))
			return q, false
		case slices.ContainsFunc(t.Matchers, func(m *labels.Matcher) bool { return m.Name == labels.BucketLabel }):
			b.at(p, "query", "le and latency say the same: remove le from the query")
			return q, false
		}
		q.Terms[i].Matchers = canonicalMatchers(renamed(t.Matchers, base))
	}
	return q, true
}

// histogramBase returns the name of a histogram from that of one of its series.
func histogramBase(name string) string {
	for _, suffix := range []string{"_bucket", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && base != "" {
			return base
		}
	}
	return name
}

// buckets looks at selectors of classic histogram buckets in a ratio: it makes
// le match every spelling of its bound, and refuses buckets without le.
func (b *build) buckets(p input, q query) {
	for i, t := range q.Terms {
		le := slices.IndexFunc(t.Matchers, func(m *labels.Matcher) bool { return m.Name == labels.BucketLabel })
		if le < 0 {
			if name := metricName(t.Matchers); strings.HasSuffix(name, "_bucket") {
				b.at(p, "query", "%s without le counts an observation once for each bucket that it is in: add le=\"…\", or write latency beside the query", name)
			}
			continue
		}
		m := t.Matchers[le]
		bound, err := strconv.ParseFloat(m.Value, 64)
		if m.Type != labels.MatchEqual || err != nil || math.IsInf(bound, 0) || math.IsNaN(bound) {
			continue
		}
		t.Matchers = slices.Clone(t.Matchers)
		t.Matchers[le] = boundary(bound)
		q.Terms[i].Matchers = canonicalMatchers(t.Matchers)
	}
}
