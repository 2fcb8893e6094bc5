package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/bench/instance"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// hindcast computes the budget of a row as the program does: the specification
// is read, the days of its window are measured into a ledger, and that is
// evaluated.
func hindcast(ctx context.Context, src slo.Source, r row, dir string) (slo.Budget, error) {
	objective, err := read(r, dir)
	if err != nil {
		return slo.Budget{}, err
	}
	now := func() time.Time { return r.To }
	book, err := ledger.Open(ctx, ledger.NewMemory(), ledger.Options{Now: now})
	if err != nil {
		return slo.Budget{}, err
	}
	if err := measure(ctx, src, book, objective, r.To); err != nil {
		return slo.Budget{}, err
	}
	e := slo.Evaluator{Meter: book, Now: now}
	return e.Budget(ctx, objective, &objective.Objectives[0], slo.Question{AsOf: r.To})
}

// source is how Hindcast reads the server: over HTTP, as any other.
func (s server) source() (slo.Source, error) {
	sampler, err := instance.Sampler(s.URL)
	return &prometheus.Source{Sampler: sampler}, err
}

// read reads the specification of a row.
func read(r row, dir string) (*slo.SLO, error) {
	path := filepath.Join(dir, r.service()+".yaml")
	if err := os.WriteFile(path, []byte(r.spec()), 0o600); err != nil {
		return nil, err
	}
	set, problems, _ := openslo.Read([]string{path}, openslo.Builders{"Prometheus": prometheus.Builder{}})
	var errs []error
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("specification of %s: %s", r.Name, p))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return set.SLOs[0], nil
}

// measure measures the window that ends at an instant, day by day, the newest
// first, as history is read.
func measure(ctx context.Context, src slo.Source, book *ledger.Ledger, s *slo.SLO, at time.Time) error {
	ind := s.Objectives[0].Indicator
	span := s.Window.Span(at)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for to := span.To; to >= span.From; to -= slo.MinutesPerDay {
		piece := slo.Span{From: max(span.From, to-slo.MinutesPerDay+1), To: to}
		g.Go(func() error {
			m, err := src.Measure(ctx, ind, piece)
			if err != nil {
				return err
			}
			cursor := ledger.Cursor{Indicator: ind.Key(), Settled: slo.MinuteOf(at), Done: true}
			return book.Write(ctx, ledger.Write{Indicator: ind.Key(), Measurement: m, Reason: "bench", Cursor: &cursor})
		})
	}
	return g.Wait()
}
