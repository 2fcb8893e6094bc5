package figures

import (
	"context"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
)

// Figures are the series of the objectives in force.
type Figures struct {
	SLOs      *slo.Registry
	Evaluator slo.Evaluator
	// Team returns the team of a service, "" where nobody is named; nil for none.
	Team func(service string) string
	// Agreements lists the agreements in force; nil for none.
	Agreements func() []*slo.SLA
}

var _ tsdb.Figures = (*Figures)(nil)

// Metrics implements tsdb.Figures.
func (f *Figures) Metrics() []tsdb.Metric {
	all := make([]tsdb.Metric, 0, len(metrics)+len(promises))
	for _, m := range metrics {
		all = append(all, tsdb.Metric{Name: m.name, Help: m.help, Unit: m.unit})
	}
	for _, m := range promises {
		all = append(all, tsdb.Metric{Name: m.name, Help: m.help, Unit: m.unit})
	}
	return all
}

// Begin implements tsdb.Figures.
func (f *Figures) Begin() tsdb.FigureQuery {
	return &query{figures: f, streams: make(map[streamName]*stream)}
}

// query is one query; what it computed serves all of its selectors.
type query struct {
	figures  *Figures
	streams  map[streamName]*stream
	readings int // that are remembered, over all streams
	standing map[standing]slo.SLAFigures
}

// streamName names what a row of figures is about. Objectives are never changed
// but replaced.
type streamName struct {
	objective *slo.Objective
	group     slo.Group
}

// Select implements tsdb.FigureQuery.
func (q *query) Select(_ context.Context, most int, matchers ...*labels.Matcher) ([]tsdb.Figure, error) {
	var found []tsdb.Figure
	if foreign(matchers) {
		return nil, nil
	}
	wanted := metricsNamed(matchers)
	for _, s := range q.figures.SLOs.All() {
		if len(wanted) == 0 || !matches(matchers, "slo", s.Name) || !matches(matchers, "service", s.Service) {
			continue
		}
		for i := range s.Objectives {
			found = q.objective(found, s, &s.Objectives[i], wanted, matchers)
			if len(found) > most {
				return found, nil
			}
		}
	}
	return q.promises(found, matchers), nil
}

// objective adds the figures of one objective and of its groups that match.
func (q *query) objective(found []tsdb.Figure, s *slo.SLO, o *slo.Objective, wanted []*metric, matchers []*labels.Matcher) []tsdb.Figure {
	if !matches(matchers, "objective", o.Name) {
		return found
	}
	groups := []slo.Group{""}
	if len(o.Indicator.GroupBy()) > 0 {
		groups = append(groups, q.figures.Evaluator.Meter.Groups(o.Indicator.Key())...)
	}
	for _, g := range groups {
		st := q.stream(s, o, g)
		if !st.matches(matchers) {
			continue
		}
		for _, m := range wanted {
			for _, part := range m.parts(st) {
				if ls := st.labelled(m, part); satisfies(matchers, ls) {
					found = append(found, &figure{labels: ls, stream: st, metric: m, part: part})
				}
			}
		}
	}
	return found
}

// stream returns what the query knows of one objective or group.
func (q *query) stream(s *slo.SLO, o *slo.Objective, g slo.Group) *stream {
	name := streamName{o, g}
	st, ok := q.streams[name]
	if !ok {
		st = newStream(q, s, o, g)
		q.streams[name] = st
	}
	return st
}

// seriesLabels are the labels that tell the series of one stream apart, and
// otherLabels all others but those of groups.
var (
	seriesLabels = []string{labels.MetricName, "state", "severity", "long", "short", "method", "unit", "title"}
	otherLabels  = []string{"slo", "objective", "service", "window", "team", "sla", "customer", "period"}
)

// groupPrefix begins the names of the labels of groups.
const groupPrefix = "group_"

// foreign reports whether a selector demands a label that no figure has, such as
// job: then there is nothing to look through.
func foreign(matchers []*labels.Matcher) bool {
	return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool {
		return !strings.HasPrefix(m.Name, groupPrefix) && !slices.Contains(seriesLabels, m.Name) &&
			!slices.Contains(otherLabels, m.Name) && !m.Matches("")
	})
}

// metricsNamed returns the metrics of objectives that the matchers can mean.
func metricsNamed(matchers []*labels.Matcher) []*metric {
	var named []*metric
	for i := range metrics {
		if matches(matchers, labels.MetricName, metrics[i].name) {
			named = append(named, &metrics[i])
		}
	}
	return named
}

// matches reports whether a label with that value satisfies the matchers on it.
func matches(matchers []*labels.Matcher, name, value string) bool {
	for _, m := range matchers {
		if m.Name == name && !m.Matches(value) {
			return false
		}
	}
	return true
}

// satisfies reports whether a label set satisfies all matchers.
func satisfies(matchers []*labels.Matcher, ls labels.Labels) bool {
	for _, m := range matchers {
		if !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}

// figure is one series.
type figure struct {
	labels labels.Labels
	stream *stream
	metric *metric
	part   part
}

// Labels implements tsdb.Figure.
func (f *figure) Labels() labels.Labels { return f.labels }

// At implements tsdb.Figure.
func (f *figure) At(ctx context.Context, ms int64) (v float64, ok bool, err error) {
	r, err := f.stream.at(ctx, ms)
	if err != nil || r == nil {
		return 0, false, err
	}
	v, ok = f.metric.read(r, f.part)
	return v, ok, nil
}
