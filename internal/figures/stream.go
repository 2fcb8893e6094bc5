package figures

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/slo"
)

// ahead is how far behind the clock the newest figures may still stand for an
// instant, and how far ahead of it an instant may be: Prometheus' lookback. A
// dashboard asks by its own clock, and collecting takes a minute or two.
const ahead = 5 * time.Minute

// maxReadings is how many readings a query remembers, at about a kilobyte each;
// more are computed again for each metric that asks.
const maxReadings = 50_000

// stream is one objective, or one of its groups, in one query.
type stream struct {
	query     *query
	slo       *slo.SLO
	objective *slo.Objective
	group     slo.Group
	pairs     []part
	base      []labels.Label
	readings  map[int64]*reading // by the instant; nil: nothing is known yet
}

func newStream(q *query, s *slo.SLO, o *slo.Objective, g slo.Group) *stream {
	st := &stream{query: q, slo: s, objective: o, group: g, readings: make(map[int64]*reading)}
	for _, pair := range slo.WindowPairs(s, o) {
		st.pairs = append(st.pairs, part{pair: &pair})
	}
	add := func(name, value string) {
		if value != "" {
			st.base = append(st.base, labels.Label{Name: name, Value: value})
		}
	}
	add("slo", s.Name)
	add("objective", o.Name)
	add("service", s.Service)
	add("window", s.Window.Shorthand())
	if q.figures.Team != nil {
		add("team", q.figures.Team(s.Service))
	}
	for name, value := range g.Labels() {
		add(groupPrefix+name, value)
	}
	return st
}

// matches reports whether the labels that all series of the stream have satisfy the
// matchers on them.
func (s *stream) matches(matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if slices.Contains(seriesLabels, m.Name) {
			continue
		}
		value := ""
		for _, l := range s.base {
			if l.Name == m.Name {
				value = l.Value
			}
		}
		if !m.Matches(value) {
			return false
		}
	}
	return true
}

// labelled returns the labels of one series.
func (s *stream) labelled(m *metric, p part) labels.Labels {
	b := labels.NewScratchBuilder(len(s.base) + 4)
	b.Add(labels.MetricName, m.name)
	for _, l := range s.base {
		b.Add(l.Name, l.Value)
	}
	switch {
	case p.state != "":
		b.Add("state", string(p.state))
	case p.pair != nil:
		b.Add("severity", p.pair.Severity)
		b.Add("long", length(p.pair.LongWindow))
		b.Add("short", length(p.pair.ShortWindow))
	case m.name == infoName:
		s.describe(&b)
	}
	b.Sort()
	return b.Labels()
}

// infoName is the metric whose labels describe.
const infoName = "hindcast_slo_info"

// describe adds the labels of hindcast_slo_info.
func (s *stream) describe(b *labels.ScratchBuilder) {
	unit := s.objective.Indicator.Unit().String()
	if s.slo.Method != slo.Occurrences {
		unit = "slices"
	}
	b.Add("method", s.slo.Method.String())
	b.Add("unit", unit)
	b.Add("title", s.slo.Title())
}

// at returns what is known at an instant, nil if that is the future.
func (s *stream) at(ctx context.Context, ms int64) (*reading, error) {
	if r, had := s.readings[ms]; had {
		return r, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := s.measure(ctx, time.UnixMilli(ms).UTC())
	if err == nil && s.query.readings < maxReadings {
		s.query.readings++
		s.readings[ms] = r
	}
	return r, err
}

// measure evaluates the objective as of an instant.
func (s *stream) measure(ctx context.Context, at time.Time) (*reading, error) {
	e := s.query.figures.Evaluator
	now := e.Now()
	q := slo.Question{AsOf: at, Group: s.group}
	if at.After(now.Add(ahead)) {
		return nil, nil
	}
	if s.newest(at, now) {
		q.AsOf = time.Time{}
	}
	b, rates, err := e.Status(ctx, s.slo, s.objective, q)
	if err != nil {
		return nil, err
	}
	return &reading{budget: b, rates: rates}, nil
}

// newest reports whether an instant lies after the newest minute that was
// collected, but near enough to the clock that figures as of now are those of it.
func (s *stream) newest(at, now time.Time) bool {
	if at.Before(now.Add(-ahead)) {
		return false
	}
	settled, ok := s.query.figures.Evaluator.Meter.Settled(s.objective.Indicator.Key())
	return !ok || at.After(settled.End())
}
