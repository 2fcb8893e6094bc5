package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// cycles is what the stage of live cycles measured.
type cycles struct {
	Collect, Status cost // of the slowest cycle, its parts
	Series          int
	RSS             int64
}

// cycleCount is how many minutes are collected; the slowest counts. The first
// lets caches fill as a running server's are.
const cycleCount = 6

// live is a server's inside with a clock of its own: the ledger with its
// history, an embedded store that is scraped, a collector between them.
type live struct {
	o        options
	now      time.Time
	db       *tsdb.DB
	ledger   *ledger.Ledger
	collect  *collector.Collector
	objects  []*slo.SLO
	services []counters
	series   [][4]labels.Labels
	today    [][]slo.Slot
}

// liveCycles measures cycles of all indicators: measure the new minute and the
// overlap from the embedded store, commit, evaluate every objective.
func liveCycles(ctx context.Context, o options) (r cycles, err error) {
	s, err := store.Open(ctx, store.Options{Dir: o.ledgerDir()})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v := &live{o: o, now: noon}
	if v.db, err = tsdb.Open(tsdb.Options{Dir: o.Dir + "/live"}); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, v.db.Close()) }()
	clock := func() time.Time { return v.now }
	if v.ledger, err = ledger.Open(ctx, s, ledger.Options{Now: clock}); err != nil {
		return r, err
	}
	if v.objects, err = objectives(o.SLOs, o.Window); err != nil {
		return r, err
	}
	registry := &slo.Registry{}
	registry.Replace(v.objects, nil)
	source := &prometheus.Source{Sampler: v.db}
	v.collect = collector.New(collector.Options{
		Registry: registry, Ledger: v.ledger, Now: clock,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Source: func(string) slo.Source { return source },
	})
	return v.run(ctx)
}

func (v *live) run(ctx context.Context) (r cycles, err error) {
	v.prepare()
	for m := lastMinute - 20; m <= lastMinute; m++ {
		if err := v.scrape(ctx, m); err != nil {
			return r, err
		}
	}
	r.Series = 4 * v.o.SLOs
	e := slo.Evaluator{Meter: v.ledger, Now: func() time.Time { return v.now }}
	for i := range cycleCount {
		m := lastMinute + slo.Minute(i) + 1
		if err := v.scrape(ctx, m); err != nil {
			return r, err
		}
		v.now = m.End().Add(collector.DefaultDelay)
		collect, err := measure(func() error { v.collect.Cycle(ctx); return nil })
		if err != nil {
			return r, err
		}
		var figures []pair
		status, err := measure(func() error { return statusOf(ctx, e, v.objects, &figures) })
		if err != nil {
			return r, err
		}
		if err := v.check(ctx, m); err != nil {
			return r, err
		}
		if i > 0 && collect.Wall+status.Wall > r.Collect.Wall+r.Status.Wall {
			r.Collect, r.Status = collect, status
		}
	}
	r.RSS, err = peakRSS()
	return r, err
}

// prepare makes the services and what happens to them today.
func (v *live) prepare() {
	for i := range v.o.SLOs {
		slots := make([]slo.Slot, slo.MinutesPerDay)
		newService(i).fill(today, slots)
		from := lastMinute - 20 - todayStart
		v.today = append(v.today, append([]slo.Slot(nil), slots[from:from+20+cycleCount+1]...))
		v.series = append(v.series, labelsOf(i))
	}
	v.services = make([]counters, v.o.SLOs)
}

// slot returns what service n does in minute m. Nothing is left out here: a
// minute that is not scraped would be told later, and not be compared.
func (v *live) slot(n int, m slo.Minute) slo.Slot {
	s := v.today[n][m-(lastMinute-20)]
	s.State = slo.Measured
	return s
}

// scrape appends the samples of a minute.
func (v *live) scrape(ctx context.Context, m slo.Minute) error {
	points := make([]tsdb.Point, 0, 4*v.o.SLOs)
	for half := range 2 {
		points = points[:0]
		for n := range v.services {
			v.services[n].scrape(v.slot(n, m), half)
			for i, lset := range v.series[n] {
				t := m.Start().UnixMilli() + int64(half+1)*scrapeStep - int64(n%20_000) // scrapes are spread
				points = append(points, tsdb.Point{Labels: lset, T: t, V: v.services[n].values[i]})
			}
		}
		if err := v.db.Append(ctx, points...); err != nil {
			return err
		}
	}
	return nil
}

// check wants a minute of every service in the ledger as it happened.
func (v *live) check(ctx context.Context, m slo.Minute) error {
	for n, s := range v.objects {
		key := slo.StreamKey{Indicator: s.Objectives[0].Indicator.Key()}
		slots, err := v.ledger.Slots(ctx, key, slo.Span{From: m, To: m})
		if err != nil {
			return err
		}
		if want := v.slot(n, m); slots[0] != want {
			return fmt.Errorf("%s: minute %s is %v in the ledger, %v happened", s.Name, m.Start(), slots[0], want)
		}
	}
	return nil
}
