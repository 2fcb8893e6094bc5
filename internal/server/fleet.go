package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/notify"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// demoHistory is how much past the demo begins with: a 30-day window and the
// days around it.
const demoHistory = 35 * 24 * time.Hour

// openDemo makes the simulated fleet, and at the first start its past.
func (s *Server) openDemo(ctx context.Context) (err error) {
	if !s.o.Demo {
		return nil
	}
	s.fleet, err = demo.New(demo.Options{Now: s.o.Now, Logger: s.o.Logger, Self: s.Address()})
	if err != nil {
		return err
	}
	if empty, err := tsdb.Empty(s.tsdbDir()); err != nil || !empty {
		return err
	}
	return s.writePast(ctx)
}

// demoShelfLife is how long a demo may have been switched off and still go on
// where it was. A longer pause is a hole that the visitor did not ask for.
const demoShelfLife = 6 * time.Hour

// renewDemo throws away the samples and the ledger of a demo that was switched
// off for long, so that it begins with a fresh past. Its specifications stay: a
// visitor may have edited them.
func (s *Server) renewDemo() error {
	segments, err := filepath.Glob(filepath.Join(s.tsdbDir(), "wal", "*"))
	if err != nil || len(segments) == 0 {
		return err
	}
	var newest time.Time
	for _, path := range segments {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if s.o.Now().Sub(newest) < demoShelfLife {
		return nil
	}
	s.o.Logger.Info("the demo was off for long and begins anew", "since", newest)
	database, err := filepath.Glob(filepath.Join(s.o.Data, store.FileName+"*"))
	for _, path := range append(database, s.tsdbDir()) {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// writePast writes the fleet's history into the store of samples, which is not
// open yet. What is half written when it fails is removed: the next start begins
// anew.
func (s *Server) writePast(ctx context.Context) error {
	h, err := tsdb.NewHistory(s.tsdbDir(), tsdb.HistoryOptions{})
	if err != nil {
		return err
	}
	now := s.o.Now()
	err = s.fleet.WriteHistory(ctx, pastWriter{h}, now.Add(-demoHistory), now, func(done, total int64) {
		if s.o.Progress != nil {
			s.o.Progress("write demo history", float64(done)/float64(total))
		}
	})
	if err != nil {
		return errors.Join(err, h.Abort())
	}
	_, err = h.Close()
	return err
}

// openPager begins to listen as the target that the demo's policies name, unless
// hindcast.yaml has another one of that name.
func (s *Server) openPager(ctx context.Context) error {
	targets := s.o.Config.Alerting.Targets
	if !s.o.Demo || slices.ContainsFunc(targets, func(t alertTarget) bool { return t.Name == demo.PagerName }) {
		return nil
	}
	p, err := demo.NewPager(ctx, s.o.Logger)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, p.Close)
	s.o.Config.Alerting.Targets = append(slices.Clip(targets), alertTarget{
		Definition: source.Definition{Name: demo.PagerName, Type: notify.Webhook, URL: p.URL},
	})
	return nil
}

// pastWriter lets the fleet write into a tsdb.History.
type pastWriter struct{ *tsdb.History }

// Series implements demo.HistoryWriter.
func (w pastWriter) Series(lset labels.Labels) int { return int(w.History.Series(lset)) }

// Append implements demo.HistoryWriter.
func (w pastWriter) Append(series int, t int64, v float64) error {
	return w.History.Append(tsdb.Ref(series), t, v)
}

// AppendHistogram implements demo.HistoryWriter.
func (w pastWriter) AppendHistogram(series int, t int64, h *histogram.Histogram) error {
	return w.History.AppendHistogram(tsdb.Ref(series), t, h)
}

// demoSpecs writes the specifications of the demo into a folder of the data
// directory, where a visitor can edit them and watch.
func (s *Server) demoSpecs() (string, error) {
	dir := filepath.Join(s.o.Data, "specs")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.CopyFS(dir, demo.Specs()); err != nil {
		return "", fault.Unavailablef("write demo specifications: %w", err)
	}
	return dir, nil
}
