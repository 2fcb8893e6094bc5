package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
)

var (
	_ graph.HealthSource = (*Server)(nil)
	_ graph.Backfills    = (*Server)(nil)
)

// Health implements graph.HealthSource. The server is ready when its own parts
// work; a source that is down is shown and does not make it unready, because
// that is when it is needed most.
func (s *Server) Health(ctx context.Context) graph.Health {
	h := graph.Health{
		Version: Version, StartedAt: s.started, Demo: s.o.Demo,
		Problems: s.problems(), Targets: s.targets(ctx),
	}
	h.Components, h.Ready = s.components()
	return h
}

// vital lists the components without which the server is not ready.
func (s *Server) vital() []model.Component {
	return []model.Component{s.storeHealth(), s.tsdbHealth()}
}

// components lists every component; ready says that all vital ones are well.
func (s *Server) components() (all []model.Component, ready bool) {
	all = s.vital()
	ready = allWell(all)
	all = append(all, s.replicaHealth(), s.specHealth())
	all = append(all, s.alertHealth()...)
	if s.replica.State().Collecting { // what a follower saw of the sources is over
		for _, source := range s.collector.Health() {
			all = append(all, s.sourceHealth(source))
		}
	}
	s.seen.note(all)
	return all, ready
}

// ready reports whether the server can do its work.
func (s *Server) ready() bool { return allWell(s.vital()) }

func allWell(all []model.Component) bool {
	return !slices.ContainsFunc(all, func(c model.Component) bool { return !c.Ok })
}

// component makes a component as of now.
func (s *Server) component(name string, ok bool, format string, args ...any) model.Component {
	return model.Component{Name: name, Ok: ok, Message: fmt.Sprintf(format, args...), CheckedAt: s.o.Now()}
}

// storeHealth says why nothing is kept, and counts what the ledger could not
// read.
func (s *Server) storeHealth() model.Component {
	if err := s.store.Trouble(); err != nil {
		return s.component("ledger", false, "nothing is written: %s", err)
	}
	if problems := s.ledger.Problems(); len(problems) > 0 {
		return s.component("ledger", false, "%d days or journal rows are damaged and count as gaps; first: %s", len(problems), problems[0].Text)
	}
	return s.component("ledger", true, "every slot is readable")
}

// tsdbHealth reports why the embedded store of samples accepts none, and what of
// it was lost.
func (s *Server) tsdbHealth() model.Component {
	if err := s.tsdb.Trouble(); err != nil {
		return s.component("metrics store", false, "%s", err)
	}
	if lost := s.setAside(); len(lost) > 0 {
		return s.component("metrics store", false, "%d blocks or logs are damaged and were set aside; first: %s", len(lost), lost[0])
	}
	message := []string{"open"}
	for _, d := range s.tsdb.Damage() {
		message = append(message, d.String())
	}
	return s.component("metrics store", true, "%s", strings.Join(message, "; "))
}

// setAside lists what the embedded store of samples lost. What was mended when it
// was opened is no part of it: every power cut may tear a log, which is no reason
// to stay unready until the next start.
func (s *Server) setAside() []tsdb.Damage {
	return slices.DeleteFunc(s.tsdb.Damage(), func(d tsdb.Damage) bool { return d.Mended })
}

// specHealth reports how the specifications were read.
func (s *Server) specHealth() model.Component {
	if n := len(s.problems()); n > 0 {
		return s.component("specifications", false, "%d errors; what the files defined before stays in force", n)
	}
	return s.component("specifications", true, "%d objectives of %d services", len(s.slos.All()), len(s.services.All()))
}

// sourceHealth reports the last collection cycle over a source.
func (s *Server) sourceHealth(h collector.Health) model.Component {
	c := s.component("source "+sourceLabel(h.Source), h.Failing == 0, "%d indicators, %d samples in the last cycle", h.Indicators, h.Samples)
	if h.Failing > 0 {
		c.Message = fmt.Sprintf("%d of %d indicators cannot be measured: %s", h.Failing, h.Indicators, h.Error)
	}
	c.CheckedAt = h.LastAttempt
	return c
}

// targets lists the scrape targets.
func (s *Server) targets(ctx context.Context) []model.Target {
	scraper := s.scraper.Load()
	if scraper == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, targetsTimeout)
	defer cancel()
	states, err := scraper.Targets(ctx)
	if err != nil {
		s.o.Logger.WarnContext(ctx, "list scrape targets", "err", err)
	}
	all := make([]model.Target, len(states))
	for i, t := range states {
		all[i] = targetOf(t)
	}
	return all
}

// targetOf returns the target as the API shows it.
func targetOf(t tsdb.TargetStatus) model.Target {
	out := model.Target{Job: t.Job, Instance: t.Instance, URL: t.URL, Up: t.Scraped && t.Up}
	if t.Scraped {
		seconds := t.LastDuration.Seconds()
		out.LastScrape, out.LastDurationSeconds, out.Samples = &t.LastScrape, &seconds, &t.Samples
	}
	if t.Err != "" {
		out.Error = &t.Err
	}
	return out
}

// healthPoll is how often watchers of the health are told to look again. Parts
// change their state by themselves, without an event.
const healthPoll = 5 * time.Second

// Watch implements graph.HealthSource.
func (s *Server) Watch() (changed <-chan struct{}, stop func()) {
	ticks, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		t := time.NewTicker(healthPoll)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
			}
			select {
			case ticks <- struct{}{}:
			default:
			}
		}
	}()
	return ticks, func() { close(done) }
}

// Backfill implements graph.Backfills.
func (s *Server) Backfill(ind slo.IndicatorKey) (graph.Progress, bool) {
	p, ok := s.collector.Progress(ind)
	if !ok {
		return graph.Progress{}, false
	}
	out := graph.Progress{
		Done: p.Done, DaysDone: p.DaysDone, DaysTotal: p.DaysTotal,
		Samples: float64(p.Samples), SamplesPerSecond: p.SamplesPerSecond,
	}
	if !p.Oldest.IsZero() {
		out.Oldest, out.Newest = &p.Oldest, &p.Newest
	}
	if p.Error != "" {
		out.Error = &p.Error
	}
	return out, true
}
