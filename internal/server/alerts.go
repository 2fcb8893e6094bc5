package server

import (
	"context"
	"slices"
	"strings"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/notify"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
)

// keepEpisodes is how long ended alerts are kept: as long as minutes are.
const keepEpisodes = defaultLedgerDays * 24 * time.Hour

// openAlerts makes what watches the alert policies and what tells of them.
func (s *Server) openAlerts(ctx context.Context) error {
	if err := s.openPager(ctx); err != nil {
		return err
	}
	targets, err := s.alertTargets()
	if err != nil {
		return err
	}
	told := client.NewCounterVec(client.CounterOpts{
		Name: "hindcast_alert_notifications_total", Help: "Requests to alert targets, by how they ended.",
	}, []string{"target", "outcome"})
	s.metrics.registry.MustRegister(told)
	s.notifier = notify.New(notify.Options{
		Targets: targets, Book: s.store, Now: s.o.Now, Link: s.link, Logger: s.o.Logger,
		Observe: func(target string, err error) {
			outcome := "taken"
			if err != nil {
				outcome = "failed"
			}
			told.WithLabelValues(target, outcome).Inc()
		},
	})
	s.alerts = alert.New(alert.Options{
		SLOs: s.slos.All, Judge: s.evaluator, Store: s.store, Now: s.o.Now, Logger: s.o.Logger, Changed: s.notifier.Wake,
	})
	return nil
}

// link returns the address of the page of an SLO, for alerts.
func (s *Server) link(name string) string {
	base := s.o.Config.Alerting.ExternalURL
	if base == "" {
		base = "http://" + s.Address()
	}
	return strings.TrimSuffix(base, "/") + "/slos/" + name
}

// lead does what one replica does for all while it holds the lease.
func (s *Server) lead(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.collector.Run(ctx) })
	g.Go(func() error { return s.alerts.Run(ctx, s.changedSLOs(ctx)) })
	g.Go(func() error { return s.notifier.Run(ctx) })
	g.Go(func() error {
		if err := s.store.DropEpisodes(ctx, s.o.Now().Add(-keepEpisodes)); err != nil && ctx.Err() == nil {
			s.o.Logger.WarnContext(ctx, "forget old alert episodes", "err", err)
		}
		return nil
	})
	return g.Wait()
}

// changedSLOs sends which SLOs have other figures than before: those of changed
// indicators, or all when the specifications changed.
func (s *Server) changedSLOs(ctx context.Context) <-chan func(*slo.SLO) bool {
	out := make(chan func(*slo.SLO) bool)
	figures, take, stopFigures := s.changes.Watch()
	specs, stopSpecs := s.slos.Watch()
	go func() {
		defer stopFigures()
		defer stopSpecs()
		for {
			var want func(*slo.SLO) bool
			select {
			case <-ctx.Done():
				return
			case <-specs:
			case <-figures:
				news := take()
				want = measuredBy(slices.Concat(news.Measured, news.Decided))
			}
			select {
			case <-ctx.Done():
				return
			case out <- want:
			}
		}
	}()
	return out
}

// measuredBy returns what matches the SLOs that one of the indicators stands
// behind.
func measuredBy(keys []slo.IndicatorKey) func(*slo.SLO) bool {
	changed := make(map[slo.IndicatorKey]bool, len(keys))
	for _, k := range keys {
		changed[k] = true
	}
	return func(s *slo.SLO) bool {
		for i := range s.Objectives {
			for _, o := range s.Objectives[i].Measured() {
				if changed[o.Indicator.Key()] {
					return true
				}
			}
		}
		return false
	}
}

// alertHealth tells how telling goes, and which targets policies name that there
// are none of.
func (s *Server) alertHealth() []model.Component {
	var all []model.Component
	known := map[string]bool{}
	for _, t := range s.notifier.States() {
		known[t.Name] = true
		switch {
		case t.Error != "":
			all = append(all, s.component("alert target "+t.Name, false, "%d messages wait after %d attempts: %s", t.Waiting, t.Failures, t.Error))
		case t.LastSuccess.IsZero():
			all = append(all, s.component("alert target "+t.Name, true, "nothing had to be sent yet"))
		default:
			all = append(all, s.component("alert target "+t.Name, true, "last message taken at %s", t.LastSuccess.Format(time.RFC3339)))
		}
	}
	if missing := s.missingTargets(known); len(missing) > 0 {
		all = append(all, s.component("alert targets", false,
			"policies name %s, which hindcast.yaml does not define below alerting.targets: their alerts are shown here and sent to nobody", strings.Join(missing, ", ")))
	}
	return all
}

// missingTargets lists the targets that policies name and nobody defined.
func (s *Server) missingTargets(known map[string]bool) []string {
	var missing []string
	for _, o := range s.slos.All() {
		for _, p := range o.AlertPolicies {
			for _, t := range p.Targets {
				if !known[t.Target] && !slices.Contains(missing, t.Target) {
					missing = append(missing, t.Target)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}
