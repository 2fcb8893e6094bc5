package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Judge says what a condition says; slo.Evaluator implements it.
type Judge interface {
	Judge(ctx context.Context, s *slo.SLO, o *slo.Objective, c slo.AlertCondition, q slo.Question) (slo.Judgement, error)
}

// Options are what an Engine needs.
type Options struct {
	SLOs  func() []*slo.SLO // in force
	Judge Judge
	Store Store
	Now   func() time.Time
	// Changed is called after episodes began or ended; nil for nobody.
	Changed func()
	Logger  *slog.Logger
}

// NoDataAfter is how long nobody can tell before a policy with alertWhenNoData
// says so: longer than a restart of a source.
const NoDataAfter = 10 * time.Minute

// maxBehind bounds how many minutes are judged one by one after a pause; what was
// before them is past.
const maxBehind = slo.Minute(60)

// Engine watches alert policies. Step is for one goroutine at a time; the others
// methods may be called by anybody.
type Engine struct {
	o Options

	mu      sync.Mutex
	loaded  bool
	watches map[Key]*watch
}

// watch is where one alarm stands.
type watch struct {
	alarm   slo.Alarm
	last    slo.Minute // judged
	episode *Episode   // that is open, nil if none is
	seen    bool       // in the pass that is under way
}

// New returns an engine; it does nothing before Step is called.
func New(o Options) *Engine { return &Engine{o: o, watches: make(map[Key]*watch)} }

// Forget makes the next Step begin with what is stored: after another replica may
// have worked.
func (e *Engine) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.loaded, e.watches = false, make(map[Key]*watch)
}

// Step judges the policies of the SLOs that want chooses, nil meaning all, up to
// what is settled, and keeps the episodes that began and ended. What could not be
// judged is logged and judged again by the next Step. The error is that of the
// store: nothing has changed then.
func (e *Engine) Step(ctx context.Context, want func(*slo.SLO) bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.load(ctx); err != nil {
		return err
	}
	p := pass{Engine: e, next: make(map[Key]*watch)}
	for _, w := range e.watches {
		w.seen = want != nil // only a pass over all can tell what is gone
	}
	for _, s := range e.o.SLOs() {
		if want == nil || want(s) {
			p.judge(ctx, s)
		}
	}
	p.drop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.keep(ctx)
}

// load reads the episodes that are open, once.
func (e *Engine) load(ctx context.Context) error {
	if e.loaded {
		return nil
	}
	all, err := e.o.Store.Episodes(ctx, e.o.Now())
	if err != nil {
		return err
	}
	for _, ep := range all {
		if ep.Open() {
			e.watches[ep.Key] = &watch{
				alarm: slo.Alarm{Phase: slo.Firing, Since: slo.MinuteOf(ep.FiredAt)}, last: slo.MinuteOf(ep.FiredAt), episode: &ep,
			}
		}
	}
	e.loaded = true
	return nil
}

// pass is one Step: what it found is put in place when it is kept.
type pass struct {
	*Engine
	next    map[Key]*watch
	changed []Episode
}

// judge steps the alarms of one SLO.
func (p *pass) judge(ctx context.Context, s *slo.SLO) {
	for i := range s.Objectives {
		o := &s.Objectives[i]
		for _, policy := range s.AlertPolicies {
			k := Key{SLO: s.Name, Objective: o.Name, Policy: policy.Name}
			if policy.WhenBreaching {
				p.step(ctx, k, s, o, policy)
			}
			if policy.WhenNoData {
				k.NoData = true
				p.step(ctx, k, s, o, policy)
			}
		}
	}
}

// step brings one alarm up to what is settled.
func (p *pass) step(ctx context.Context, k Key, s *slo.SLO, o *slo.Objective, policy slo.AlertPolicy) {
	before := p.watches[k]
	now, err := p.o.Judge.Judge(ctx, s, o, policy.Condition, slo.Question{})
	if err != nil {
		p.spare(k, before)
		if ctx.Err() == nil {
			p.o.Logger.WarnContext(ctx, "judge an alert policy", "slo", s.Name, "policy", policy.Name, "err", err)
		}
		return
	}
	w := watch{seen: true}
	if before != nil {
		w = *before
		w.seen = true
	}
	for m := p.first(k, before, policy, now.Minute); m <= now.Minute; m++ {
		j := now
		if m < now.Minute {
			if j, err = p.o.Judge.Judge(ctx, s, o, policy.Condition, slo.Question{AsOf: m.End()}); err != nil {
				p.spare(k, before)
				return
			}
		}
		was := w.alarm.Phase
		w.minute(k, policy, j)
		if before != nil { // else these minutes only tell what is pending
			p.note(k, &w, was, s, policy, j)
		}
	}
	switch {
	case before == nil && w.alarm.Frozen:
		w.alarm = slo.Alarm{Frozen: true}
	case before == nil:
		p.note(k, &w, slo.Inactive, s, policy, now)
	case before.last >= now.Minute: // what is settled may go back: minutes are read again
		p.again(k, &w, s, policy, now)
	}
	p.next[k] = &w
}

// spare keeps an alarm that could not be judged as it is.
func (p *pass) spare(k Key, before *watch) {
	if before != nil {
		w := *before
		w.seen = true
		p.next[k] = &w
	}
}

// first returns the first minute to judge: behind the last one, or, where nothing
// is known, as far back as what is pending can reach. Only missing data counts from
// the first look on: the history of a new indicator may not be read yet, and is not
// missing.
func (p *pass) first(k Key, before *watch, policy slo.AlertPolicy, last slo.Minute) slo.Minute {
	from := last - slo.Minute(max(policy.Condition.After, NoDataAfter)/time.Minute)
	switch {
	case before != nil:
		from = before.last + 1
	case k.NoData:
		from = last
	}
	return max(from, last-maxBehind)
}

// again judges the last minute anew: an exclusion, late data or another target
// may have changed what it says. It ends what no longer holds; nothing else.
func (p *pass) again(k Key, w *watch, s *slo.SLO, policy slo.AlertPolicy, j slo.Judgement) {
	w.alarm.Frozen = condition(k, &j) && j.Verdict == slo.Unknown
	if j.Verdict == slo.HoldsNot && w.episode != nil {
		was := w.alarm.Phase
		w.minute(k, policy, j)
		p.note(k, w, was, s, policy, j)
	}
}

// condition turns a judgement into that of the alarm: one about missing data
// holds while nobody can tell. It reports whether that can be unknown.
func condition(k Key, j *slo.Judgement) bool {
	if !k.NoData {
		return true
	}
	if j.Verdict == slo.Unknown {
		j.Verdict = slo.Holds
	} else {
		j.Verdict = slo.HoldsNot
	}
	return false
}

// minute steps an alarm by one minute.
func (w *watch) minute(k Key, policy slo.AlertPolicy, j slo.Judgement) {
	condition(k, &j)
	c := policy.Condition
	if k.NoData {
		c.After = max(c.After, NoDataAfter)
	}
	w.alarm, w.last = w.alarm.Step(c, j), max(w.last, j.Minute)
}

// note notes an episode that began or ended.
func (p *pass) note(k Key, w *watch, was slo.AlarmPhase, s *slo.SLO, policy slo.AlertPolicy, j slo.Judgement) {
	switch {
	case was != slo.Firing && w.alarm.Phase == slo.Firing:
		ep := begin(k, s, policy, j, j.Minute.End())
		w.episode = &ep
		p.changed = append(p.changed, ep)
	case was == slo.Firing && w.alarm.Phase != slo.Firing && w.episode != nil:
		p.end(w, j.Minute.End(), j.Reason)
	}
}

// end ends the episode of an alarm.
func (p *pass) end(w *watch, at time.Time, why string) {
	ep := *w.episode
	ep.ResolvedAt, ep.Reason = at, why
	if at.Before(ep.FiredAt) {
		ep.ResolvedAt = ep.FiredAt
	}
	w.episode = nil
	p.changed = append(p.changed, ep)
}

// drop ends what is no longer watched: its policy, its objective or its SLO is
// gone.
func (p *pass) drop() {
	for k, w := range p.watches {
		if _, judged := p.next[k]; judged {
			continue
		}
		if w.seen {
			p.next[k] = w
			continue
		}
		if w.episode != nil {
			p.end(&watch{episode: w.episode}, p.o.Now(), "the policy, or the objective, is no longer defined")
		}
	}
}

// keep makes what changed durable, and then puts the alarms in place.
func (p *pass) keep(ctx context.Context) error {
	if len(p.changed) > 0 {
		if err := p.o.Store.SaveEpisodes(ctx, latest(p.changed)); err != nil {
			return fmt.Errorf("keep %d alert episodes: %w", len(p.changed), err)
		}
	}
	p.watches = p.next
	p.Engine.watches = p.next
	if len(p.changed) > 0 && p.o.Changed != nil {
		p.o.Changed()
	}
	return nil
}

// latest returns each episode as it was last: one may begin and end in one pass.
func latest(changed []Episode) []Episode {
	byID := make(map[string]Episode, len(changed))
	for _, ep := range changed {
		byID[ep.ID()] = ep
	}
	all := make([]Episode, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		all = append(all, byID[id])
	}
	return all
}

// Standing is where an alarm stands that is not at rest.
type Standing struct {
	Key
	Alarm slo.Alarm
}

// Standings returns the alarms that are pending, firing or frozen.
func (e *Engine) Standings() []Standing {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Standing
	for k, w := range e.watches {
		if w.alarm.Phase != slo.Inactive || w.alarm.Frozen {
			all = append(all, Standing{k, w.alarm})
		}
	}
	return all
}

// Pace is how often everything is judged even if nothing changed: what is stale
// changes nothing.
const Pace = time.Minute

// Run steps until ctx ends: after each change of the SLOs that changed sends,
// and once a minute all. A store that fails is tried again.
func (e *Engine) Run(ctx context.Context, changed <-chan func(*slo.SLO) bool) error {
	e.Forget()
	tick := time.NewTicker(Pace)
	defer tick.Stop()
	var want func(*slo.SLO) bool
	for {
		if err := e.Step(ctx, want); err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			e.o.Logger.ErrorContext(ctx, "watch alert policies", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case want = <-changed:
		case <-tick.C:
			want = nil
		}
	}
}
