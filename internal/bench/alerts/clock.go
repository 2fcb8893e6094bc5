package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// clock is the time that a simulation has come to.
type clock struct{ ns atomic.Int64 }

func (c *clock) set(t time.Time) { c.ns.Store(t.UnixNano()) }

// now returns the time.
func (c *clock) now() time.Time { return time.Unix(0, c.ns.Load()).UTC() }

// known is a store as it was at the time of a clock: what came later is not
// there yet. Samples of the past arrived at their time.
type known struct {
	sample.Sampler
	clock *clock
}

// Select implements sample.Sampler.
func (k known) Select(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	to = min(to, k.clock.now().UnixMilli())
	if from >= to {
		return nil
	}
	return k.Sampler.Select(ctx, matchers, from, to, visit)
}

// Eval implements sample.Sampler.
func (k known) Eval(ctx context.Context, expr parser.Expr, from, to, step int64) ([]sample.Result, error) {
	now := k.clock.now().UnixMilli()
	if from > now {
		return nil, nil
	}
	return k.Sampler.Eval(ctx, expr, from, min(to, now), step)
}

// Bounds implements sample.Sampler.
func (k known) Bounds(ctx context.Context, matchers []*labels.Matcher) (oldest, newest int64, ok bool, err error) {
	oldest, newest, ok, err = k.Sampler.Bounds(ctx, matchers)
	now := k.clock.now().UnixMilli()
	return oldest, min(newest, now), ok && oldest <= now, err
}
