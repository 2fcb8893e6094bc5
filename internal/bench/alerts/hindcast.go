package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// live is Hindcast as it ran in the past: its collector, its ledger and its
// alert engine, with a clock that is set to each minute in turn.
type live struct {
	past      *past
	clock     *clock
	registry  *slo.Registry
	policies  map[string][]slo.AlertPolicy
	collector *collector.Collector
	evaluator slo.Evaluator
	engine    *alert.Engine
	diary     diary
	forecasts []*forecasts
}

// newLive prepares it for the objectives of all watches: each over the window
// that the peers are given, with the policies of the workbook, which an objective
// without policies of its own has by default.
func newLive(ctx context.Context, p *past, all []watch) (*live, error) {
	l := &live{past: p, clock: &clock{}, registry: &slo.Registry{}}
	l.clock.set(p.from.Add(collector.DefaultDelay))
	book, err := ledger.Open(ctx, ledger.NewMemory(), ledger.Options{Now: l.clock.now})
	if err != nil {
		return nil, err
	}
	l.evaluator = slo.Evaluator{Meter: book, Now: l.clock.now}
	var slos []*slo.SLO
	for _, w := range all {
		own, err := p.slo(w.slo)
		if err != nil {
			return nil, err
		}
		s, err := l.watched(own)
		if err != nil {
			return nil, err
		}
		slos = append(slos, s)
		l.forecasts = append(l.forecasts, &forecasts{slo: own})
	}
	l.registry.Replace(slos, nil)
	source := &prometheus.Source{Sampler: known{p.db, l.clock}}
	quiet := slog.New(slog.DiscardHandler)
	l.collector = collector.New(collector.Options{
		Registry: l.registry, Ledger: book, Source: func(string) slo.Source { return source }, Now: l.clock.now, Logger: quiet,
	})
	l.diary.now = l.clock.now
	l.engine = alert.New(alert.Options{SLOs: l.registry.All, Judge: l.evaluator, Store: &l.diary, Now: l.clock.now, Logger: quiet})
	return l, nil
}

// watched returns an objective as the peers are given it. Its first policy also
// tells of missing data, which a policy does if it is asked to.
func (l *live) watched(own *slo.SLO) (*slo.SLO, error) {
	s := *own
	s.Objectives = own.Objectives[:1]
	var err error
	if s.Window, err = slo.Rolling(window); err != nil {
		return nil, err
	}
	if s.AlertPolicies, err = l.evaluator.WorkbookPolicies(&s, &s.Objectives[0]); err != nil {
		return nil, err
	}
	s.AlertPolicies[0].WhenNoData = true
	return &s, nil
}

// run lives through the past. Minutes without monitoring are not lived through:
// Hindcast was away, as its source was.
func (l *live) run(ctx context.Context) error {
	if err := l.readHistory(ctx); err != nil {
		return err
	}
	for t := l.past.from.Add(time.Minute); !t.After(l.past.to); t = t.Add(time.Minute) {
		if l.past.paused(t) {
			continue
		}
		l.clock.set(t.Add(collector.DefaultDelay))
		l.collector.Cycle(ctx)
		if err := l.engine.Step(ctx, nil); err != nil {
			return err
		}
		if err := l.foresee(ctx, t); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readHistory reads the window before the past that is looked at.
func (l *live) readHistory(ctx context.Context) error {
	l.collector.Cycle(ctx)
	for _, s := range l.registry.All() {
		for l.collector.Backfill(ctx, s.Objectives[0].Indicator) {
		}
		if problem, _ := l.collector.Trouble(s.Objectives[0].Indicator.Key()); problem != "" {
			return fmt.Errorf("history of %s: %s", s.Name, problem)
		}
	}
	return nil
}

// alarms returns when an objective's policies rang.
func (l *live) alarms(name string) []alarm {
	var all []alarm
	s := l.registry.ByName(name)
	for _, e := range l.diary.entries {
		if e.SLO != name {
			continue
		}
		i := slices.IndexFunc(s.AlertPolicies, func(p slo.AlertPolicy) bool { return p.Name == e.Policy })
		a := alarm{kind: e.Severity, reach: s.AlertPolicies[i].Condition.Short, from: e.told, to: e.over}
		if e.NoData {
			a.kind, a.reach = blind, 0
		}
		all = append(all, a)
	}
	return all
}

// diary keeps episodes, and when it learnt of them: what counts is when somebody
// is told, not the minute that an alarm is about.
type diary struct {
	now     func() time.Time
	entries []*entry
}

// entry is an episode, with the times of its two messages.
type entry struct {
	alert.Episode
	told, over time.Time // over is zero while it is open
}

// Episodes implements alert.Store.
func (*diary) Episodes(context.Context, time.Time) ([]alert.Episode, error) { return nil, nil }

// SaveEpisodes implements alert.Store.
func (d *diary) SaveEpisodes(_ context.Context, all []alert.Episode) error {
	for _, e := range all {
		i := slices.IndexFunc(d.entries, func(x *entry) bool { return x.ID() == e.ID() })
		if i < 0 {
			i = len(d.entries)
			d.entries = append(d.entries, &entry{told: d.now()})
		}
		d.entries[i].Episode = e
		if !e.Open() {
			d.entries[i].over = d.now()
		}
	}
	return nil
}
