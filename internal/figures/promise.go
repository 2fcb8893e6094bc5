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
func (q *query) promises(found []tsdb.Figure, matchers []*labels.Matcher) []tsdb.Figure {
	if q.figures.Agreements == nil {
		return found
	}
	var wanted []*promise
	for i := range promises {
		if matches(matchers, labels.MetricName, promises[i].name) {
			wanted = append(wanted, &promises[i])
		}
	}
	if len(wanted) == 0 {
		return found
	}
	for _, a := range q.figures.Agreements() {
		if !matches(matchers, "sla", a.Name) {
			continue
		}
		for _, customer := range a.Customers {
			for _, m := range wanted {
				ls := labels.FromStrings(labels.MetricName, m.name, "sla", a.Name, "customer", customer.Name,
					"period", currentPeriod, "window", a.Window.Shorthand())
				if satisfies(matchers, ls) {
					found = append(found, &promised{labels: ls, query: q, metric: m, sla: a})
				}
			}
		}
	}
	return found
}

// standing names how an agreement stood at an instant.
type standing struct {
	sla *slo.SLA
	ms  int64
}

// stood returns how an agreement stood at an instant that is not in the future:
// what would have been said of the period then if all had been known that is known
// now. Around the clock it is what is said now.
func (q *query) stood(ctx context.Context, a *slo.SLA, ms int64) (slo.SLAFigures, error) {
	x := standing{a, ms}
	if f, had := q.standing[x]; had {
		return f, nil
	}
	e := q.figures.Evaluator
	if at, now := time.UnixMilli(ms).UTC(), e.Now(); at.Before(now.Add(-ahead)) {
		e.Now = func() time.Time { return at }
	}
	// An instant on a boundary belongs to the period that it ends.
	f, err := e.SLA(ctx, a, a.Window.PeriodAt(e.Now()), q.figures.SLOs.ByName)
	if err != nil {
		return f, err
	}
	if q.standing == nil {
		q.standing = make(map[standing]slo.SLAFigures)
	}
	if q.readings < maxReadings {
		q.readings++
		q.standing[x] = f
	}
	return f, nil
}

// promised is one series of an agreement.
type promised struct {
	labels labels.Labels
	query  *query
	metric *promise
	sla    *slo.SLA
}

// Labels implements tsdb.Figure.
func (p *promised) Labels() labels.Labels { return p.labels }

// At implements tsdb.Figure.
func (p *promised) At(ctx context.Context, ms int64) (v float64, ok bool, err error) {
	if time.UnixMilli(ms).After(p.query.figures.Evaluator.Now().Add(ahead)) {
		return 0, false, nil
	}
	if err := ctx.Err(); err != nil {
		return 0, false, err
	}
	f, err := p.query.stood(ctx, p.sla, ms)
	if err != nil {
		return 0, false, err
	}
	v, ok = p.metric.read(f)
	return v, ok, nil
}
