package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// TestDamageInTheFileStaysWhereItIs bends single values on disk, as a bad sector
// under a sound page would, and looks at what the ledger serves.
func TestDamageInTheFileStaysWhereItIs(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		lost  string // the day that is lost of stream a
	}{
		"a chunk":          {"UPDATE ledger_chunk SET payload = substr(payload, 2) WHERE stream = 1 AND day = 20000", "sealed"},
		"a chunk is gone":  {"DELETE FROM ledger_chunk WHERE stream = 1 AND day = 20000", "sealed"},
		"a day's totals":   {"UPDATE ledger_day SET total = total + 1 WHERE stream = 1 AND day = 20000", "sealed"},
		"a day's checksum": {"UPDATE ledger_day SET checksum = checksum - 1 WHERE stream = 1 AND day = 20000", "sealed"},
		"a journal row":    {"UPDATE ledger_journal SET payload = substr(payload, 1, length(payload) - 1) WHERE id = 3", "open"},
		"a row's header":   {"UPDATE ledger_journal SET payload = x'01' || substr(payload, 3) WHERE id = 3", "open"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir)
			change(t, dir, c.query)
			s := directory(dir).Open(t)
			defer func() { require.NoError(t, s.Close()) }()
			l := openLedger(t, s)
			got := map[string]int{}
			for _, ind := range []slo.IndicatorKey{"a", "b"} {
				for d, day := range []string{"sealed", "open"} {
					from := slo.Minute(20_000+d) * slo.MinutesPerDay
					tally, err := l.Tally(t.Context(), slo.StreamKey{Indicator: ind}, slo.Span{From: from, To: from + 100})
					require.NoError(t, err)
					got[string(ind)+" "+day] = tally.Measured
				}
			}
			want := map[string]int{"a sealed": 50, "a open": 50, "b sealed": 50, "b open": 50}
			want["a "+c.lost] = 0
			require.Equal(t, want, got)
			require.NotEmpty(t, l.Problems())
		})
	}
}

func openLedger(t *testing.T, s ledger.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	return l
}

// fill writes a sealed and an open day of two indicators, a row each.
func fill(t *testing.T, dir string) {
	t.Helper()
	s := directory(dir).Open(t)
	l := openLedger(t, s)
	slots := make([]slo.Slot, 50)
	for i := range slots {
		slots[i] = slo.Slot{Good: float64(i * i), Total: float64(i * i), State: slo.Measured}
	}
	for d := range 2 {
		for _, ind := range []slo.IndicatorKey{"a", "b"} {
			from := slo.Minute(20_000+d) * slo.MinutesPerDay
			require.NoError(t, l.Write(t.Context(), ledger.Write{Indicator: ind, Measurement: slo.Measurement{
				Span: slo.Span{From: from, To: from + 49}, Streams: []slo.StreamSlots{{Slots: slots}},
			}}))
		}
		if d == 0 {
			_, err := l.Seal(t.Context(), 20_001)
			require.NoError(t, err)
		}
	}
	require.NoError(t, s.Close())
}
