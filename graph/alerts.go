package graph

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Alerts knows what the alert policies say, and who was told.
type Alerts interface {
	// Alerts returns those that the filter chooses, in any order.
	Alerts(ctx context.Context, f model.AlertFilter) ([]model.Alert, error)
	// AlertsOf returns what the policies of s say now and said lately, newest first.
	AlertsOf(ctx context.Context, s *slo.SLO) ([]model.Alert, error)
	// Replay returns when the policies of s would have fired in (from, to]; ""
	// means all policies and all objectives, zero times the last 30 days.
	Replay(ctx context.Context, s *slo.SLO, policy, objective string, from, to time.Time) ([]model.AlertReplay, error)
	// Targets returns where alerts are sent.
	Targets(ctx context.Context) ([]model.AlertTarget, error)
	// TestTarget sends a test message.
	TestTarget(ctx context.Context, name string) (*model.AlertTargetTest, error)
}

// severity orders the states of alerts.
var severity = map[model.AlertState]string{
	model.AlertStateFiring: "0", model.AlertStateFrozen: "1", model.AlertStatePending: "2",
	model.AlertStateResolved: "3", model.AlertStateInactive: "4",
}

func (r *resolver) alertPage(ctx context.Context, f *model.AlertFilter, first int, after *string) (*model.AlertConnection, error) {
	all, err := r.Options.Alerts.Alerts(ctx, given(f))
	if err != nil {
		return nil, err
	}
	p, err := listing[model.Alert]{kind: alertList, items: all, place: func(a model.Alert) place {
		return place{Sort: severity[a.State] + newestFirst(a.Since), ID: a.ID}
	}}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.AlertConnection{Page: p}, nil
}

func (r *resolver) replay(ctx context.Context, s *slo.SLO, policy, objective *string, from, to *time.Time) ([]model.AlertReplay, error) {
	if from != nil && to != nil && (!from.Before(*to) || to.Sub(*from) > slo.MaxWindow) {
		return nil, fault.Invalidf("from %s to %s is no time of at most %d days", from.Format(time.RFC3339), to.Format(time.RFC3339), int(slo.MaxWindow.Hours()/24))
	}
	return evaluate(ctx, scopeOf(ctx), r, func(ctx context.Context) ([]model.AlertReplay, error) {
		return r.Options.Alerts.Replay(ctx, s, deref(policy), deref(objective), instant(from), instant(to))
	})
}

// testTarget lets a few tests run at a time, as those of sources.
func (r *resolver) testTarget(ctx context.Context, name string) (*model.AlertTargetTest, error) {
	if err := boundTexts(text{"name", name, maxName}); err != nil {
		return nil, err
	}
	return trying(ctx, r, func(ctx context.Context) (*model.AlertTargetTest, error) {
		return r.Options.Alerts.TestTarget(ctx, name)
	})
}

// targetNames lists whom a policy tells.
func targetNames(p *slo.AlertPolicy) []string {
	names := make([]string, len(p.Targets))
	for i, t := range p.Targets {
		names[i] = t.Name
	}
	return names
}
