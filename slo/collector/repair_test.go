package collector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// holdings reads the sealed days and the rows of a store.
func holdings(t *testing.T, m *ledger.Memory) (days []ledger.Totals, rows []ledger.Row) {
	t.Helper()
	_, err := m.Changes(t.Context(), ledger.Position{}, ledger.Visitor{
		Stream: func(ledger.Stream) error { return nil }, Cursor: func(ledger.Cursor) error { return nil },
		Totals: func(v ledger.Totals) error { days = append(days, v); return nil },
		Row:    func(r ledger.Row) error { rows = append(rows, r); return nil },
	})
	require.NoError(t, err)
	return days, rows
}

// spoilDay breaks the chunk of the nth sealed day.
func spoilDay(t *testing.T, m *ledger.Memory, nth int) {
	t.Helper()
	days, _ := holdings(t, m)
	payload, _, err := m.ChunkPayload(t.Context(), days[nth].Stream, days[nth].Day)
	require.NoError(t, err)
	payload[len(payload)-1] ^= 1
	require.NoError(t, m.Seal(t.Context(), 0, []ledger.Chunk{{Totals: days[nth], Payload: payload}}, nil))
}

// spoilRow breaks the last row, at a distance from its end or its beginning.
func spoilRow(t *testing.T, m *ledger.Memory, at int) {
	t.Helper()
	_, rows := holdings(t, m)
	r := rows[len(rows)-1]
	r.Payload[(at+len(r.Payload))%len(r.Payload)] ^= 1
	require.NoError(t, m.Seal(t.Context(), 0, nil, []int64{r.ID}))
	require.NoError(t, m.Append(t.Context(), ledger.Commit{Rows: []ledger.Row{r}}))
}

// collectedBench has read its whole history of four days.
func collectedBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, 100*time.Hour)
	b.c.Cycle(t.Context())
	for b.c.Backfill(t.Context(), indicator("i")) {
	}
	b.c.seal(t.Context())
	b.clock = b.clock.Add(time.Minute)
	b.c.Cycle(t.Context())
	b.clock = b.clock.Add(time.Minute)
	b.c.Cycle(t.Context())
	return b
}

// repairAll verifies a store, repairs what was found, and verifies it again.
func repairAll(t *testing.T, b *bench, inds ...slo.Indicator) (outcomes []Outcome, after []ledger.Problem) {
	t.Helper()
	problems, err := ledger.Verify(t.Context(), b.store, func(float64) {})
	require.NoError(t, err)
	require.NotEmpty(t, problems, "the damage is found")
	b.restart(t)
	r := Repair{Ledger: b.ledger, Indicators: inds, Source: b.c.o.Source, Progress: func(float64) {}}
	outcomes, err = r.Run(t.Context(), problems)
	require.NoError(t, err)
	b.restart(t)
	after, err = ledger.Verify(t.Context(), b.store, func(float64) {})
	require.NoError(t, err)
	return outcomes, after
}

func TestRepairRestoresExactlyWhatWasLost(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, b *bench){
		"a sealed day":               func(t *testing.T, b *bench) { spoilDay(t, b.store, 1) },
		"the oldest day":             func(t *testing.T, b *bench) { spoilDay(t, b.store, 0) },
		"several days":               func(t *testing.T, b *bench) { spoilDay(t, b.store, 0); spoilDay(t, b.store, 2) },
		"the body of a row":          func(t *testing.T, b *bench) { spoilRow(t, b.store, -1) },
		"the header of a row":        func(t *testing.T, b *bench) { spoilRow(t, b.store, 2) },
		"a row that is gone":         func(t *testing.T, b *bench) { loseRow(t, b.store) },
		"a day and a row of today's": func(t *testing.T, b *bench) { spoilDay(t, b.store, 1); spoilRow(t, b.store, -1) },
	} {
		t.Run(name, func(t *testing.T) {
			b := collectedBench(t)
			all := slo.Span{From: b.source.oldest - 10, To: slo.MinuteOf(b.clock) - 1}
			b.equalsSource(t, all)
			spoil(t, b)
			outcomes, after := repairAll(t, b, indicator("i"))
			for _, o := range outcomes {
				require.Empty(t, o.Lost)
			}
			require.Empty(t, after)
			require.Empty(t, b.ledger.Problems())
			b.equalsSource(t, all)
		})
	}
}

// loseRow deletes a row that no chunk contains, the last but one.
func loseRow(t *testing.T, m *ledger.Memory) {
	t.Helper()
	_, rows := holdings(t, m)
	require.Greater(t, len(rows), 1)
	require.NoError(t, m.Seal(t.Context(), 0, nil, []int64{rows[len(rows)-2].ID}))
}

func TestRepairNeverMakesAGapOfAFigure(t *testing.T) {
	b := collectedBench(t)
	first := b.source.oldest
	spoilDay(t, b.store, 1)
	loseRow(t, b.store) // everything is measured again
	b.source.oldest += slo.Minute(2 * slo.MinutesPerDay)
	outcomes, after := repairAll(t, b, indicator("i"))
	require.NotEmpty(t, after, "what the source forgot stays as evidence")
	var lost []string
	for _, o := range outcomes {
		lost = append(lost, o.Lost)
	}
	require.Contains(t, lost[0], "remembers nothing before")
	b.source.oldest = first
	day := slo.Span{From: first, To: dayStart(first) + slo.MinutesPerDay - 1}
	b.equalsSource(t, day) // the day before the damaged one
}

func TestRepairSaysWhatItCannotDo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *bench)
		inds   []slo.Indicator
		want   string
	}{
		"no specification": {func(*bench) {}, nil, "no specification"},
		"another source":   {func(*bench) {}, []slo.Indicator{elsewhere{"i"}}, `source "other" cannot be read here`},
		"no samples":       {func(b *bench) { b.source.oldest = slo.MinuteOf(noon) + 9999 }, []slo.Indicator{indicator("i")}, "remembers nothing before"},
	} {
		t.Run(name, func(t *testing.T) {
			b := collectedBench(t)
			spoilDay(t, b.store, 1)
			c.change(b)
			outcomes, after := repairAll(t, b, c.inds...)
			require.Len(t, outcomes, 1)
			require.Zero(t, outcomes[0].Mended)
			require.Contains(t, outcomes[0].Lost, c.want)
			require.Len(t, after, 1)
		})
	}
	b := collectedBench(t)
	spoilDay(t, b.store, 1)
	b.restart(t)
	b.source.err = fault.Unavailablef("the source sleeps")
	problems, err := ledger.Verify(t.Context(), b.store, func(float64) {})
	require.NoError(t, err)
	r := Repair{Ledger: b.ledger, Indicators: []slo.Indicator{indicator("i")}, Source: b.c.o.Source, Progress: func(float64) {}}
	_, err = r.Run(t.Context(), problems)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

// elsewhere is an indicator on another source.
type elsewhere struct{ indicator }

func (elsewhere) SourceName() string { return "other" }
