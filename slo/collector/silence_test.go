package collector

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// piecemeal is a source whose minutes were kept elsewhere while it was down, and
// come in order from then on; it does not tell which came late.
type piecemeal struct {
	*source
	until slo.Minute // the last minute that came
}

func (s *piecemeal) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	m, err := s.source.Measure(ctx, ind, span)
	for k := range m.Streams[0].Slots {
		if span.From+slo.Minute(k) > s.until {
			m.Streams[0].Slots[k] = slo.Slot{}
		}
	}
	return m, err
}

// newPiecemeal has collected until noon, and was asked at times since, when nothing
// or little of what happened was there.
func newPiecemeal(t *testing.T, down time.Duration) (*bench, *piecemeal) {
	b := newBench(t, 24*time.Hour)
	s := &piecemeal{source: b.source, until: slo.MinuteOf(noon)}
	b.c.o.Source = func(string) slo.Source { return s }
	b.c.Cycle(t.Context())
	for _, came := range []time.Duration{0, 0, down / 3, down / 2} {
		b.clock = b.clock.Add(down / 4)
		s.until = slo.MinuteOf(noon.Add(came))
		b.c.Cycle(t.Context())
	}
	s.until = slo.MinuteOf(b.clock.Add(time.Hour))
	for range 3 {
		b.clock = b.clock.Add(time.Minute)
		b.source.spans = nil
		b.c.Cycle(t.Context())
	}
	return b, s
}

func TestWhatWasKeptWhileTheSourceWasDownIsMeasuredWhenItComes(t *testing.T) {
	b, _ := newPiecemeal(t, 3*time.Hour)
	b.equalsSource(t, b.sinceNoon())
	now := slo.MinuteOf(b.clock)
	require.Equal(t, []slo.Span{{From: now - 3, To: now - 1}}, b.source.spans, "once is enough")
}

func TestASilenceOfDaysIsMeasuredAgain(t *testing.T) {
	b, _ := newPiecemeal(t, 96*time.Hour)
	b.equalsSource(t, b.sinceNoon())
}
