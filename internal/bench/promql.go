package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
)

// burnWindows are the distinct windows of the four burn pairs.
var burnWindows = []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d"}

// queries is what the PromQL stage measured. Each list has one entry for half
// of the sample and one for all of it.
type queries struct {
	Sample  int
	Raw     []cost // status by increase over raw samples
	Rules   []cost // status by the period rule and the recorded ratios
	Upkeep  []cost // one evaluation of all seventeen rules of each objective
	RSS     int64  // peak of the process
	Figures []pair // by raw increase
}

// promql measures the status of a sample of the objectives by PromQL on the
// embedded engine.
func promql(ctx context.Context, o options) (q queries, err error) {
	dir := o.Dir + "/promql"
	if err := writeHistory(dir, o); err != nil {
		return q, err
	}
	db, err := tsdb.Open(tsdb.Options{Dir: dir})
	if err != nil {
		return q, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	e := engine{ctx: ctx, db: db, parser: parser.NewParser(parser.Options{})}
	q.Sample = o.Sample
	for _, n := range []int{o.Sample / 2, o.Sample} {
		q.Figures = nil
		for _, m := range []struct {
			status func(n int) error
			into   *[]cost
		}{
			{func(i int) error { return e.raw(i, &q.Figures) }, &q.Raw},
			{e.rules, &q.Rules},
			{e.upkeep, &q.Upkeep},
		} {
			c, err := measure(func() error { return each(n, m.status) })
			if err != nil {
				return q, err
			}
			*m.into = append(*m.into, c)
		}
	}
	q.RSS, err = peakRSS()
	return q, err
}

func each(n int, f func(int) error) error {
	for i := range n {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}

// engine evaluates texts as of noon.
type engine struct {
	ctx    context.Context
	db     *tsdb.DB
	parser parser.Parser
}

// eval returns the values of a query by the label code; at least least of them
// must be there.
func (e engine) eval(least int, format string, args ...any) (map[string]float64, error) {
	expr, err := e.parser.ParseExpr(fmt.Sprintf(format, args...))
	if err != nil {
		return nil, err
	}
	results, err := e.db.Eval(e.ctx, expr, noon.UnixMilli(), noon.UnixMilli(), 0)
	if err != nil {
		return nil, err
	}
	values := make(map[string]float64, len(results))
	for _, r := range results {
		values[r.Labels.Get("code")] = r.V[0]
	}
	if len(values) < least {
		return nil, fmt.Errorf("%s has %d results", expr, len(values))
	}
	return values, nil
}

// raw is the status by increase over raw samples: one query for each window.
func (e engine) raw(n int, figures *[]pair) error {
	for _, w := range append([]string{"30d"}, burnWindows...) {
		v, err := e.eval(2, `sum by (code) (increase(%s{service=%q}[%s]))`, metric, name(n), w)
		if err != nil {
			return err
		}
		if w == "30d" && len(*figures) < maxFigures {
			*figures = append(*figures, pair{v["200"], v["200"] + v["500"]})
		}
	}
	return nil
}

// recorded names the series that a rule records.
func recorded(window string) string { return "slo:sli_error:ratio_rate" + window }

// period is Sloth's rule for the whole window: the mean of the recorded ratios.
const period = `sum_over_time(slo:sli_error:ratio_rate5m{service=%[1]q}[30d]) / count_over_time(slo:sli_error:ratio_rate5m{service=%[1]q}[30d])`

// rules is the status by recording rules: the period rule, and the recorded
// ratio of each burn window.
func (e engine) rules(n int) error {
	if _, err := e.eval(1, period, name(n)); err != nil {
		return err
	}
	for _, w := range burnWindows {
		if _, err := e.eval(1, `%s{service=%q} / 0.001`, recorded(w), name(n)); err != nil {
			return err
		}
	}
	return nil
}

// upkeep evaluates the seventeen rules of an objective once, as a Prometheus
// does at every evaluation interval.
func (e engine) upkeep(n int) error {
	for _, w := range burnWindows {
		_, err := e.eval(1, `sum(rate(%[1]s{service=%[2]q,code=~"5.."}[%[3]s])) / sum(rate(%[1]s{service=%[2]q}[%[3]s]))`, metric, name(n), w)
		if err != nil {
			return err
		}
	}
	if _, err := e.eval(1, period, name(n)); err != nil {
		return err
	}
	for _, rule := range []string{
		`vector(0.999)`, `vector(1 - 0.999)`, `vector(30)`, `vector(1)`,
		recorded("5m") + `{service=%[1]q} / 0.001`, recorded("30d") + `{service=%[1]q} / 0.001`, `1 - ` + recorded("30d") + `{service=%[1]q} / 0.001`,
		alert("14.4", "1h", "5m", "6", "6h", "30m"), alert("3", "1d", "2h", "1", "3d", "6h"),
	} {
		if _, err := e.eval(0, rule+"%[2]s", name(n), ""); err != nil {
			return err
		}
	}
	return nil
}

// alert returns the expression of a page or ticket alert.
func alert(a, long1, short1, b, long2, short2 string) string {
	above := func(w, factor string) string {
		return fmt.Sprintf(`max(%s{service=%%[1]q} > (%s * 0.001)) without (le)`, recorded(w), factor)
	}
	return fmt.Sprintf("(%s and %s) or (%s and %s)", above(short1, a), above(long1, a), above(short2, b), above(long2, b))
}

// writeHistory writes the events of the sampled services as scraped counters
// and as recorded ratios, from a day before the window to noon.
func writeHistory(dir string, o options) error {
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	if err != nil {
		return err
	}
	services := make([]*sampled, o.Sample)
	for i := range services {
		services[i] = newSampled(h, i)
	}
	for day := today - 31; day <= today; day++ {
		for _, s := range services {
			s.fill(day, s.slots)
		}
		if err := writeDay(h, services, day); err != nil {
			return err
		}
	}
	_, err = h.Close()
	return err
}

// writeDay writes one day of all services, scrape by scrape: samples of a later
// block must not come before those of an earlier one.
func writeDay(h *tsdb.History, services []*sampled, day int) error {
	for i := range 2 * slo.MinutesPerDay {
		minute := slo.Minute(day*slo.MinutesPerDay + i/2)
		if minute > lastMinute {
			return nil
		}
		for _, s := range services {
			if err := s.append(h, minute, s.slots[i/2], i%2); err != nil {
				return err
			}
		}
	}
	return nil
}

// sampled is a service whose samples are written.
type sampled struct {
	service
	counters
	slots    []slo.Slot
	raw      [4]tsdb.Ref
	ratios   []tsdb.Ref
	bad, all [5]float64 // of the last five minutes
}

func newSampled(h *tsdb.History, n int) *sampled {
	s := &sampled{service: newService(n), slots: make([]slo.Slot, slo.MinutesPerDay)}
	for i, lset := range labelsOf(n) {
		s.raw[i] = h.Series(lset)
	}
	for _, w := range append([]string{"30d"}, burnWindows...) {
		s.ratios = append(s.ratios, h.Series(labels.FromStrings(labels.MetricName, recorded(w), "service", name(n))))
	}
	return s
}

// append writes one of the two scrapes and rule evaluations of a minute. The
// ratio of five minutes is recorded throughout, the others only lately: status
// reads their last value.
func (s *sampled) append(h *tsdb.History, m slo.Minute, slot slo.Slot, half int) error {
	s.all[m%5], s.bad[m%5] = slot.Total, slot.Total-slot.Good
	t := m.Start().UnixMilli() + int64(half+1)*scrapeStep
	s.scrape(slot, half)
	for i, ref := range s.raw {
		if slot.State == slo.Gap {
			break // nobody scraped
		}
		if err := h.Append(ref, t, s.values[i]); err != nil {
			return err
		}
	}
	for i, ref := range s.ratios {
		if i != fiveMinutes && lastMinute-m > 10 {
			continue
		}
		if err := h.Append(ref, t, s.ratio()); err != nil {
			return err
		}
	}
	return nil
}

// fiveMinutes is the place of the ratio of five minutes among the recorded.
const fiveMinutes = 1

// ratio returns the share of bad events in the last five minutes.
func (s *sampled) ratio() float64 {
	var bad, all float64
	for i := range s.all {
		bad, all = bad+s.bad[i], all+s.all[i]
	}
	if all == 0 {
		return math.NaN() // as a rule would record
	}
	return bad / all
}
