package figures

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
)

// currentPeriod is the label of figures of the period that an instant lies in.
const currentPeriod = "current"

// promise is one metric of agreements, with a series for each customer.
type promise struct {
	name, help, unit string
	read             func(slo.SLAFigures) (v float64, ok bool)
}

// promises are the metrics of agreements.
var promises = []promise{
	{"hindcast_sla_target_ratio", "What the agreement promises.", "ratio", func(f slo.SLAFigures) (float64, bool) {
		return f.SLA.Target.Float(), true
	}},
	{"hindcast_sla_achieved_ratio", "What was achieved of it in the period so far; no sample without traffic or data.", "ratio", func(f slo.SLAFigures) (float64, bool) {
		return known(f.Budget.SLI)
	}},
	{"hindcast_sla_credit_percent", "Percent of the fee that would be due if the period ended as it stands; no sample while nobody can tell.", "percent", creditPercent},
}

// creditPercent is 0 where no band applies, and unknown where nothing is achieved
// or the measurement does not bear it.
func creditPercent(f slo.SLAFigures) (float64, bool) {
	if f.Budget.SLI == nil || f.Budget.State == slo.NoData {
		return 0, false
	}
	if f.Credit == nil {
		return 0, true
	}
	v, err := strconv.ParseFloat(f.Credit.Percent, 64)
	return v, err == nil
}

// promises adds the figures of agreements that match.
func (q *query) promises(ctx context.Context, found []tsdb.Figure, matchers []*labels.Matcher) ([]tsdb.Figure, error) {
	if q.figures.Agreements == nil {
		return found, nil
	}
	var wanted []*promise
	for i := range promises {
		if matches(matchers, labels.MetricName, promises[i].name) {
			wanted = append(wanted, &promises[i])
		}
	}
	if len(wanted) == 0 {
		return found, nil
	}
	standing, err := q.standingAt(ctx, q.figures.Evaluator.Now())
	if err != nil {
		return nil, err
	}
	for _, f := range standing {
		for _, customer := range f.SLA.Customers {
			for _, m := range wanted {
				ls := labels.FromStrings(labels.MetricName, m.name, "sla", f.SLA.Name, "customer", customer.Name,
					"period", currentPeriod, "window", f.SLA.Window.Shorthand())
				if satisfies(matchers, ls) {
					found = append(found, &promised{labels: ls, query: q, metric: m, sla: f.SLA.Name})
				}
			}
		}
	}
	return found, nil
}

// standingAt returns how agreements stand at an instant, each instant once.
func (q *query) standingAt(ctx context.Context, at time.Time) ([]slo.SLAFigures, error) {
	ms := at.UnixMilli()
	if standing, had := q.standing[ms]; had {
		return standing, nil
	}
	standing, err := q.figures.Agreements.Standing(ctx, at)
	if err != nil {
		return nil, err
	}
	if q.standing == nil {
		q.standing = make(map[int64][]slo.SLAFigures)
	}
	if len(q.standing) < maxReadings/100 {
		q.standing[ms] = standing
	}
	return standing, nil
}

// promised is one series of an agreement.
type promised struct {
	labels labels.Labels
	query  *query
	metric *promise
	sla    string
}

// Labels implements tsdb.Figure.
func (p *promised) Labels() labels.Labels { return p.labels }

// At implements tsdb.Figure.
func (p *promised) At(ctx context.Context, ms int64) (v float64, ok bool, err error) {
	at := time.UnixMilli(ms).UTC()
	if at.After(p.query.figures.Evaluator.Now().Add(ahead)) {
		return 0, false, nil
	}
	standing, err := p.query.standingAt(ctx, at)
	if err != nil {
		return 0, false, err
	}
	for _, f := range standing {
		if f.SLA.Name == p.sla {
			v, ok = p.metric.read(f)
			return v, ok, nil
		}
	}
	return 0, false, nil
}
