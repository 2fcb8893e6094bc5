package prometheus

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// role is the figure of a slot that a series adds to.
type role uint8

const (
	part   role = iota // the good events, or the bad ones where the indicator counts those
	whole              // all events
	native             // a native histogram, which gives both
)

// use says what a series that satisfies all matchers adds to.
type use struct {
	role     role
	sign     float64
	matchers []*labels.Matcher
}

// fetch is one selection of raw samples and everything that it serves.
type fetch struct {
	matchers []*labels.Matcher
	uses     []use
	limit    string // which it exceeds, if it is left to the server
}

// plan lists the selections that an indicator needs. Where one term selects a
// part of what another selects, as code="500" does of all codes, one fetch
// serves both. What turned out too wide to fetch is left to the server.
type plan struct{ fetches, left []fetch }

// planOf returns the plan of a counting indicator; expressions that only the
// server can evaluate are not in it.
func planOf(in *Indicator) plan {
	if in.Form == Latency {
		return planLatency(in)
	}
	var uses []use
	for _, e := range []struct {
		role role
		expr Expr
	}{{whole, in.Total}, {part, in.Good}, {part, in.Bad}, {whole, in.Value}} {
		for _, t := range e.expr.Terms {
			uses = append(uses, use{role: e.role, sign: t.Sign, matchers: t.Matchers})
		}
	}
	return planUses(uses)
}

// planUses makes a fetch of every use that no other use's selection contains.
func planUses(uses []use) plan {
	slices.SortStableFunc(uses, func(a, b use) int { return len(a.matchers) - len(b.matchers) })
	var p plan
next:
	for _, u := range uses {
		for i := range p.fetches {
			if includes(u.matchers, p.fetches[i].matchers) {
				p.fetches[i].uses = append(p.fetches[i].uses, u)
				continue next
			}
		}
		p.fetches = append(p.fetches, fetch{matchers: u.matchers, uses: []use{u}})
	}
	return p
}

// includes reports whether narrow has every matcher of wide, and so selects
// some of what wide selects.
func includes(narrow, wide []*labels.Matcher) bool {
	for _, w := range wide {
		if !slices.ContainsFunc(narrow, func(n *labels.Matcher) bool {
			return n.Type == w.Type && n.Name == w.Name && n.Value == w.Value
		}) {
			return false
		}
	}
	return true
}

// planLatency plans both kinds of histogram: classic buckets with their count,
// and the native histogram of the base name. Which of them exists is seen from
// the samples, minute by minute, so that a service may change from one to the
// other.
func planLatency(in *Indicator) plan {
	var uses []use
	for _, t := range in.Total.Terms {
		base := classicBase(t.Matchers)
		uses = append(uses,
			use{role: native, sign: t.Sign, matchers: renamed(t.Matchers, base)},
			use{role: whole, sign: t.Sign, matchers: renamed(t.Matchers, base+"_count")},
			use{role: part, sign: t.Sign, matchers: append(renamed(t.Matchers, base+"_bucket"), boundary(in.Latency))})
	}
	return planUses(uses)
}

// classicBase returns the name of the histogram that the matchers select.
func classicBase(matchers []*labels.Matcher) string {
	return strings.TrimSuffix(metricName(matchers), "_bucket")
}

// metricName returns the metric that the matchers name, "" if they name none.
func metricName(matchers []*labels.Matcher) string {
	for _, m := range matchers {
		if m.Name == labels.MetricName && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// renamed returns the matchers for another metric, without any le.
func renamed(matchers []*labels.Matcher, name string) []*labels.Matcher {
	out := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, name)}
	for _, m := range matchers {
		if m.Name != labels.MetricName && m.Name != labels.BucketLabel {
			out = append(out, m)
		}
	}
	return out
}

// boundary matches the bucket with upper bound le in every spelling that
// exposition formats and Prometheus versions use: Prometheus 3 turns le="1"
// into le="1.0", clients write small bounds with exponents.
func boundary(le float64) *labels.Matcher {
	var spellings []string
	for _, verb := range []byte{'f', 'g', 'e'} {
		text := strconv.FormatFloat(le, verb, -1, 64)
		spellings = append(spellings, regexp.QuoteMeta(text))
		if !strings.ContainsAny(text, ".e") {
			spellings = append(spellings, regexp.QuoteMeta(text+".0"))
		}
	}
	slices.Sort(spellings)
	pattern := strings.Join(slices.Compact(spellings), "|")
	return labels.MustNewMatcher(labels.MatchRegexp, labels.BucketLabel, pattern)
}
