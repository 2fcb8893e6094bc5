package slo

import "context"

// Status returns the budget that q asks for together with the burn rates of its
// window pairs: what Budget and BurnRates return, for what the dearer of the two
// costs. The state of a budget depends on the pairs, so that both are measured
// anyway.
func (e Evaluator) Status(ctx context.Context, s *SLO, o *Objective, q Question) (Budget, []BurnRate, error) {
	in, err := e.inquire(s, o, q)
	if err != nil {
		return Budget{}, nil, err
	}
	if in.rates, err = in.burnRates(ctx); err != nil {
		return Budget{}, nil, err
	}
	b, err := in.budget(ctx)
	return b, in.rates, err
}
