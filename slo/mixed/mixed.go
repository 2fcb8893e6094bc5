// Package mixed measures ratios whose events are counted by one source and all
// events by another: the good ones in Elasticsearch, say, and all of them in
// Prometheus.
//
// It guarantees that a minute is measured only if both sources measured it, that
// nothing is evened out where they do not agree, and that disagreement which
// cannot be is told: a minute with more good events than events is estimated.
//
// It imports slo and internal/fault. The indicators and sources of the parts are
// handed in; it knows no kind of them.
package mixed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Indicator is a ratio of two sources. Make one with New.
type Indicator struct {
	part, total slo.Indicator
	bad         bool // the part counts bad events
	key         slo.IndicatorKey
}

var _ slo.Indicator = (*Indicator)(nil)

// keyLength is the number of hexadecimal digits of a key, that of all others.
const keyLength = 24

// New returns the ratio of the events of part, the bad ones if bad, to those of
// total. Neither may be grouped.
func New(part, total slo.Indicator, bad bool) *Indicator {
	sum := sha256.Sum256(fmt.Appendf(nil, "mixed 1 %t %s %s", bad, part.Key(), total.Key()))
	return &Indicator{part: part, total: total, bad: bad, key: slo.IndicatorKey(hex.EncodeToString(sum[:])[:keyLength])}
}

// Parts returns the indicators whose sources are asked.
func (i *Indicator) Parts() (part, total slo.Indicator) { return i.part, i.total }

// Key implements slo.Indicator.
func (i *Indicator) Key() slo.IndicatorKey { return i.key }

// SourceName implements slo.Indicator: the names of both, joined by " + ", which
// no name has. The default source is called embedded here.
func (i *Indicator) SourceName() string {
	return cmp.Or(i.part.SourceName(), "embedded") + " + " + cmp.Or(i.total.SourceName(), "embedded")
}

// GroupBy implements slo.Indicator.
func (i *Indicator) GroupBy() []string { return nil }

// Unit implements slo.Indicator.
func (i *Indicator) Unit() slo.Unit { return i.total.Unit() }

// Queries implements slo.Indicator.
func (i *Indicator) Queries() []slo.Query {
	role := "good"
	if i.bad {
		role = "bad"
	}
	var all []slo.Query
	for _, q := range i.part.Queries() {
		if q.Role != "total" {
			q.Role = role
			all = append(all, q)
		}
	}
	for _, q := range i.total.Queries() {
		if q.Role == "total" {
			all = append(all, q)
		}
	}
	return all
}

// Build splits a definition whose part and total come from different sources in
// two, has each built by the builder of its kind, and returns the ratio of both.
func Build(def slo.Definition, builders map[string]slo.Builder) (slo.Indicator, []slo.FieldProblem) {
	metric, role := def.Good, "good"
	if metric == nil {
		metric, role = def.Bad, "bad"
	}
	one := slo.Definition{Name: def.Name, Counter: def.Counter, Half: true, Good: metric, Total: undivided(metric)}
	all := slo.Definition{Name: def.Name, Counter: def.Counter, Half: true, Good: def.Total, Total: def.Total}
	part, problems := builders[metric.Type].Build(one)
	problems = renamed(nil, problems, role)
	total, more := builders[def.Total.Type].Build(all)
	problems = renamed(problems, more, "total")
	if len(problems) > 0 {
		return nil, problems
	}
	for role, ind := range map[string]slo.Indicator{role: part, "total": total} {
		if len(ind.GroupBy()) > 0 {
			problems = append(problems, slo.FieldProblem{Path: []string{"ratioMetric", role}, Text: "a ratio of two sources cannot be grouped: leave out the grouping, or take both metrics from one source"})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return New(part, total, role == "bad"), nil
}

// undivided returns the metric without what divides its events, as the total that
// its own source wants beside it.
func undivided(m *slo.Metric) *slo.Metric {
	_, latency := m.Spec["latency"]
	_, op := m.Spec["op"]
	if !latency && !op {
		return m
	}
	whole := *m
	whole.Spec = maps.Clone(m.Spec)
	for _, key := range []string{"latency", "op", "value", "field", "unit"} {
		delete(whole.Spec, key)
	}
	return &whole
}

// renamed adds problems, each once, at the metric that is written.
func renamed(to, problems []slo.FieldProblem, role string) []slo.FieldProblem {
	for _, p := range problems {
		p.Path = slices.Clone(p.Path)
		if len(p.Path) > 1 {
			p.Path[1] = role
		}
		if !slices.ContainsFunc(to, func(o slo.FieldProblem) bool { return o.Text == p.Text && slices.Equal(o.Path, p.Path) }) {
			to = append(to, p)
		}
	}
	return to
}

// Source asks the sources of both parts. It is as safe for concurrent use as they
// are.
type Source struct{ Part, Total slo.Source }

var (
	_ slo.Source = Source{}
	_ slo.Pacer  = Source{}
)

// Measure implements slo.Source. It measures what both sources measured.
func (s Source) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	in, ok := ind.(*Indicator)
	if !ok {
		return slo.Measurement{}, fault.Invalidf("indicator %s measures on one source, not on two", ind.Key())
	}
	part, err := s.Part.Measure(ctx, in.part, span)
	if err != nil {
		return slo.Measurement{}, err
	}
	total, err := s.Total.Measure(ctx, in.total, span)
	if err != nil {
		return slo.Measurement{}, err
	}
	m := slo.Measurement{
		Span: part.Span.Intersect(total.Span), Reopen: min(part.Reopen, total.Reopen), Samples: part.Samples + total.Samples,
		Warnings: union(part.Warnings, total.Warnings),
	}
	slots, over := join(m.Span, wholeOf(part), wholeOf(total), in.bad)
	if over > 0 {
		m.Warnings = append(m.Warnings, fmt.Sprintf("%d minutes have more of a part than of the whole, because the sources %s do not agree; they are estimated", over, in.SourceName()))
	}
	m.Streams = []slo.StreamSlots{{Slots: slots}}
	return m, nil
}

// union returns the texts of both, each once.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, text := range b {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// wholeOf returns the slot of a minute of the whole, a gap where there is none.
func wholeOf(m slo.Measurement) func(slo.Minute) slo.Slot {
	i := slices.IndexFunc(m.Streams, func(s slo.StreamSlots) bool { return s.Group == "" })
	return func(at slo.Minute) slo.Slot {
		if k := int(at - m.Span.From); i >= 0 && k < len(m.Streams[i].Slots) {
			return m.Streams[i].Slots[k]
		}
		return slo.Slot{}
	}
}

// join returns the ratio of each minute, and in how many the part is more than
// the whole. Those stay as they were counted: clocks that are seconds apart give
// a minute what they take from the next, and a sum that is cut is wrong for ever.
func join(span slo.Span, part, total func(slo.Minute) slo.Slot, bad bool) (slots []slo.Slot, over int) {
	slots = make([]slo.Slot, span.Len())
	for k := range slots {
		p, t := part(span.From+slo.Minute(k)), total(span.From+slo.Minute(k))
		if p.State == slo.Gap || t.State == slo.Gap {
			continue
		}
		s := slo.Slot{Good: p.Good, Total: t.Total, State: max(p.State, t.State)}
		if p.Good > t.Total {
			s.State = slo.Estimated
			over++
		}
		if bad {
			s.Good = t.Total - p.Good
		}
		slots[k] = s
	}
	return slots, over
}

// Reach implements slo.Source: what both reach.
func (s Source) Reach(ctx context.Context, ind slo.Indicator) (oldest, newest time.Time, err error) {
	in, ok := ind.(*Indicator)
	if !ok {
		return oldest, newest, fault.Invalidf("indicator %s measures on one source, not on two", ind.Key())
	}
	from, to, err := s.Part.Reach(ctx, in.part)
	if err != nil || from.IsZero() {
		return oldest, newest, err
	}
	oldest, newest, err = s.Total.Reach(ctx, in.total)
	if err != nil || oldest.IsZero() {
		return time.Time{}, time.Time{}, err
	}
	if from.After(oldest) {
		oldest = from
	}
	if to.Before(newest) {
		newest = to
	}
	if newest.Before(oldest) {
		return time.Time{}, time.Time{}, nil
	}
	return oldest, newest, nil
}

// Pace implements slo.Pacer: that of the slower one.
func (s Source) Pace() slo.Pace {
	var pace slo.Pace
	for _, src := range []slo.Source{s.Part, s.Total} {
		if p, ok := src.(slo.Pacer); ok {
			own := p.Pace()
			pace = slo.Pace{Delay: max(pace.Delay, own.Delay), Overlap: max(pace.Overlap, own.Overlap)}
		}
	}
	return pace
}

// Names returns the names of the sources behind that of an indicator: itself, or
// both of one that measures on two.
func Names(source string) []string { return strings.Split(source, " + ") }
