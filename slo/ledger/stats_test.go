package ledger

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

func TestStatsAndVersionFollowTheLedger(t *testing.T) {
	now := time.Date(2026, 3, 2, 0, 10, 0, 0, time.UTC)
	l, err := Open(t.Context(), NewMemory(), Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	require.Zero(t, l.Stats())
	before := l.Version()

	m := slo.MinuteOf(now) - 1
	write := Write{Indicator: "i", Reason: "live", Measurement: slo.Measurement{
		Span:    slo.Span{From: m - slo.MinutesPerDay, To: m},
		Streams: []slo.StreamSlots{{Slots: make([]slo.Slot, slo.MinutesPerDay+1)}},
	}}
	slots := write.Measurement.Streams[0].Slots
	slots[0], slots[len(slots)-1] = slo.Slot{Good: 1, Total: 2, State: slo.Measured}, slo.Slot{Good: 1, Total: 1, State: slo.Measured}
	require.NoError(t, l.Write(t.Context(), write))
	require.Equal(t, Stats{Streams: 1, OpenDays: 2, JournalRows: 1}, l.Stats())
	after := l.Version()
	require.Greater(t, after, before, "a figure changed")

	require.NoError(t, l.Write(t.Context(), write))
	require.Equal(t, after, l.Version(), "nothing was written again")
	_, err = l.Seal(t.Context(), m.Day())
	require.NoError(t, err)
	require.Equal(t, 1, l.Stats().OpenDays)
}
