package graph

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vikstrous/dataloadgen"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// scope is what the resolvers of one response share: loaders, so that nothing
// is evaluated twice, and slots, so that not everything is at once.
type scope struct {
	budgets      *dataloadgen.Loader[question, slo.Budget]
	rates        *dataloadgen.Loader[question, []slo.BurnRate]
	explanations *dataloadgen.Loader[question, slo.Explanation]
	groups       *dataloadgen.Loader[question, []slo.GroupBudget]
	slots        chan struct{}
	logged       atomic.Int32 // internal errors that were logged for this response
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
	s.budgets = loader(s, r, r.Evaluator.Budget)
	s.rates = loader(s, r, r.Evaluator.BurnRates)
	s.explanations = loader(s, r, r.Evaluator.Explain)
	s.groups = loader(s, r, r.Evaluator.Groups)
	return context.WithValue(ctx, scopeKey{}, s)
}

// loader returns a loader of what the evaluator answers to questions.
func loader[V any](s *scope, r *resolver, answer func(context.Context, *slo.SLO, *slo.Objective, slo.Question) (V, error)) *dataloadgen.Loader[question, V] {
	return dataloadgen.NewLoader(batch(s, r, func(ctx context.Context, x question) (value V, err error) {
		if err := r.known(x.slo, x.objective, x.Group); err != nil {
			return value, err
		}
		return answer(ctx, x.slo, x.objective, x.Question)
	}), dataloadgen.WithWait(batchWait))
}

// known refuses a group that nobody ever measured: every figure of it would be
// absent, and a misspelt label would read as an outage.
func (r *resolver) known(s *slo.SLO, o *slo.Objective, g slo.Group) error {
	if r.Evaluator.HasGroup(o, g) {
		return nil
	}
	labels := make([]string, 0, 1)
	for _, l := range groupLabels(g) {
		labels = append(labels, fmt.Sprintf("%s=%q", l.Name, l.Values[0]))
	}
	return fault.NotFoundf("objective %q of slo %q has no group {%.500s}: nothing was ever measured for it", o.Name, s.Name, strings.Join(labels, ", "))
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

// asked returns the question about an objective that the arguments of a field
// put; see ask.
func asked(s *slo.SLO, o *slo.Objective, window *model.WindowInput, asOf *time.Time, group map[string]string) (question, error) {
	q, err := ask(window, asOf, group)
	return question{s, o, q}, err
}

// figure returns the answer of a loader as a value to point at, or the error
// that came of putting the question.
func figure[V any](ctx context.Context, l *dataloadgen.Loader[question, V], x question, err error) (*V, error) {
	if err != nil {
		return nil, err
	}
	v, err := l.Load(ctx, x)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// instant returns the time, the zero time for none.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
