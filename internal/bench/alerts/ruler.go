package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/bench/peer"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// interval is how often rules are evaluated: Prometheus' default.
const interval = time.Minute

// ruler evaluates rules as the ruler of a server would have done in the past.
type ruler struct {
	past   *past
	parser parser.Parser
}

func newRuler(p *past) ruler { return ruler{p, parser.NewParser(parser.Options{})} }

// alarms returns when the alerts of a tool's groups rang. Of the recording rules,
// those are evaluated that the alerts read.
func (r ruler) alarms(ctx context.Context, groups []peer.Group) (all []alarm, err error) {
	recordings, alerts, err := r.needed(groups)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hindcast-recorded-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	recorded, err := r.record(ctx, dir, recordings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, recorded.Close()) }()
	for _, rule := range alerts {
		db := recorded
		if rule.Short == 0 { // it reads no recorded series
			db = r.past.db
		}
		rung, err := r.rung(ctx, db, rule)
		if err != nil {
			return nil, err
		}
		all = append(all, rung...)
	}
	return all, nil
}

// needed returns the alerts of groups, and the recording rules that they read.
func (r ruler) needed(groups []peer.Group) (recordings, alerts []peer.Rule, err error) {
	read := map[string]bool{}
	for _, g := range groups {
		for _, rule := range g.Rules {
			if rule.Alert == "" {
				continue
			}
			alerts = append(alerts, rule)
			expr, err := r.parser.ParseExpr(rule.Expr)
			if err != nil {
				return nil, nil, fmt.Errorf("alert %s: %w", rule.Alert, err)
			}
			parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
				if v, ok := n.(*parser.VectorSelector); ok {
					read[v.Name] = true
				}
				return nil
			})
		}
	}
	for _, rule := range peer.Record(groups) {
		if read[rule.Record] {
			recordings = append(recordings, rule)
		}
	}
	return recordings, alerts, nil
}

// point is one recorded sample.
type point struct {
	series tsdb.Ref
	t      int64
	v      float64
}

// record keeps what recording rules record, in a store of its own.
func (r ruler) record(ctx context.Context, dir string, rules []peer.Rule) (*tsdb.DB, error) {
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	if err != nil {
		return nil, err
	}
	var points []point
	for _, rule := range rules {
		results, err := r.eval(ctx, r.past.db, rule.Expr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("rule %s: %w", rule.Record, err), h.Abort())
		}
		for _, result := range results {
			points = append(points, r.points(h.Series(named(rule, result.Labels)), result)...)
		}
	}
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.t, b.t) })
	for _, p := range points {
		if err := h.Append(p.series, p.t, p.v); err != nil {
			return nil, errors.Join(err, h.Abort())
		}
	}
	if _, err := h.Close(); err != nil {
		return nil, err
	}
	return tsdb.Open(tsdb.Options{Dir: dir})
}

// named returns the labels of what a rule records.
func named(rule peer.Rule, result labels.Labels) labels.Labels {
	b := labels.NewBuilder(result)
	b.Set(labels.MetricName, rule.Record)
	for name, v := range rule.Labels {
		b.Set(name, v)
	}
	return b.Labels()
}

// points returns the samples of one recorded series, with a staleness marker
// after each that the next evaluation did not follow with another.
func (r ruler) points(series tsdb.Ref, result sample.Result) []point {
	var all []point
	step := interval.Milliseconds()
	for i, t := range result.T {
		if r.paused(t) {
			continue
		}
		all = append(all, point{series, t, result.V[i]})
		next := t + step
		follows := i+1 < len(result.T) && result.T[i+1] == next
		if !follows && next <= r.past.to.UnixMilli() && !r.paused(next) {
			all = append(all, point{series, next, math.Float64frombits(value.StaleNaN)})
		}
	}
	return all
}

// rung returns when an alert rang.
func (r ruler) rung(ctx context.Context, db *tsdb.DB, rule peer.Rule) ([]alarm, error) {
	results, err := r.eval(ctx, db, rule.Expr)
	if err != nil {
		return nil, fmt.Errorf("alert %s: %w", rule.Alert, err)
	}
	if len(results) > 1 {
		return nil, fmt.Errorf("alert %s has %d series, one is expected: %s", rule.Alert, len(results), rule.Expr)
	}
	var held []time.Time
	for _, result := range results {
		for _, t := range result.T {
			if !r.paused(t) {
				held = append(held, time.UnixMilli(t).UTC())
			}
		}
	}
	rung := ring(r.instants(), held, rule.For)
	for i := range rung {
		rung[i].kind, rung[i].reach = kindOf(rule), rule.Short
	}
	return rung, nil
}

// kindOf returns what an alert of a peer is.
func kindOf(rule peer.Rule) string {
	if rule.Short == 0 {
		return blind
	}
	switch cmp.Or(rule.Labels["sloth_severity"], rule.Labels["severity"]) {
	case "page", "critical":
		return page
	default:
		return ticket
	}
}

// instants are those at which rules are evaluated.
func (r ruler) instants() []time.Time {
	var all []time.Time
	for t := r.past.from.Truncate(interval); !t.After(r.past.to); t = t.Add(interval) {
		if !r.paused(t.UnixMilli()) {
			all = append(all, t)
		}
	}
	return all
}

// paused reports whether there was no ruler.
func (r ruler) paused(ms int64) bool { return r.past.paused(time.UnixMilli(ms)) }

// eval evaluates a text at all instants.
func (r ruler) eval(ctx context.Context, db *tsdb.DB, text string) ([]sample.Result, error) {
	expr, err := r.parser.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	return db.Eval(ctx, expr, r.past.from.Truncate(interval).UnixMilli(), r.past.to.UnixMilli(), interval.Milliseconds())
}
