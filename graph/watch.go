package graph

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/slo"
)

// follower sends an SLO after its figures or its definition changed: the first
// time at once, then at most once per Coalesce. What somebody decided is paced by
// what somebody decided alone, because he looks for it on the screen: it does not
// wait after a minute that was measured. While nobody takes what it has to send,
// changes add up to at most one per SLO.
type follower struct {
	resolver *resolver
	wanted   func(name string) bool
	decided  bool // sends only what was decided
	out      chan *model.SloChange

	seen map[string]*slo.SLO // the definitions that the client knows
	due  map[string]pending  // what is to be sent
	sent map[string]sending  // when it was sent last
}

// pending is what is to be sent about an SLO, from when on.
type pending struct {
	at      time.Time
	decided bool
}

// sending is when something was sent about an SLO last: anything, and what was
// decided.
type sending struct{ any, decided time.Time }

// follow starts a follower that ends with ctx. It watches from now on.
func (r *resolver) follow(ctx context.Context, wanted func(name string) bool, decided bool) <-chan *model.SloChange {
	f := &follower{
		resolver: r, wanted: wanted, decided: decided, out: make(chan *model.SloChange),
		seen: make(map[string]*slo.SLO), due: make(map[string]pending), sent: make(map[string]sending),
	}
	figures, take, stopFigures := r.Changes.Watch()
	specs, stopSpecs := r.SLOs.Watch()
	f.remember()
	go func() {
		defer close(f.out)
		defer stopFigures()
		defer stopSpecs()
		f.run(ctx, figures, take, specs)
	}()
	return f.out
}

// run waits for what comes first: a change, the end, or somebody who takes what
// is due.
func (f *follower) run(ctx context.Context, figures <-chan struct{}, take func() News, specs <-chan struct{}) {
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		now := f.resolver.Now()
		next, wait := f.next(now)
		var out chan<- *model.SloChange
		if next != nil {
			out = f.out
		} else {
			alarm.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-figures:
			f.figuresChanged(take())
		case <-specs:
			f.specsChanged()
		case out <- next:
			f.wasSent(next)
		case <-alarm.C:
		}
	}
}

// next returns what is due at now, or how long nothing is.
func (f *follower) next(now time.Time) (next *model.SloChange, wait time.Duration) {
	var name string
	for n, p := range f.due {
		if at := f.due[name].at; name == "" || p.at.Before(at) || p.at.Equal(at) && n < name {
			name = n
		}
	}
	if name == "" {
		return nil, time.Hour
	}
	due := f.due[name]
	if wait = due.at.Sub(now); wait > 0 {
		return nil, wait
	}
	s := f.resolver.SLOs.ByName(name)
	if s == nil { // it was removed meanwhile
		delete(f.due, name)
		return f.next(now)
	}
	return &model.SloChange{Slo: s, At: now, Decided: due.decided}, 0
}

// wasSent notes that somebody took c.
func (f *follower) wasSent(c *model.SloChange) {
	delete(f.due, c.Slo.Name)
	last := f.sent[c.Slo.Name]
	last.any = c.At
	if c.Decided {
		last.decided = c.At
	}
	f.sent[c.Slo.Name] = last
}

// mark makes an SLO due as soon as it may be sent again.
func (f *follower) mark(name string, decided bool) {
	if !f.wanted(name) || f.decided && !decided {
		return
	}
	last, p := f.sent[name], pending{decided: decided}
	p.at = last.any.Add(f.resolver.limits.Coalesce)
	if decided {
		p.at = last.decided.Add(f.resolver.limits.Coalesce)
	}
	if known, ok := f.due[name]; ok {
		p.decided = p.decided || known.decided
		if known.at.Before(p.at) {
			p.at = known.at
		}
	}
	f.due[name] = p
}

// figuresChanged marks every SLO that one of the indicators stands behind.
func (f *follower) figuresChanged(news News) {
	f.markMeasuring(news.Measured, false)
	f.markMeasuring(news.Decided, true)
}

func (f *follower) markMeasuring(keys []slo.IndicatorKey, decided bool) {
	if len(keys) == 0 {
		return
	}
	changed := make(map[slo.IndicatorKey]bool, len(keys))
	for _, k := range keys {
		changed[k] = true
	}
	for _, s := range f.resolver.SLOs.All() {
		for i := range s.Objectives {
			for _, o := range s.Objectives[i].Measured() {
				if changed[o.Indicator.Key()] {
					f.mark(s.Name, decided)
				}
			}
		}
	}
}

// specsChanged marks every SLO whose definition is another one than before.
func (f *follower) specsChanged() {
	for _, s := range f.resolver.SLOs.All() {
		if f.seen[s.Name] != s {
			f.mark(s.Name, true)
		}
	}
	f.remember()
}

// remember notes the definitions in force and forgets what was removed.
func (f *follower) remember() {
	clear(f.seen)
	for _, s := range f.resolver.SLOs.All() {
		f.seen[s.Name] = s
	}
	for name := range f.sent {
		if f.seen[name] == nil {
			delete(f.sent, name)
		}
	}
}

// followHealth sends the health at once and then after each change, at most
// once per Coalesce, until ctx ends.
func (r *resolver) followHealth(ctx context.Context) <-chan *model.Health {
	out := make(chan *model.Health)
	changed, stop := r.Options.Health.Watch()
	go func() {
		defer close(out)
		defer stop()
		pause := time.NewTimer(0)
		defer pause.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-pause.C:
			}
			health := r.Options.Health.Health(ctx)
			select {
			case <-ctx.Done():
				return
			case out <- &health:
			}
			pause.Reset(r.limits.Coalesce)
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
		}
	}()
	return out
}
