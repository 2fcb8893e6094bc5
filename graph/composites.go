package graph

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// composite returns what an objective is made of, nil if a source measures it.
func (r *resolver) composite(s *slo.SLO, o *slo.Objective) *model.Composite {
	if o.Composite == nil {
		return nil
	}
	var weights float64
	for _, c := range o.Composite.Components {
		weights += c.Weight
	}
	view := &model.Composite{Method: o.Composite.Method}
	for _, c := range o.Composite.Components {
		view.Components = append(view.Components, model.CompositeComponent{
			Of: s, Slo: r.SLOs.ByName(c.SLO), SloName: c.SLO, Objective: c.Objective,
			Weight: c.Weight, Share: c.Weight / weights, Delayed: c.WhenDelayed,
		})
	}
	return view
}

// componentBudget returns a component's budget over the window of the whole; nil
// while there is no such objective.
func (r *resolver) componentBudget(ctx context.Context, c *model.CompositeComponent, asOf *time.Time) (*slo.Budget, error) {
	if c.Slo == nil {
		return nil, nil
	}
	o := objective(c.Slo, optional(c.Objective))
	if o == nil {
		return nil, nil
	}
	x := question{c.Slo, o.Objective, slo.Question{Window: c.Of.Window, AsOf: instant(asOf)}}
	return figure(ctx, scopeOf(ctx).budgets, x, nil)
}
