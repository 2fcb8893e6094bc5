package collector

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// laterSource is a source whose hidden minutes arrive late, and that says so.
type laterSource struct {
	*source
	told []time.Time // what Late answers, one call each; zero for nothing
}

func (s *laterSource) Late() (oldest time.Time, ok bool) {
	if len(s.told) == 0 {
		return time.Time{}, false
	}
	oldest, s.told = s.told[0], s.told[1:]
	return oldest, !oldest.IsZero()
}

// Measure hides that slots before the span have changed: only Late tells.
func (s *laterSource) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	m, err := s.source.Measure(ctx, ind, span)
	m.Reopen = span.From
	return m, err
}

// newLateBench has collected twenty minutes that are hidden, and then shows them.
func newLateBench(t *testing.T) (*bench, *laterSource) {
	b := newBench(t, time.Hour)
	later := &laterSource{source: b.source}
	b.c.o.Source = func(string) slo.Source { return later }
	b.c.Cycle(t.Context())
	b.source.hidden = slo.Span{From: slo.MinuteOf(noon), To: slo.MinuteOf(noon) + 20}
	for range 30 {
		b.clock = b.clock.Add(time.Minute)
		b.c.Cycle(t.Context())
	}
	b.source.shown = true
	b.clock = b.clock.Add(time.Minute)
	return b, later
}

func (b *bench) sinceNoon() slo.Span {
	return slo.Span{From: slo.MinuteOf(noon), To: slo.MinuteOf(b.clock) - 1}
}

func TestLateDataAreMeasuredAgain(t *testing.T) {
	b, later := newLateBench(t)
	later.told = []time.Time{noon}
	b.c.Cycle(t.Context())
	b.equalsSource(t, b.sinceNoon())

	b.source.spans = nil
	b.clock = b.clock.Add(time.Minute)
	b.c.Cycle(t.Context())
	require.Equal(t, []slo.Span{{From: slo.MinuteOf(b.clock) - 3, To: slo.MinuteOf(b.clock) - 1}}, b.source.spans, "once is enough")
}

func TestLateDataAreNotForgottenWhenACycleFails(t *testing.T) {
	failures := map[string]func(*bench, error){
		"the source cannot be read":   func(b *bench, err error) { b.source.err = err },
		"the samples are not on disk": func(b *bench, err error) { b.c.o.Barrier = func(context.Context, string) error { return err } },
	}
	for title, set := range failures {
		t.Run(title, func(t *testing.T) {
			b, later := newLateBench(t)
			later.told = []time.Time{noon}
			set(b, fault.Unavailablef("down"))
			b.c.Cycle(t.Context())
			set(b, nil)
			b.clock = b.clock.Add(time.Minute)
			b.c.Cycle(t.Context())
			b.equalsSource(t, b.sinceNoon())
		})
	}
}

func TestNothingIsCommittedBeforeItsSamplesAreOnDisk(t *testing.T) {
	b := newBench(t, 48*time.Hour)
	b.c.o.Barrier = func(context.Context, string) error { return errors.New("input/output error") }
	b.c.Cycle(t.Context())
	_, ok := b.ledger.Settled("i")
	require.False(t, ok)
	require.Equal(t, "input/output error", b.c.Health()[0].Error)

	calls := 0
	b.c.o.Barrier = func(context.Context, string) error {
		calls++
		require.NotEmpty(t, b.source.spans, "first measured, then forced")
		return nil
	}
	b.c.Cycle(t.Context())
	require.Equal(t, 1, calls)
	require.True(t, b.c.Backfill(t.Context(), indicator("i")))
	require.Equal(t, 2, calls)
	b.equalsSource(t, slo.Span{From: slo.MinuteOf(noon) - 100, To: slo.MinuteOf(noon) - 1})
}
