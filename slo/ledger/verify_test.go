package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// settledLedger is damagedLedger with cursors, as collection leaves it.
func settledLedger(t *testing.T) *ledger.Memory {
	t.Helper()
	m := damagedLedger(t)
	require.NoError(t, m.Append(t.Context(), ledger.Commit{Cursors: []ledger.Cursor{
		{Indicator: ind, Settled: dayStart(2) + 5, Backfilled: dayStart(0), Oldest: dayStart(0), Done: true},
		{Indicator: other, Settled: dayStart(2) + 5, Backfilled: dayStart(0), Oldest: dayStart(0), Done: true},
	}}))
	return m
}

func TestVerifyFindsEachKindOfDamage(t *testing.T) {
	flip := func(b []byte) { b[len(b)-5] ^= 1 }
	first := func(stream int64, day int) bool { return stream == 1 && day == dayStart(0).Day() }
	day := func(d int) slo.Span { return slo.Span{From: dayStart(d), To: dayStart(d+1) - 1} }
	whole := slo.StreamKey{Indicator: ind}
	cursor := func(change func(*ledger.Cursor)) func(t *testing.T, m *ledger.Memory) {
		return func(t *testing.T, m *ledger.Memory) {
			t.Helper()
			c := ledger.Cursor{Indicator: ind, Settled: dayStart(2) + 5, Backfilled: dayStart(0)}
			change(&c)
			require.NoError(t, m.Append(t.Context(), ledger.Commit{Cursors: []ledger.Cursor{c}}))
		}
	}
	for name, c := range map[string]struct {
		bend   bent
		change func(t *testing.T, m *ledger.Memory)
		want   *ledger.Problem // its Text is a part of what is found; nil: sound
	}{
		"nothing": {},
		"the payload of a chunk": {bend: bent{payload: func(s int64, d int, b []byte) ([]byte, error) {
			if first(s, d) {
				flip(b)
			}
			return b, nil
		}}, want: &ledger.Problem{Stream: whole, Span: day(0), Text: "sealed chunk"}},
		"a chunk that is gone": {bend: bent{payload: func(s int64, d int, b []byte) ([]byte, error) {
			if first(s, d) {
				return nil, fault.NotFoundf("no chunk")
			}
			return b, nil
		}}, want: &ledger.Problem{Stream: whole, Span: day(0), Text: "no chunk"}},
		"the totals of a day": {bend: bent{totals: func(v *ledger.Totals) {
			if first(v.Stream, v.Day) {
				v.Good++
			}
		}}, want: &ledger.Problem{Stream: whole, Span: day(0), Text: "totals of the sealed day"}},
		"the body of a row": {bend: bent{row: func(r *ledger.Row) {
			if r.ID == 6 {
				flip(r.Payload)
			}
		}}, want: &ledger.Problem{Stream: whole, Span: slo.Span{From: dayStart(2) + 1, To: dayStart(2) + 2}, Row: 6, Text: "journal row 6"}},
		"the header of a row": {bend: bent{row: func(r *ledger.Row) {
			if r.ID == 6 {
				r.Payload[2] ^= 1
			}
		}}, want: &ledger.Problem{Span: slo.Span{From: dayStart(2) + 1, To: dayStart(2) + 2}, Row: 6, Text: "journal row 6"}},
		"a row that is gone": {
			change: func(t *testing.T, m *ledger.Memory) { require.NoError(t, m.Seal(t.Context(), 0, nil, []int64{5})) },
			want:   &ledger.Problem{Span: slo.Span{From: dayStart(0), To: dayStart(2) + 2}, Row: 5, Text: "row 5 is missing"},
		},
		"a cursor behind the slots": {
			change: cursor(func(c *ledger.Cursor) { c.Settled = dayStart(1) }),
			want:   &ledger.Problem{Stream: whole, Text: "the cursor stands at"},
		},
		"a cursor that never was": {
			change: cursor(func(c *ledger.Cursor) { c.Settled = 1 << 50 }),
			want:   &ledger.Problem{Stream: whole, Text: "years"},
		},
		"a cursor that ends before it begins": {
			change: cursor(func(c *ledger.Cursor) { c.Backfilled = c.Settled + 2 }),
			want:   &ledger.Problem{Stream: whole, Text: "before it begins"},
		},
		"a cursor that counts backwards": {
			change: cursor(func(c *ledger.Cursor) { c.Samples = -1 }),
			want:   &ledger.Problem{Stream: whole, Text: "-1 samples"},
		},
		"slots without a cursor": {
			change: func(t *testing.T, m *ledger.Memory) {
				w := run(dayStart(2), measured(1, 1))
				w.Indicator = "third"
				require.NoError(t, open(t, m).Write(t.Context(), w))
			},
			want: &ledger.Problem{Stream: slo.StreamKey{Indicator: "third"}, Text: "no cursor"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := settledLedger(t)
			if c.change != nil {
				c.change(t, m)
			}
			c.bend.Store = m
			last := 0.0
			found, err := ledger.Verify(t.Context(), &c.bend, func(done float64) { last = done })
			require.NoError(t, err)
			require.Equal(t, 1.0, last)
			if c.want == nil {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Contains(t, found[0].Text, c.want.Text)
			c.want.Text = found[0].Text
			require.Equal(t, *c.want, found[0])
		})
	}
}

func TestVerifyBelievesOnlySlotsThatAddUp(t *testing.T) {
	twin := ledger.NewMemory()
	l := open(t, twin)
	for i := range 4 {
		require.NoError(t, l.Write(t.Context(), run(dayStart(0), measured(float64(i), 9))))
	}
	seal(t, l, 1)
	forged, _, err := twin.ChunkPayload(t.Context(), 1, dayStart(0).Day())
	require.NoError(t, err)
	found, err := ledger.Verify(t.Context(), &bent{Store: settledLedger(t), payload: func(s int64, d int, b []byte) ([]byte, error) {
		if s == 1 && d == dayStart(0).Day() {
			return forged, nil
		}
		return b, nil
	}}, func(float64) {})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Contains(t, found[0].Text, "do not add up")
}

func TestADiskThatCannotBeReadIsNoFinding(t *testing.T) {
	_, err := ledger.Verify(t.Context(), &failing{Store: settledLedger(t), err: fault.Unavailablef("the disk sleeps")}, func(float64) {})
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func TestDiscardedRowsAreGoneAndTheirSlotsStayGaps(t *testing.T) {
	bend := &bent{Store: settledLedger(t), row: func(r *ledger.Row) {
		if r.ID == 6 {
			r.Payload[2] ^= 1
		}
	}}
	l := open(t, bend)
	require.NoError(t, l.Write(t.Context(), run(dayStart(2)+2, measured(7, 7))))
	require.NoError(t, l.Discard(t.Context(), []int64{6}))
	require.Equal(t, [3]string{"111", "111", "1.7"}, covered(t, l, ind))
	l = open(t, bend)
	require.Empty(t, l.Problems())
	require.Equal(t, [3]string{"111", "111", "1.7"}, covered(t, l, ind), "what the row replaced is not believed")
	found, err := ledger.Verify(t.Context(), bend, func(float64) {})
	require.NoError(t, err)
	require.Empty(t, found)
}
