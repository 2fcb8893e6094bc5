package slo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Groups returns the budget of every group that was ever measured, least
// remaining first; groups without a remaining budget (no traffic, no data) come
// last, and equal ones in the order of their labels. q.Group is ignored.
//
// Special cases:
//   - an indicator that is not grouped has no groups;
//   - a group that appeared or went away: see Budget.
func (e Evaluator) Groups(ctx context.Context, s *SLO, o *Objective, q Question) ([]GroupBudget, error) {
	groups := e.Meter.Groups(o.Indicator.Key())
	budgets := make([]GroupBudget, 0, len(groups))
	for _, g := range groups {
		q.Group = g
		b, err := e.Budget(ctx, s, o, q)
		if err != nil {
			return nil, fmt.Errorf("group %s: %w", g, err)
		}
		budgets = append(budgets, GroupBudget{Group: g, Budget: b})
	}
	slices.SortFunc(budgets, worstFirst)
	return budgets, nil
}

// HasGroup reports whether anything was ever measured for that group of an
// objective; the whole always exists.
func (e Evaluator) HasGroup(o *Objective, g Group) bool {
	if g == "" {
		return true
	}
	_, measured := e.Meter.Extent(StreamKey{Indicator: o.Indicator.Key(), Group: g})
	return measured
}

// worstFirst orders budgets by what remains of them.
func worstFirst(a, b GroupBudget) int {
	x, y := a.Budget.Remaining, b.Budget.Remaining
	switch {
	case x != nil && y != nil && *x != *y:
		return cmp.Compare(*x, *y)
	case x != nil && y == nil:
		return -1
	case x == nil && y != nil:
		return 1
	default:
		return strings.Compare(string(a.Group), string(b.Group))
	}
}
