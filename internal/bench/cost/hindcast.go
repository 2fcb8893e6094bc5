package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hindcast/hindcast/internal/bench/instance"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// inside is Hindcast without the server around it: a database, a ledger, a
// collector that reads the real Prometheus over HTTP.
type inside struct {
	o         options
	objects   []*slo.SLO
	ledger    *ledger.Ledger
	collector *collector.Collector
}

// hindcast is the stage that a child process runs, so that its processor time is
// Hindcast's alone.
func hindcast(ctx context.Context, o options) (u usage, err error) {
	db, err := store.Open(ctx, store.Options{Dir: filepath.Join(o.dir, "hindcast")})
	if err != nil {
		return u, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v := inside{o: o}
	if v.ledger, err = ledger.Open(ctx, db, ledger.Options{Now: time.Now}); err != nil {
		return u, err
	}
	if v.objects, err = objectives(o); err != nil {
		return u, err
	}
	sampler, err := instance.Sampler(o.server)
	if err != nil {
		return u, err
	}
	source := &prometheus.Source{Sampler: sampler}
	registry := &slo.Registry{}
	registry.Replace(v.objects, nil)
	v.collector = collector.New(collector.Options{
		Registry: registry, Ledger: v.ledger, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Source: func(string) slo.Source { return source },
	})
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- v.collector.Run(running) }()
	u, err = v.measure(ctx)
	stop()
	if ended := <-done; ended != nil && !errors.Is(ended, context.Canceled) {
		err = errors.Join(err, ended)
	}
	return u, err
}

// measure waits until the history is read, and then measures.
func (v *inside) measure(ctx context.Context) (u usage, err error) {
	began := time.Now()
	for !v.caughtUp() {
		if err := wait(ctx, 250*time.Millisecond); err != nil {
			return u, err
		}
	}
	u = usage{Way: "Hindcast", First: time.Since(began), Backfill: ownCPU()}
	if err := wait(ctx, time.Minute); err != nil { // one cycle, as it always is
		return u, err
	}
	fmt.Fprintln(os.Stderr, measuring)
	before, at := ownCPU(), time.Now()
	bump := func(ctx context.Context) error { return get(ctx, "http://"+v.o.fleet+"/bump") }
	if u.Lags, err = lags(ctx, v.o.over, bump, v.remaining); err != nil {
		return u, err
	}
	u.Program, u.Over = ownCPU()-before, time.Since(at)
	return u, nil
}

// caughtUp reports whether the history of all objectives is read.
func (v *inside) caughtUp() bool {
	for _, o := range v.objects {
		if p, ok := v.collector.Progress(o.Objectives[0].Indicator.Key()); !ok || !p.Done {
			return false
		}
	}
	return true
}

// remaining is the remaining budget of service 0.
func (v *inside) remaining(ctx context.Context) (float64, error) {
	e := slo.Evaluator{Meter: v.ledger, Now: time.Now}
	b, err := e.Budget(ctx, v.objects[0], &v.objects[0].Objectives[0], slo.Question{})
	if err != nil || b.Remaining == nil {
		return math.NaN(), err
	}
	return *b.Remaining, nil
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail with these arguments
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// specification is an objective as a document: name, what is bad, what is all,
// and the target.
const specification = `apiVersion: openslo/v1
kind: SLO
metadata: {name: %s}
spec:
  service: %[1]s
  indicator:
    metadata: {name: %[1]s}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'sum(%s)'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'sum(%s)'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: %g}]
`

// objectives are the specifications of all services, in their order.
func objectives(o options) ([]*slo.SLO, error) {
	docs := make([]openslo.Documents, o.slos)
	for i := range docs {
		p := objective(i)
		text := fmt.Sprintf(specification, p.Name, p.Selector(p.Bad), p.Selector(p.Total), p.Target)
		var problems []slo.Problem
		docs[i], problems = openslo.Parse(openslo.File{Path: p.Name + ".yaml", Text: []byte(text)}, openslo.Builders{"Prometheus": prometheus.Builder{}})
		if len(problems) > 0 {
			return nil, fmt.Errorf("specifications: %s", problems[0])
		}
	}
	set, problems := openslo.Link(docs...)
	if len(problems) > 0 {
		return nil, fmt.Errorf("specifications: %s", problems[0])
	}
	for i, s := range set.SLOs { // they come sorted by name
		if s.Name == name(0) {
			set.SLOs[0], set.SLOs[i] = set.SLOs[i], set.SLOs[0]
		}
	}
	return set.SLOs, nil
}
