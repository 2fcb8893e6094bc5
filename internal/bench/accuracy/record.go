package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/value"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/bench/peer"
)

// evaluation is one recording rule over a time: evaluated at from, from+every,
// … ≤ to, but for the time in which there was no ruler.
type evaluation struct {
	rule     peer.Rule
	from, to time.Time
	every    time.Duration
	pause    [2]time.Time
}

// maxSteps is how many evaluations one request asks for; the server answers up
// to 11,000.
const maxSteps = 10_000

// record evaluates rules by the server's engine, as its ruler would have done
// live, and returns what they would have recorded: a series that an evaluation
// no longer has ends with a staleness marker.
func (s server) record(ctx context.Context, all []evaluation) ([]iter.Seq[sample], error) {
	recorded := make([][]sample, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for i, e := range all {
		g.Go(func() (err error) {
			if recorded[i], err = s.evaluate(ctx, e); err != nil {
				return fmt.Errorf("rule %s: %s: %w", e.rule.Record, e.rule.Expr, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var streams []iter.Seq[sample]
	for _, samples := range recorded {
		streams = append(streams, slices.Values(samples))
	}
	return streams, nil
}

// evaluate evaluates one rule and returns its samples in the order of their
// instants.
func (s server) evaluate(ctx context.Context, e evaluation) ([]sample, error) {
	whole := map[model.Fingerprint]*model.SampleStream{}
	piece := maxSteps * e.every
	for from := e.from; !from.After(e.to); from = from.Add(piece) {
		to := from.Add(piece - e.every)
		if to.After(e.to) {
			to = e.to
		}
		answer, _, err := s.API.QueryRange(ctx, e.rule.Expr, v1.Range{Start: from, End: to, Step: e.every})
		if err != nil {
			return nil, err
		}
		matrix, ok := answer.(model.Matrix)
		if !ok {
			return nil, fmt.Errorf("the answer is a %s", answer.Type())
		}
		for _, stream := range matrix {
			key := stream.Metric.Fingerprint()
			if whole[key] == nil {
				whole[key] = &model.SampleStream{Metric: stream.Metric}
			}
			whole[key].Values = append(whole[key].Values, stream.Values...)
		}
	}
	var all []sample
	for _, stream := range whole {
		all = append(all, e.samples(e.series(stream.Metric), stream.Values)...)
	}
	slices.SortStableFunc(all, func(a, b sample) int { return cmp.Compare(a.ms, b.ms) })
	return all, nil
}

// series is the series that the rule records for an element of its result.
func (e evaluation) series(m model.Metric) *series {
	m = m.Clone()
	m[model.MetricNameLabel] = model.LabelValue(e.rule.Record)
	for name, v := range e.rule.Labels {
		m[model.LabelName(name)] = model.LabelValue(v)
	}
	s := &series{}
	for name, v := range m {
		s.pairs = append(s.pairs, string(name), string(v))
	}
	return s
}

// samples are the values of one series, with a marker after each that has no
// successor at the next evaluation.
func (e evaluation) samples(s *series, values []model.SamplePair) []sample {
	var all []sample
	for i, v := range values {
		if e.paused(v.Timestamp.Time()) {
			continue
		}
		all = append(all, sample{series: s, ms: int64(v.Timestamp), v: float64(v.Value)})
		next := v.Timestamp.Add(e.every)
		goesOn := i+1 < len(values) && values[i+1].Timestamp == next
		if !goesOn && !next.Time().After(e.to) && !e.paused(next.Time()) {
			all = append(all, sample{series: s, ms: int64(next), v: math.Float64frombits(value.StaleNaN)})
		}
	}
	return all
}

func (e evaluation) paused(t time.Time) bool { return t.After(e.pause[0]) && !t.After(e.pause[1]) }

// ask asks for a single number at an instant; NaN if there is none.
func (s server) ask(ctx context.Context, query string, at time.Time) (float64, error) {
	answer, _, err := s.API.Query(ctx, query, at)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", query, err)
	}
	vector, ok := answer.(model.Vector)
	if !ok || len(vector) > 1 {
		return 0, fmt.Errorf("%s: the answer is no single number: %s", query, answer)
	}
	if len(vector) == 0 {
		return math.NaN(), nil
	}
	return float64(vector[0].Value), nil
}
