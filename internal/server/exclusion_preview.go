package server

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// maxPreviewed bounds the occurrences and the effects of a preview.
const maxPreviewed = 20

// PreviewExclusion implements graph.Exclusions. What only people read may still
// be missing: it moves no figure.
func (c calendar) PreviewExclusion(ctx context.Context, in model.ExclusionInput) (*model.ExclusionPreview, error) {
	d := draftOf(in)
	for _, text := range []*string{&d.Title, &d.Reason, &d.By} {
		if strings.TrimSpace(*text) == "" {
			*text = "preview"
		}
	}
	x, err := c.almanac.ProposeExclusion(d)
	if err != nil {
		return nil, err
	}
	p := &model.ExclusionPreview{
		NeedsApproval: x.Approval.State == slo.ApprovalPending,
		Occurrences:   first(x, slo.MinuteOf(x.Start), maxPreviewed), Covers: len(c.covered(x.Scope)),
	}
	if len(p.Occurrences) == 0 {
		p.Warnings = append(p.Warnings, "it never takes place")
	}
	if p.Covers == 0 {
		p.Warnings = append(p.Warnings, "no SLO is in its scope")
	}
	p.Effects, err = c.effects(ctx, x)
	if err != nil {
		return nil, err
	}
	emptied := 0
	for _, e := range p.Effects {
		if e.After.State == slo.NoData && e.Before.State != slo.NoData {
			emptied++
		}
	}
	if emptied > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s would be left with too little of the window to judge", count(emptied, "SLO")))
	}
	slices.SortStableFunc(p.Effects, func(a, b model.ExclusionEffect) int { return cmp.Compare(movement(b), movement(a)) })
	p.Effects = p.Effects[:min(len(p.Effects), maxPreviewed)]
	return p, nil
}

// effects returns the budgets of all SLOs that x is about, or was, and of what is
// made of them, without and with it in force.
func (c calendar) effects(ctx context.Context, x slo.Exclusion) (all []model.ExclusionEffect, err error) {
	others := slices.DeleteFunc(slices.Clone(c.exclusions.All()), func(o slo.Exclusion) bool { return o.Name == x.Name })
	scopes := []slo.Scope{x.Scope}
	if was, ok := c.exclusions.ByName(x.Name); ok {
		scopes = append(scopes, was.Scope)
	}
	x.Approval.State = slo.ApprovalNotNeeded
	var would slo.Exclusions
	would.Replace(append(others, x))
	after := c.evaluator
	after.Exclusions = &would
	covered := c.covered(scopes...)
	for n, s := range append(covered, c.madeOf(covered)...) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := model.ExclusionEffect{Slo: s, Follows: n >= len(covered)}
		if e.Before, err = c.evaluator.Budget(ctx, s, &s.Objectives[0], slo.Question{}); err != nil {
			return nil, err
		}
		if e.After, err = after.Budget(ctx, s, &s.Objectives[0], slo.Question{}); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// madeOf returns the composites that are made of any of parts, however deep, and
// are none of them. A composite may have been linked before a part was read anew:
// names decide.
func (c calendar) madeOf(parts []*slo.SLO) (all []*slo.SLO) {
	names := make(map[string]bool, len(parts))
	for _, s := range parts {
		names[s.Name] = true
	}
	for _, s := range c.slos.All() {
		if !names[s.Name] && slices.ContainsFunc(s.Objectives, func(o slo.Objective) bool { return partOf(&o, names) }) {
			all = append(all, s)
		}
	}
	return all
}

// partOf reports whether o is made of any SLO of those names. No composite is
// made of itself, so that this ends.
func partOf(o *slo.Objective, names map[string]bool) bool {
	return o.Composite != nil && slices.ContainsFunc(o.Composite.Components, func(c slo.CompositeComponent) bool {
		return names[c.Of.Name] || partOf(c.Part, names)
	})
}

// movement is by how much of it a budget moves. One that comes or goes moves
// most.
func movement(e model.ExclusionEffect) float64 {
	before, after := e.Before.Remaining, e.After.Remaining
	switch {
	case before == nil && after == nil:
		return 0
	case before == nil || after == nil:
		return math.Inf(1)
	default:
		return math.Abs(*after - *before)
	}
}
