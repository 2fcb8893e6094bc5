package prometheus

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
)

// receiver is a store that a sender writes to, with a collector over it.
type receiver struct {
	dir   string
	clock time.Time
	db    *tsdb.DB
	store *ledger.Memory
	book  *ledger.Ledger
	c     *collector.Collector
}

// restart opens everything again, as after a kill between two cycles.
func (r *receiver) restart(t *testing.T) {
	t.Helper()
	if r.db != nil {
		require.NoError(t, r.db.Close())
	}
	now := func() time.Time { return r.clock }
	var err error
	r.db, err = tsdb.Open(tsdb.Options{Dir: r.dir, OutOfOrderWindow: time.Hour, Now: now})
	require.NoError(t, err)
	r.book, err = ledger.Open(t.Context(), r.store, ledger.Options{Now: now})
	require.NoError(t, err)
	registry := &slo.Registry{}
	registry.Replace([]*slo.SLO{{Name: "s", Objectives: []slo.Objective{{Indicator: badOfTotal("pod")}}}}, nil)
	src := &Source{Sampler: r.db}
	r.c = collector.New(collector.Options{
		Registry: registry, Ledger: r.book, Now: now, Logger: slog.New(slog.DiscardHandler), Barrier: func(ctx context.Context, _ string) error { return r.db.Sync(ctx) },
		Source: func(string) slo.Source { return src },
	})
}

// deliver writes what a sender has of a minute: four samples of each counter.
func (r *receiver) deliver(t *testing.T, minute int) {
	t.Helper()
	var points []tsdb.Point
	for i := range 4 {
		n := 4*minute + i
		at := day0.Add(time.Duration(n) * 15 * time.Second).UnixMilli()
		for pod, rate := range map[string]int{"a": 7, "b": 11} {
			for code, v := range map[string]int{"200": n * rate, "500": n * rate / 5} {
				ls := labels.FromStrings(labels.MetricName, "requests_total", "pod", pod, "code", code)
				points = append(points, tsdb.Point{Labels: ls, T: at, V: float64(v)})
			}
		}
	}
	require.NoError(t, r.db.Append(t.Context(), points...))
}

// A sender that was cut off and delivers everything later leaves the ledger of
// one that never was.
func TestASenderThatWasDownLeavesTheSameLedger(t *testing.T) {
	const end, down, up = 90, 30, 50
	always := func(minute int) []int { return []int{minute} }
	tests := map[string]struct {
		arrives  func(minute int) []int // the minutes that are delivered in a minute
		restarts bool                   // after the late delivery, before a cycle saw it
	}{
		"in order, when it is back":                   {arrives: backAt(up, down, up, false)},
		"behind what came since":                      {arrives: backAt(up+7, down, up, false)},
		"newest first":                                {arrives: backAt(up+7, down, up, true)},
		"and the receiver is killed before it looked": {arrives: backAt(up+7, down, up, false), restarts: true},
	}
	run := func(t *testing.T, arrives func(int) []int, restarts bool) []slo.Slot {
		r := &receiver{dir: t.TempDir(), clock: day0, store: ledger.NewMemory()}
		r.restart(t)
		defer func() { require.NoError(t, r.db.Close()) }()
		for minute := range end {
			r.clock = day0.Add(time.Duration(minute+1) * time.Minute)
			minutes := arrives(minute)
			for _, m := range minutes {
				r.deliver(t, m)
			}
			if restarts && len(minutes) > 1 {
				r.restart(t)
			}
			r.clock = r.clock.Add(10 * time.Second)
			r.c.Cycle(t.Context())
		}
		span := slo.Span{From: minute(1), To: minute(end - 1)}
		var all []slo.Slot
		for _, pod := range []string{"a", "b"} {
			slots, err := r.book.Slots(t.Context(), slo.StreamKey{Indicator: badOfTotal("pod").Key(), Group: slo.GroupOf(map[string]string{"pod": pod})}, span)
			require.NoError(t, err)
			all = append(all, slots...)
		}
		return all
	}
	want := run(t, always, false)
	require.Equal(t, slo.Measured, want[40].State)
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) { require.Equal(t, want, run(t, tt.arrives, tt.restarts)) })
	}
}

// backAt delivers the minutes from down to up in the minute back, and all others
// in time.
func backAt(back, down, up int, newestFirst bool) func(int) []int {
	return func(minute int) []int {
		var now []int
		if minute == back {
			for m := down; m < up; m++ {
				now = append(now, m)
				if newestFirst {
					now[m-down] = up - 1 - (m - down)
				}
			}
		}
		if minute < down || minute >= up {
			now = append(now, minute)
		}
		return now
	}
}
