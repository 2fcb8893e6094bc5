package ledger

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// FuzzCheckpoint reads parts whose checksums are right: what is inside may be
// anything, must not crash, and must not make figures that are no counts.
func FuzzCheckpoint(f *testing.F) {
	s := newStream(Stream{ID: 3, Key: slo.StreamKey{Indicator: "i", Group: "g"}})
	slots := make([]slo.Slot, slo.MinutesPerDay)
	slots[7] = slo.Slot{Good: 1, Total: 2, State: slo.Measured}
	s.days.set(19_999, leaf{good: 5, total: 9, chunk: 4, measured: 3, first: 2, last: 9})
	s.setOpen(20_000, packDay(slots))
	l := &Ledger{state: newState()}
	l.version, l.lastRow, l.journal = 9, 8, []journalRow{{id: 8, lastDay: 20_000}}
	l.cursors["i"] = Cursor{Indicator: "i", Settled: 5, Done: true}
	for _, part := range [][]byte{l.encodeHead(2), l.encodeStreams(1, []*stream{s})} {
		body := &reader{b: part[1 : len(part)-4]}
		f.Add(body.blobUpTo(maxCheckpointPart))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if h, err := decodeHead(sealPart(slices.Clone(raw), 0, 2), 2); err == nil {
			require.Positive(t, h.version)
		}
		streams, err := decodeStreams(sealPart(raw, 1, 9), 1, 9)
		if err != nil {
			return
		}
		for _, s := range streams {
			span, ok := s.days.extent()
			require.True(t, !ok || span.From.Day() >= firstDay && span.To.Day() <= lastDay)
		}
	})
}
