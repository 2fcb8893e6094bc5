package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// past is the demonstration's past: its samples, its incidents, its documents.
type past struct {
	db         *tsdb.DB
	happenings []demo.Happening
	slos       []*slo.SLO
	from, to   time.Time // (from, to] is looked at; samples begin a window earlier
	samples    uint64
}

// newPast writes the past of a fleet that starts at o.at into dir.
func newPast(ctx context.Context, dir string, o options) (*past, error) {
	fleet, err := demo.New(demo.Options{Seed: o.seed, Now: func() time.Time { return o.at }})
	if err != nil {
		return nil, err
	}
	p := &past{happenings: fleet.Happenings(), from: o.at.Add(-time.Duration(o.days) * 24 * time.Hour), to: o.at}
	samples := filepath.Join(dir, "samples")
	h, err := tsdb.NewHistory(samples, tsdb.HistoryOptions{})
	if err != nil {
		return nil, err
	}
	if err := fleet.WriteHistory(ctx, writer{h}, p.from.Add(-window), p.to, nil); err != nil {
		return nil, errors.Join(err, h.Abort())
	}
	done, err := h.Close()
	if err != nil {
		return nil, err
	}
	p.samples = done.Samples
	if p.slos, err = documents(dir); err != nil {
		return nil, err
	}
	p.db, err = tsdb.Open(tsdb.Options{Dir: samples})
	return p, err
}

// documents reads the demonstration's SLOs.
func documents(dir string) ([]*slo.SLO, error) {
	specs := filepath.Join(dir, "specs")
	if err := os.CopyFS(specs, demo.Specs()); err != nil {
		return nil, err
	}
	set, problems, _ := openslo.Read([]string{specs}, openslo.Builders{"Prometheus": prometheus.Builder{}})
	for _, p := range problems {
		return nil, fmt.Errorf("documents of the demonstration: %s", p)
	}
	return set.SLOs, nil
}

// slo returns a document.
func (p *past) slo(name string) (*slo.SLO, error) {
	i := slices.IndexFunc(p.slos, func(s *slo.SLO) bool { return s.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("the demonstration has no SLO %q", name)
	}
	return p.slos[i], nil
}

// paused reports whether there was no monitoring at all at an instant.
func (p *past) paused(t time.Time) bool {
	return slices.ContainsFunc(p.happenings, func(h demo.Happening) bool {
		return h.Kind == "gap" && t.After(h.From) && !t.After(h.To)
	})
}

// writer writes the fleet's samples. It gives them the label service, by which
// the peers' rules select.
type writer struct{ *tsdb.History }

// Series implements demo.HistoryWriter.
func (w writer) Series(lset labels.Labels) int {
	b := labels.NewBuilder(lset)
	b.Set("service", lset.Get("job"))
	return int(w.History.Series(b.Labels()))
}

// Append implements demo.HistoryWriter.
func (w writer) Append(series int, t int64, v float64) error {
	return w.History.Append(tsdb.Ref(series), t, v)
}

// AppendHistogram implements demo.HistoryWriter.
func (w writer) AppendHistogram(series int, t int64, h *histogram.Histogram) error {
	return w.History.AppendHistogram(tsdb.Ref(series), t, h)
}
