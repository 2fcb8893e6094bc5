package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// fakeAlerts has one alert in each state, and remembers what it is asked for.
type fakeAlerts struct {
	filters []model.AlertFilter
	replays []string
}

var _ Alerts = (*fakeAlerts)(nil)

// alertStates are the states in an order of no meaning.
var alertStates = []model.AlertState{
	model.AlertStateResolved, model.AlertStatePending, model.AlertStateFiring, model.AlertStateInactive, model.AlertStateFrozen,
}

func (f *fakeAlerts) all() []model.Alert {
	all := make([]model.Alert, len(alertStates))
	for i, state := range alertStates {
		all[i] = model.Alert{
			ID: fmt.Sprint("a", i), SloName: "api", Objective: "objective-1", Policy: "page", Severity: "page", State: state,
			Since: now.Add(time.Duration(i) * time.Minute), FiredAt: &now, BurnRate: new(20.0), Threshold: 14.4, Reason: "burn rate 20",
			Deliveries: []model.AlertDelivery{{Target: "am", State: model.AlertStateFiring, At: &now, Attempts: 1}},
		}
	}
	return all
}

func (f *fakeAlerts) Alerts(_ context.Context, filter model.AlertFilter) ([]model.Alert, error) {
	f.filters = append(f.filters, filter)
	return f.all(), nil
}

func (f *fakeAlerts) AlertsOf(_ context.Context, s *slo.SLO) ([]model.Alert, error) {
	if s.Name == "broken" {
		return nil, errUnavailable
	}
	return f.all(), nil
}

func (f *fakeAlerts) Replay(_ context.Context, s *slo.SLO, policy, objective string, from, to time.Time) ([]model.AlertReplay, error) {
	f.replays = append(f.replays, fmt.Sprint(s.Name, " ", policy, " ", objective, " ", from.Unix(), " ", to.Unix()))
	if policy == "none" {
		return nil, fault.NotFoundf("slo %q has no policy %q", s.Name, policy)
	}
	return []model.AlertReplay{{
		Policy: "page", Objective: "objective-1", Severity: "page", From: now.Add(-time.Hour), To: now,
		Firings: []model.AlertFiring{{From: now.Add(-time.Minute), PeakBurnRate: 20, Spent: 3}}, FrozenMinutes: 2,
	}}, nil
}

func (f *fakeAlerts) Targets(context.Context) ([]model.AlertTarget, error) {
	return []model.AlertTarget{{Name: "am", Type: "alertmanager", URL: "http://am", Ok: true, Message: "fine"}}, nil
}

func (f *fakeAlerts) TestTarget(_ context.Context, name string) (*model.AlertTargetTest, error) {
	if name == "none" {
		return nil, fault.NotFoundf("there is no alert target %q", name)
	}
	return &model.AlertTargetTest{Ok: true, Message: "taken", At: now}, nil
}
