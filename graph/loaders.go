package graph

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vikstrous/dataloadgen"

	"github.com/hindcast/hindcast/slo"
)

// scope is what the resolvers of one response share: loaders, so that nothing
// is evaluated twice, and slots, so that not everything is at once.
type scope struct {
	budgets *dataloadgen.Loader[question, slo.Budget]
	rates   *dataloadgen.Loader[question, []slo.BurnRate]
	slots   chan struct{}
	logged  atomic.Int32 // internal errors that were logged for this response
}

// question asks for a figure of one objective; equal questions have equal
// answers within one response.
type question struct {
	slo       *slo.SLO
	objective *slo.Objective
	slo.Question
}

type scopeKey struct{}

// batchWait is how long a loader waits for more questions. The resolvers of a
// list run side by side and ask within microseconds of one another.
const batchWait = 500 * time.Microsecond

// withScope returns a context with fresh loaders.
func (r *resolver) withScope(ctx context.Context) context.Context {
	s := &scope{}
	if r.limits.Parallel > 0 {
		s.slots = make(chan struct{}, r.limits.Parallel)
	}
	s.budgets = dataloadgen.NewLoader(batch(s, r, func(ctx context.Context, q question) (slo.Budget, error) {
		return r.Evaluator.Budget(ctx, q.slo, q.objective, q.Question)
	}), dataloadgen.WithWait(batchWait))
	s.rates = dataloadgen.NewLoader(batch(s, r, func(ctx context.Context, q question) ([]slo.BurnRate, error) {
		return r.Evaluator.BurnRates(ctx, q.slo, q.objective, q.Question)
	}), dataloadgen.WithWait(batchWait))
	return context.WithValue(ctx, scopeKey{}, s)
}

// scopeOf returns the scope of a response, nil outside of one.
func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// batch answers many questions side by side.
func batch[V any](s *scope, r *resolver, one func(context.Context, question) (V, error)) func(context.Context, []question) ([]V, []error) {
	return func(ctx context.Context, questions []question) ([]V, []error) {
		values, errs := make([]V, len(questions)), make([]error, len(questions))
		var all sync.WaitGroup
		for i, q := range questions {
			all.Go(func() {
				values[i], errs[i] = evaluate(ctx, s, r, func(ctx context.Context) (V, error) { return one(ctx, q) })
			})
		}
		all.Wait()
		return values, errs
	}
}

// evaluate runs one evaluation when a slot is free and for no longer than the
// wall time. A panic in it ends this evaluation and nothing else.
func evaluate[V any](ctx context.Context, s *scope, r *resolver, run func(context.Context) (V, error)) (value V, err error) {
	if r.limits.Wall > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.limits.Wall)
		defer cancel()
	}
	if s.slots != nil {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return value, ctx.Err()
		}
		defer func() { <-s.slots }()
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = presenter{logger: r.Logger}.recovered(ctx, cause)
		}
	}()
	return run(ctx)
}

// budget returns the budget of one objective.
func budget(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) (*slo.Budget, error) {
	b, err := scopeOf(ctx).budgets.Load(ctx, question{s, o, q})
	if err != nil {
		return nil, err
	}
	return &b, nil
}

// burnRates returns the window pairs of one objective.
func burnRates(ctx context.Context, s *slo.SLO, o *slo.Objective, asOf *time.Time) ([]slo.BurnRate, error) {
	return scopeOf(ctx).rates.Load(ctx, question{s, o, slo.Question{AsOf: instant(asOf)}})
}

// instant returns the time, the zero time for none.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
