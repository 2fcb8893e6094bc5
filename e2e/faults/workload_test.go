//go:build faults

package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// The words between a child and the harness, one line each:
//
//	begin PHASE          the child starts on it
//	ack KIND JOB MINUTE  this is there for ever: samples, settled or backfilled slots
//	refuse PHASE ERROR   nothing was acknowledged
//	read TOTAL           reading works
const (
	phaseMigration = "migration"
	phaseIngest    = "ingest"
	phaseCollect   = "collection"
	phaseSeal      = "sealing"
	phaseBackfill  = "backfill"
)

// The environment of a child.
const (
	envChild = "FAULTS_CHILD" // data directory
	envClock = "FAULTS_CLOCK" // seed of jumps of the clock, "" for none
	envStep  = "FAULTS_STEP"  // wait for a line on the standard input after each acknowledgement and read
)

// sealEvery minutes days are sealed, today's too, to have late writes.
const sealEvery = 4

// workload is a Hindcast without its page: it scrapes, collects, reads history
// and seals like the program, on a clock that runs a thousand times as fast.
type workload struct {
	dir       string
	now       time.Time
	store     *store.Store
	ledger    *ledger.Ledger
	tsdb      *tsdb.DB
	registry  *slo.Registry
	collector *collector.Collector
	answers   *bufio.Scanner
	step      bool
	pending   []tsdb.Point // refused so far; sent again, as agents do
}

// child runs a workload until it is killed.
func child(dir string) int {
	w := &workload{dir: dir, registry: &slo.Registry{}, step: os.Getenv(envStep) != "", answers: bufio.NewScanner(os.Stdin)}
	if err := w.run(context.Background()); err != nil {
		fmt.Println("refuse start", oneLine(err))
		return 1
	}
	return 0
}

func oneLine(err error) string { return fmt.Sprintf("%q", err.Error()) }

func (w *workload) run(ctx context.Context) error {
	if err := w.open(ctx); err != nil {
		return err
	}
	next, err := w.resume(ctx)
	if err != nil {
		return err
	}
	for ; next < lastMinute; next++ {
		w.minute(ctx, next)
	}
	return nil
}

// open puts together what internal/server puts together.
func (w *workload) open(ctx context.Context) (err error) {
	w.begin(phaseMigration)
	if w.store, err = store.Open(ctx, store.Options{Dir: w.dir}); err != nil {
		return err
	}
	clock := func() time.Time { return w.now }
	if w.ledger, err = ledger.Open(ctx, w.store, ledger.Options{Now: clock}); err != nil {
		return err
	}
	if err := writePast(w.samples()); err != nil {
		return err
	}
	if w.tsdb, err = tsdb.Open(tsdb.Options{Dir: w.samples(), Now: clock}); err != nil {
		return err
	}
	source := &prometheus.Source{Sampler: w.tsdb}
	w.collector = collector.New(collector.Options{
		Registry: w.registry, Ledger: w.ledger, Now: clock, Barrier: func(ctx context.Context, _ string) error { return w.tsdb.Sync(ctx) }, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Source: func(string) slo.Source { return source },
	})
	return nil
}

func (w *workload) samples() string { return filepath.Join(w.dir, "tsdb") }

// writePast writes the history of all jobs, unless it is there.
func writePast(dir string) error {
	if empty, err := tsdb.Empty(dir); err != nil || !empty {
		return err
	}
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	if err != nil {
		return err
	}
	refs := map[string]tsdb.Ref{}
	for m := firstPast; m < firstLive; m++ {
		for _, p := range pointsOf(m) {
			key := p.Labels.String()
			if _, ok := refs[key]; !ok {
				refs[key] = h.Series(p.Labels)
			}
			if err := h.Append(refs[key], p.T, p.V); err != nil {
				return errors.Join(err, h.Abort())
			}
		}
	}
	_, err = h.Close()
	return err
}

// pointsOf returns two samples a minute of both counters of each job, in the
// order of time.
func pointsOf(m slo.Minute) (points []tsdb.Point) {
	for _, half := range []float64{0.5, 0} { // of the minute is still to come
		for j, c := range countersOf() {
			b, n := events(j, m)
			bad, total := c.at(m)
			at := m.End().UnixMilli() - int64(half*60_000)
			for name, v := range map[string]float64{"errors_total": bad - half*b, "requests_total": total - half*n} {
				points = append(points, tsdb.Point{Labels: labels.FromStrings("__name__", name, "job", fmt.Sprintf("j%d", j)), T: at, V: v})
			}
		}
	}
	return points
}

// scraped returns what arrives at the end of a minute, and delayed what arrives
// some time later.
func scraped(m slo.Minute) (points, delayed []tsdb.Point) {
	for _, p := range pointsOf(m) {
		if p.Labels.Get("job") == "j0" && late(0, m) && p.T == m.End().UnixMilli() {
			delayed = append(delayed, p)
		} else {
			points = append(points, p)
		}
	}
	return points, delayed
}

// resume returns the first minute that has no samples yet.
func (w *workload) resume(ctx context.Context) (slo.Minute, error) {
	newest, ok, err := newestSample(ctx, w.tsdb)
	if err != nil || !ok {
		return firstLive, err
	}
	return max(firstLive, slo.MinuteOfMilli(newest)+1), nil
}

func newestSample(ctx context.Context, db *tsdb.DB) (ms int64, ok bool, err error) {
	_, newest, ok, err := db.Bounds(ctx, []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "__name__", "requests_total")})
	return newest, ok, err
}

// minute lives through one minute.
func (w *workload) minute(ctx context.Context, m slo.Minute) {
	w.now = m.Start().Add(lateBy + skew(m))
	_, delayed := scraped(m - 1)
	w.pending = append(w.pending, delayed...)
	w.deliver(ctx, false)
	w.now = m.End().Add(collector.DefaultDelay + time.Second + skew(m))
	w.ingest(ctx, m)
	w.collect(ctx, m)
	w.backfill(ctx, m)
	if m%sealEvery == 0 {
		w.begin(phaseSeal)
		if _, err := w.ledger.Seal(ctx, m.Day()+1); err != nil {
			w.refuse(phaseSeal, err)
		}
	}
	tally, err := w.ledger.Tally(ctx, slo.StreamKey{Indicator: indicatorsOf()[0].Key()}, slo.Span{From: firstLive, To: m})
	if err != nil {
		w.refuse("read", err)
		return
	}
	w.say("read %g", tally.Total)
	w.wait()
}

// lateBy is when late samples arrive: after their minute was counted, and too
// early for the store to call them late.
const lateBy = 40 * time.Second

// ingest stores the samples of a minute: mostly as remote write does, which
// promises to keep them, now and then as scraping does, which promises nothing
// before they are counted.
func (w *workload) ingest(ctx context.Context, m slo.Minute) {
	w.begin(phaseIngest)
	points, _ := scraped(m)
	w.pending = append(w.pending, points...)
	promise := m%3 != 0
	if w.deliver(ctx, promise) && promise {
		w.ack("samples", 0, m)
	}
}

// deliver stores what waits. What is refused is sent again, as agents do.
func (w *workload) deliver(ctx context.Context, promise bool) bool {
	var err error
	if len(w.pending) > 0 {
		err = w.tsdb.Append(ctx, w.pending...)
	}
	if err == nil {
		w.pending = nil
		if promise {
			err = w.tsdb.Sync(ctx)
		}
	}
	if err != nil {
		w.refuse(phaseIngest, err)
	}
	return err == nil
}

// collect runs a cycle over the objectives in force. What it committed is what
// the cursors say.
func (w *workload) collect(ctx context.Context, m slo.Minute) {
	all := indicatorsOf()[:inForce(m)]
	slos := make([]*slo.SLO, len(all))
	for i, ind := range all {
		slos[i] = &slo.SLO{Name: string(ind.Key()), Objectives: []slo.Objective{{Indicator: ind}}}
	}
	w.registry.Replace(slos, nil)
	w.begin(phaseCollect)
	w.collector.Cycle(ctx)
	for j, ind := range all {
		if problem := w.problem(ind, m); problem != nil {
			w.refuse(phaseCollect, problem)
			return
		}
		w.ack("settled", j, m)
	}
}

// problem returns why a cycle did not commit the minute of an indicator.
func (w *workload) problem(ind slo.Indicator, m slo.Minute) error {
	if last, ok := w.ledger.Settled(ind.Key()); ok && last >= m {
		return nil
	}
	for _, h := range w.collector.Health() {
		if h.Error != "" {
			return errors.New(h.Error)
		}
	}
	return fmt.Errorf("minute %d was not collected", m)
}

// backfill reads a piece of the past of the first indicator that lacks some.
func (w *workload) backfill(ctx context.Context, m slo.Minute) {
	for j, ind := range indicatorsOf()[:inForce(m)] {
		if c, ok := w.ledger.Cursor(ind.Key()); !ok || c.Done {
			continue
		}
		w.begin(phaseBackfill)
		if !w.collector.Backfill(ctx, ind) {
			p, _ := w.collector.Progress(ind.Key())
			w.refuse(phaseBackfill, errors.New(p.Error))
			return
		}
		c, _ := w.ledger.Cursor(ind.Key())
		w.ack("backfilled", j, c.Backfilled)
		return
	}
}

func (w *workload) begin(phase string)             { fmt.Println("begin", phase) }
func (w *workload) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (w *workload) refuse(phase string, err error) { fmt.Println("refuse", phase, oneLine(err)) }

// ack says what is there for ever, and lets the harness note when.
func (w *workload) ack(kind string, job int, m slo.Minute) {
	fmt.Println("ack", kind, job, int64(m))
	w.wait()
}

// wait lets the harness keep up, if it wants to.
func (w *workload) wait() {
	if w.step {
		w.answers.Scan()
	}
}
