package collector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// A source that says it has nothing cannot be told from a service that is gone,
// until it has something again.
func TestWhatASourceDeniedIsMeasuredWhenItTellsTheTruth(t *testing.T) {
	for title, away := range map[string]time.Duration{"for minutes": 20 * time.Minute, "for days": 50 * time.Hour, "for longer than is looked back at once": 9 * 24 * time.Hour} {
		t.Run(title, func(t *testing.T) {
			b := newBench(t, 3*time.Hour)
			b.c.Cycle(t.Context())
			b.source.denies = true
			for range 10 {
				b.clock = b.clock.Add(away / 10)
				b.c.Cycle(t.Context())
			}
			slots, err := b.ledger.Slots(t.Context(), slo.StreamKey{Indicator: "i"}, slo.SpanOf(noon, b.clock))
			require.NoError(t, err)
			for _, slot := range slots {
				require.Equal(t, slo.Gap, slot.State)
			}
			b.source.denies = false
			b.clock = b.clock.Add(time.Minute)
			b.c.Cycle(t.Context())
			b.equalsSource(t, slo.Span{From: b.source.oldest, To: slo.MinuteOf(b.clock) - 1})
		})
	}
}

// Where there is nothing, looking for it costs nothing.
func TestAServiceThatIsGoneIsAskedForOncePerCycle(t *testing.T) {
	b := newBench(t, 3*time.Hour)
	b.c.Cycle(t.Context())
	b.source.denies = true
	b.source.spans = nil
	for range 10 {
		b.clock = b.clock.Add(time.Minute)
		b.c.Cycle(t.Context())
	}
	require.Len(t, b.source.spans, 10)
}

func TestHistoryThatIsDeniedIsAskedForAgain(t *testing.T) {
	tests := map[string]struct {
		never bool
		says  string
	}{
		"a day is empty":         {false, "the source has nothing before 2026-03-10 00:00"},
		"there was nothing ever": {true, "the source says that it never had anything"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			b := newBench(t, 40*time.Hour)
			b.c.Cycle(t.Context())
			b.source.denies, b.source.never = true, tt.never
			require.False(t, b.c.Backfill(t.Context(), indicator("i")))
			p, _ := b.c.Progress("i")
			require.False(t, p.Done)
			require.Contains(t, p.Error, tt.says)
			asked := len(b.source.spans)
			require.False(t, b.c.Backfill(t.Context(), indicator("i")))
			require.Len(t, b.source.spans, asked, "it is left alone for a minute")

			b.source.denies, b.source.never = false, false
			b.clock = b.clock.Add(time.Minute)
			for b.c.Backfill(t.Context(), indicator("i")) {
			}
			p, _ = b.c.Progress("i")
			require.True(t, p.Done)
			require.Empty(t, p.Error)
			b.equalsSource(t, slo.Span{From: b.source.oldest, To: slo.MinuteOf(noon) - 1})
		})
	}
}

// A service may have begun at midnight, and its source may think that there was
// more.
func TestHistoryThatIsNotThereIsBelievedInTheEnd(t *testing.T) {
	b := newBench(t, 40*time.Hour)
	midnight := slo.MinuteOf(noon.Truncate(24 * time.Hour))
	b.source.hidden = slo.Span{From: b.source.oldest, To: midnight}
	b.c.Cycle(t.Context())
	began := b.clock
	for !b.c.Backfill(t.Context(), indicator("i")) {
		require.Less(t, b.clock.Sub(began), time.Hour)
		b.clock = b.clock.Add(10 * time.Second)
	}
	p, _ := b.c.Progress("i")
	require.True(t, p.Done)
	require.Equal(t, doubtFor, b.clock.Sub(began))
	require.LessOrEqual(t, len(b.source.spans), 1+2*int(doubtFor/doubtAgain+1))
}
