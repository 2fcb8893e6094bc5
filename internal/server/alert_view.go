package server

import (
	"context"
	"slices"
	"time"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
)

// alarms shows alerts for the API. Any replica can: what fires is in the store,
// and what is pending or frozen is judged when somebody asks.
type alarms struct{ *Server }

var _ graph.Alerts = alarms{}

// lately is how far back alerts are shown, and maxHistory how many of an SLO.
const (
	lately     = 30 * 24 * time.Hour
	maxHistory = 50
)

// Alerts implements graph.Alerts.
func (a alarms) Alerts(ctx context.Context, f model.AlertFilter) ([]model.Alert, error) {
	b, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	var all []model.Alert
	for _, s := range a.slos.All() {
		if f.Slo != nil && *f.Slo != s.Name || f.Service != nil && *f.Service != s.Service {
			continue
		}
		of, err := b.of(ctx, s)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return slices.DeleteFunc(all, func(x model.Alert) bool {
		return x.State == model.AlertStateInactive || x.State == model.AlertStateResolved && !f.IncludeResolved ||
			len(f.State) > 0 && !slices.Contains(f.State, x.State)
	}), nil
}

// AlertsOf implements graph.Alerts.
func (a alarms) AlertsOf(ctx context.Context, s *slo.SLO) ([]model.Alert, error) {
	b, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	all, err := b.of(ctx, s)
	slices.SortStableFunc(all, func(x, y model.Alert) int { return y.Since.Compare(x.Since) })
	return all[:min(maxHistory, len(all))], err
}

// alertBook is what there is to know about alerts at a moment.
type alertBook struct {
	alarms
	episodes map[string][]alert.Episode // by SLO
	told     map[string][]alert.Told    // by episode
	standing map[alert.Key]slo.Alarm
	trouble  map[string]string // by target
}

// open reads what there is to know.
func (a alarms) open(ctx context.Context) (*alertBook, error) {
	since := a.o.Now().Add(-lately)
	all, err := a.store.Episodes(ctx, since)
	if err != nil {
		return nil, err
	}
	rows, err := a.store.ToldSince(ctx, since)
	if err != nil {
		return nil, err
	}
	b := &alertBook{a, map[string][]alert.Episode{}, map[string][]alert.Told{}, map[alert.Key]slo.Alarm{}, map[string]string{}}
	for _, e := range all {
		b.episodes[e.SLO] = append(b.episodes[e.SLO], e)
	}
	for _, t := range rows {
		b.told[t.Episode] = append(b.told[t.Episode], t)
	}
	for _, x := range a.alerts.Standings() {
		b.standing[x.Key] = x.Alarm
	}
	for _, t := range a.notifier.States() {
		b.trouble[t.Name] = t.Error
	}
	return b, nil
}

// of returns the alerts of one SLO: what ended, what fires, and what else its
// policies say now.
func (b *alertBook) of(ctx context.Context, s *slo.SLO) ([]model.Alert, error) {
	var all []model.Alert
	open := map[alert.Key]int{}
	for _, e := range b.episodes[s.Name] {
		if e.Open() {
			open[e.Key] = len(all)
		}
		all = append(all, b.show(s, e))
	}
	for i := range s.Objectives {
		for _, p := range s.AlertPolicies {
			k := alert.Key{SLO: s.Name, Objective: s.Objectives[i].Name, Policy: p.Name}
			j, err := b.evaluator.Judge(ctx, s, &s.Objectives[i], p.Condition, slo.Question{})
			if err != nil {
				return nil, err
			}
			if n, fires := open[k]; fires {
				all[n] = now(all[n], j, model.AlertStateFiring)
				continue
			}
			k.NoData = true
			if _, told := open[k]; told { // that nobody can tell stands there already
				continue
			}
			k.NoData = false
			all = append(all, b.quiet(s, k, p.Condition, j))
		}
	}
	return all, nil
}

// quiet returns what a policy that does not fire says now.
func (b *alertBook) quiet(s *slo.SLO, k alert.Key, c slo.AlertCondition, j slo.Judgement) model.Alert {
	x := model.Alert{
		ID: k.SLO + "/" + k.Objective + "/" + k.Policy, Slo: s, SloName: s.Name, Objective: k.Objective, Policy: k.Policy,
		Severity: c.Severity, Threshold: c.Threshold, Since: j.Minute.End(),
	}
	if alarm := b.standing[k]; alarm.Phase != slo.Inactive {
		x.Since = alarm.Since.End()
		return now(x, j, model.AlertStatePending)
	}
	if j.Verdict == slo.Holds {
		return now(x, j, model.AlertStatePending)
	}
	return now(x, j, model.AlertStateInactive)
}

// now adds what a policy says at this moment to an alert.
func now(x model.Alert, j slo.Judgement, state model.AlertState) model.Alert {
	x.State, x.BurnRate, x.ShortBurnRate, x.Reason = state, j.Long, j.Short, j.Reason
	if j.Verdict == slo.Unknown {
		x.State = model.AlertStateFrozen
	}
	return x
}

// show returns an episode as the API shows it.
func (b *alertBook) show(s *slo.SLO, e alert.Episode) model.Alert {
	x := model.Alert{
		ID: e.ID(), Slo: s, SloName: e.SLO, Objective: e.Objective, Policy: e.Policy, Severity: e.Severity, State: model.AlertStateFiring,
		Since: e.FiredAt, FiredAt: &e.FiredAt, BurnRate: e.Burn, Reason: e.Reason,
	}
	for _, p := range s.AlertPolicies {
		if p.Name == e.Policy {
			x.Threshold = p.Condition.Threshold
		}
	}
	if !e.Open() {
		x.State, x.Since, x.ResolvedAt = model.AlertStateResolved, e.ResolvedAt, &e.ResolvedAt
	}
	for _, target := range e.Targets {
		x.Deliveries = append(x.Deliveries, toldTo(e, target, b.told[e.ID()], b.trouble[target]))
	}
	return x
}

// toldTo returns how telling a target of an episode goes.
func toldTo(e alert.Episode, target string, told []alert.Told, trouble string) model.AlertDelivery {
	d := model.AlertDelivery{Target: target, State: model.AlertState(e.State()), Attempts: 1}
	for _, t := range told {
		if t.Target == target && (d.At == nil || t.State == e.State()) {
			d.State, d.At = model.AlertState(t.State), &t.At
		}
	}
	if d.At == nil && trouble != "" {
		d.Error = &trouble
	}
	return d
}

// Replay implements graph.Alerts.
func (a alarms) Replay(ctx context.Context, s *slo.SLO, policy, objective string, from, to time.Time) ([]model.AlertReplay, error) {
	if to.IsZero() {
		to = a.o.Now()
	}
	if from.IsZero() {
		from = to.Add(-lately)
	}
	var all []model.AlertReplay
	for i := range s.Objectives {
		o := &s.Objectives[i]
		if objective != "" && o.Name != objective {
			continue
		}
		policies, err := a.policies(s, o)
		if err != nil {
			return nil, err
		}
		for _, p := range policies {
			if policy != "" && p.Name != policy {
				continue
			}
			r, err := a.evaluator.Replay(ctx, s, o, p, from, to)
			if err != nil {
				return nil, err
			}
			all = append(all, replayOf(r, o))
		}
	}
	if len(all) == 0 {
		return nil, fault.NotFoundf("slo %q has no policy %.80q for objective %.80q", s.Name, policy, objective)
	}
	return all, nil
}

// policies returns those of an SLO, or the workbook's where it has none.
func (a alarms) policies(s *slo.SLO, o *slo.Objective) ([]slo.AlertPolicy, error) {
	if len(s.AlertPolicies) > 0 {
		return s.AlertPolicies, nil
	}
	return a.evaluator.WorkbookPolicies(s, o)
}

func replayOf(r slo.Replay, o *slo.Objective) model.AlertReplay {
	view := model.AlertReplay{
		Policy: r.Policy.Name, Objective: o.Name, Severity: r.Policy.Condition.Severity, From: r.From, To: r.To,
		FrozenMinutes: r.FrozenMinutes, Firings: []model.AlertFiring{},
	}
	for _, f := range r.Firings {
		firing := model.AlertFiring{From: f.From, PeakBurnRate: f.PeakBurn, Spent: f.Spent}
		if !f.To.IsZero() {
			firing.To = &f.To
		}
		view.Firings = append(view.Firings, firing)
	}
	return view
}

// Targets implements graph.Alerts.
func (a alarms) Targets(context.Context) ([]model.AlertTarget, error) {
	var all []model.AlertTarget
	states := a.notifier.States()
	for i, t := range a.o.Config.Alerting.Targets {
		x := model.AlertTarget{Name: t.Name, Type: t.Type, URL: t.URL, Ok: states[i].Error == "", Message: "nothing had to be sent yet", Waiting: states[i].Waiting}
		if at := states[i].LastSuccess; !at.IsZero() {
			x.LastSuccess, x.Message = &at, "the last message was taken"
		}
		if states[i].Error != "" {
			x.Message = states[i].Error
		}
		all = append(all, x)
	}
	return all, nil
}

// TestTarget implements graph.Alerts.
func (a alarms) TestTarget(ctx context.Context, name string) (*model.AlertTargetTest, error) {
	began := a.o.Now()
	err := a.notifier.Test(ctx, name)
	if fault.KindOf(err) == fault.NotFound {
		return nil, err
	}
	t := &model.AlertTargetTest{Ok: err == nil, Message: "the test message was taken", At: began}
	if err != nil {
		t.Message = err.Error()
		return t, nil
	}
	latency := a.o.Now().Sub(began).Seconds()
	t.LatencySeconds = &latency
	return t, nil
}
