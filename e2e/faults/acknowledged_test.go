//go:build faults

package faults

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// acknowledged is the harness' own ledger of what children promised.
type acknowledged struct {
	samples    slo.Minute // all up to here
	settled    map[int]slo.Minute
	backfilled map[int]slo.Minute
	count      int
}

func newAcknowledged() acknowledged {
	return acknowledged{settled: map[int]slo.Minute{}, backfilled: map[int]slo.Minute{}}
}

// clone returns a copy, for a moment in time.
func (a acknowledged) clone() acknowledged {
	a.settled, a.backfilled = maps.Clone(a.settled), maps.Clone(a.backfilled)
	return a
}

// note takes one acknowledgement in.
func (a *acknowledged) note(kind string, job int, m slo.Minute) {
	a.count++
	switch kind {
	case "samples":
		a.samples = m
	case "settled":
		a.settled[job] = m
	case "backfilled":
		a.backfilled[job] = m
	}
}

// verdict is what a look at a data directory found.
type verdict struct {
	slots, samples int // that were compared
	wrong          []string
}

func (v *verdict) lost(format string, args ...any) {
	if len(v.wrong) < 8 {
		v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
	}
}

// inspect opens a data directory as the program does and compares it with what
// was acknowledged.
func (a acknowledged) inspect(ctx context.Context, dir string) (v verdict) {
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		v.lost("the database cannot be opened: %v", err)
		return v
	}
	defer func() { _ = s.Close() }()
	l, err := ledger.Open(ctx, s, ledger.Options{Now: firstLive.Start})
	if err != nil {
		v.lost("the ledger cannot be opened: %v", err)
		return v
	}
	for _, p := range l.Problems() {
		v.lost("damage: %s", p.Text)
	}
	for _, j := range slices.Sorted(maps.Keys(a.settled)) {
		a.inspectJob(ctx, l, j, &v)
	}
	a.inspectSamples(ctx, filepath.Join(dir, "tsdb"), l, &v)
	return v
}

// inspectJob compares every slot of a job with what happened.
func (a acknowledged) inspectJob(ctx context.Context, l *ledger.Ledger, job int, v *verdict) {
	ind := indicatorsOf()[job].Key()
	c, _ := l.Cursor(ind)
	if c.Settled < a.settled[job] {
		v.lost("job %d: settled up to minute %d, acknowledged up to %d", job, c.Settled, a.settled[job])
	}
	if b, ok := a.backfilled[job]; ok && c.Backfilled > b {
		v.lost("job %d: backfilled down to minute %d, acknowledged down to %d", job, c.Backfilled, b)
	}
	span := slo.Span{From: max(c.Backfilled, firstPast+2), To: min(c.Settled, max(a.samples, a.settled[job]))}
	key := slo.StreamKey{Indicator: ind}
	slots, err := l.Slots(ctx, key, span)
	if err != nil {
		v.lost("job %d: %v", job, err)
		return
	}
	var want slo.Tally
	for i, got := range slots {
		m := span.From + slo.Minute(i)
		if m == c.Settled && late(job, m) { // and not collected again yet
			want.Add(got)
			continue
		}
		if got != slotOf(job, m) {
			v.lost("job %d, minute %d: %+v, counted %+v", job, m, got, slotOf(job, m))
		}
		want.Add(slotOf(job, m))
	}
	if got, err := l.Tally(ctx, key, span); err != nil || got.Total != want.Total || got.Good != want.Good {
		v.lost("job %d: total %v of %v, counted %v of %v (%v)", job, got.Good, got.Total, want.Good, want.Total, err)
	}
	v.slots += len(slots)
}

// inspectSamples looks whether all samples are there that were acknowledged,
// and lets a collector go on: what it reads again must not make slots worse.
func (a acknowledged) inspectSamples(ctx context.Context, dir string, l *ledger.Ledger, v *verdict) {
	db, err := tsdb.Open(tsdb.Options{Dir: dir})
	if err != nil {
		v.lost("the store of samples cannot be opened: %v", err)
		return
	}
	defer func() { _ = db.Close() }()
	for j := range jobs {
		a.inspectSeries(ctx, db, j, v)
	}
	tip := max(a.samples, firstLive)
	for _, m := range a.settled {
		tip = max(tip, m)
	}
	now := tip.End().Add(collector.DefaultDelay + time.Second)
	registry, source := &slo.Registry{}, &prometheus.Source{Sampler: db}
	var slos []*slo.SLO
	for j := range a.settled {
		ind := indicatorsOf()[j]
		slos = append(slos, &slo.SLO{Name: string(ind.Key()), Objectives: []slo.Objective{{Indicator: ind}}})
	}
	registry.Replace(slos, nil)
	collector.New(collector.Options{
		Registry: registry, Ledger: l, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
		Source: func(string) slo.Source { return source },
	}).Cycle(ctx)
	for j, m := range a.settled {
		key := slo.StreamKey{Indicator: indicatorsOf()[j].Key()}
		slots, err := l.Slots(ctx, key, slo.Span{From: m - 3, To: m})
		if err != nil {
			v.lost("job %d: %v", j, err)
			continue
		}
		for i, got := range slots {
			if at := m - 3 + slo.Minute(i); at >= firstLive && got != slotOf(j, at) && (at != tip || !late(j, at)) {
				v.lost("job %d, minute %d, after collecting on: %+v, counted %+v", j, at, got, slotOf(j, at))
			}
		}
	}
}

// inspectSeries compares the samples of one counter since the past.
func (a acknowledged) inspectSeries(ctx context.Context, db *tsdb.DB, job int, v *verdict) {
	matchers := []*labels.Matcher{
		labels.MustNewMatcher(labels.MatchEqual, "__name__", "requests_total"),
		labels.MustNewMatcher(labels.MatchEqual, "job", fmt.Sprintf("j%d", job)),
	}
	want := int(2 * max(0, a.samples-firstLive+1))
	if a.samples >= firstLive && late(job, a.samples) {
		want--
	}
	n := 0
	from, to := firstLive.Start().UnixMilli(), int64(math.MaxInt64/2)
	err := db.Select(ctx, matchers, from, to, func(s sample.Series) error {
		n += checkSamples(s, job, v)
		return nil
	})
	if err != nil || n < want {
		v.lost("job %d: %d samples, acknowledged %d (%v)", job, n, want, err)
	}
	v.samples += n
}

// checkSamples compares each sample with the formula and returns how many there
// are.
func checkSamples(s sample.Series, job int, v *verdict) (n int) {
	for b := new(sample.Batch); s.Next(b); n += b.Len() {
		for i, t := range b.T {
			m := slo.MinuteOfMilli(t)
			_, total := countersOf()[job].at(m)
			if t != m.End().UnixMilli() {
				_, during := events(job, m)
				total -= during / 2
			}
			if b.V[i] != total {
				v.lost("job %d: sample %g at %d, counted %g", job, b.V[i], t, total)
			}
		}
	}
	return n
}
