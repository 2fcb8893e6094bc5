package graph

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// statement returns where a budget went.
func (r *resolver) statement(ctx context.Context, s *slo.SLO, o *slo.Objective, from, to *time.Time, window *model.WindowInput, asOf *time.Time, group map[string]string) (*slo.Statement, error) {
	q, err := ask(window, asOf, group)
	if err != nil {
		return nil, err
	}
	if from != nil && to != nil && !from.Before(*to) {
		return nil, fault.Invalidf("from %s is not before to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if err := r.known(s, o, q.Group); err != nil {
		return nil, err
	}
	st, err := evaluate(ctx, scopeOf(ctx), r, func(ctx context.Context) (slo.Statement, error) {
		return r.Evaluator.Statement(ctx, s, o, slo.StatementQuestion{Question: q, From: instant(from), To: instant(to)})
	})
	if err != nil {
		return nil, err
	}
	return &st, nil
}
