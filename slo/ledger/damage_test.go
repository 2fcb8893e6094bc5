package ledger_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// bent is a store whose contents come out changed.
type bent struct {
	ledger.Store
	row     func(*ledger.Row)
	totals  func(*ledger.Totals)
	payload func(stream int64, day int, b []byte) ([]byte, error)
}

func (s *bent) Changes(ctx context.Context, since ledger.Position, v ledger.Visitor) (int64, error) {
	row, totals := v.Row, v.Totals
	v.Row = func(r ledger.Row) error {
		if s.row != nil {
			s.row(&r)
		}
		return row(r)
	}
	v.Totals = func(t ledger.Totals) error {
		if s.totals != nil {
			s.totals(&t)
		}
		return totals(t)
	}
	return s.Store.Changes(ctx, since, v)
}

func (s *bent) ChunkPayload(ctx context.Context, stream int64, day int) ([]byte, int64, error) {
	b, through, err := s.Store.ChunkPayload(ctx, stream, day)
	if err == nil && s.payload != nil {
		b, err = s.payload(stream, day, b)
	}
	return b, through, err
}

// The damaged ledger has two indicators over three days: minutes 0 to 2 of
// each. The first two days are sealed; the last is in rows 7 and 8, which write
// minutes 0 and 1, and 1 and 2.
const other = slo.IndicatorKey("other")

func damagedLedger(t *testing.T) *ledger.Memory {
	t.Helper()
	m := ledger.NewMemory()
	l := open(t, m)
	for d := range 2 {
		for _, i := range []slo.IndicatorKey{ind, other} {
			w := run(dayStart(d), measured(1, 1), measured(1, 1), measured(1, 1))
			w.Indicator = i
			require.NoError(t, l.Write(t.Context(), w))
		}
	}
	seal(t, l, 4)
	a, b := run(dayStart(2), measured(1, 1), measured(1, 1)), run(dayStart(2), measured(1, 1), measured(1, 1), measured(1, 1))
	b.Indicator = other
	require.NoError(t, l.WriteMany(t.Context(), []ledger.Write{a, b}))
	require.NoError(t, l.Write(t.Context(), run(dayStart(2)+1, measured(2, 2), measured(2, 2))))
	return m
}

func dayStart(d int) slo.Minute { return day0 + slo.Minute(d)*slo.MinutesPerDay }

var threeDays = slo.Span{From: dayStart(0), To: dayStart(3) - 1}

// covered lists the covered slots of the first three minutes of each day.
func covered(t *testing.T, l *ledger.Ledger, i slo.IndicatorKey) (got [3]string) {
	t.Helper()
	key := slo.StreamKey{Indicator: i}
	var want slo.Tally
	for d := range got {
		span := slo.Span{From: dayStart(d), To: dayStart(d) + 2}
		for _, s := range slotsOf(t, l, key, span) {
			got[d] += map[bool]string{true: ".", false: string('0' + byte(s.Good))}[s.State == slo.Gap]
		}
		want = want.Plus(tallyOf(t, l, key, span))
	}
	all := tallyOf(t, l, key, threeDays)
	all.Slots = want.Slots
	require.Equal(t, want, all, "whole days agree with their slots once the damage is known")
	return got
}

func TestDamageCostsWhatIsDamagedAndIsNamed(t *testing.T) {
	flip := func(b []byte) { b[len(b)-5] ^= 1 }
	first := func(stream int64, day int) bool { return stream == 1 && day == dayStart(0).Day() }
	for name, c := range map[string]struct {
		bend  bent
		whole [3]string
		other [3]string
		text  string
	}{
		"nothing": {bent{}, [3]string{"111", "111", "122"}, [3]string{"111", "111", "111"}, ""},
		"the payload of a chunk": {
			bent{payload: func(s int64, d int, b []byte) ([]byte, error) {
				if first(s, d) {
					flip(b)
				}
				return b, nil
			}},
			[3]string{"...", "111", "122"},
			[3]string{"111", "111", "111"},
			"sealed chunk of the day",
		},
		"a chunk that is gone": {
			bent{payload: func(s int64, d int, b []byte) ([]byte, error) {
				if first(s, d) {
					return nil, fault.NotFoundf("no chunk")
				}
				return b, nil
			}},
			[3]string{"...", "111", "122"},
			[3]string{"111", "111", "111"},
			"no chunk",
		},
		"the totals of a day": {
			bent{totals: func(v *ledger.Totals) {
				if first(v.Stream, v.Day) {
					v.Good++
				}
			}},
			[3]string{"...", "111", "122"},
			[3]string{"111", "111", "111"},
			"totals of the sealed day",
		},
		"the body of the older row: the newer one stands": {
			bent{row: func(r *ledger.Row) {
				if r.ID == 5 {
					flip(r.Payload)
				}
			}},
			[3]string{"111", "111", ".22"},
			[3]string{"111", "111", "..."},
			"journal row 5",
		},
		"the body of the newer row: what it replaced is not believed": {
			bent{row: func(r *ledger.Row) {
				if r.ID == 6 {
					flip(r.Payload)
				}
			}},
			[3]string{"111", "111", "1.."},
			[3]string{"111", "111", "111"},
			"journal row 6",
		},
		"the header of the newer row: it may have been about any stream": {
			bent{row: func(r *ledger.Row) {
				if r.ID == 6 {
					r.Payload[2] ^= 1
				}
			}},
			[3]string{"111", "111", "1.."},
			[3]string{"111", "111", "1.."},
			"journal row 6",
		},
		"an empty row": {
			bent{row: func(r *ledger.Row) {
				if r.ID == 6 {
					r.Payload = nil
				}
			}},
			[3]string{"111", "111", "1.."},
			[3]string{"111", "111", "1.."},
			"journal row 6",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bend := c.bend
			bend.Store = damagedLedger(t)
			l := open(t, &bend)
			require.Equal(t, c.whole, covered(t, l, ind))
			require.Equal(t, c.other, covered(t, l, other))
			if c.text == "" {
				require.Empty(t, l.Problems())
				return
			}
			require.NotEmpty(t, l.Problems())
			require.Contains(t, l.Problems()[0].Text, c.text)

			_, err := l.Seal(t.Context(), dayStart(10).Day())
			require.NoError(t, err)
			require.Equal(t, c.whole, covered(t, l, ind), "after sealing")
			require.Equal(t, c.other, covered(t, l, other), "after sealing")
		})
	}
}

func TestADamagedDayIsMendedByWritingItAgain(t *testing.T) {
	bend := &bent{Store: damagedLedger(t), totals: func(v *ledger.Totals) {
		if v.Stream == 1 && v.Through < 6 {
			v.Total++
		}
	}}
	l := open(t, bend)
	require.Len(t, l.Problems(), 2)
	require.NoError(t, l.Write(t.Context(), run(dayStart(0), measured(1, 1), measured(1, 1), measured(1, 1))))
	require.Equal(t, [3]string{"111", "...", "122"}, covered(t, l, ind))
	_, err := l.Seal(t.Context(), dayStart(10).Day())
	require.NoError(t, err)
	l = open(t, bend)
	require.Equal(t, [3]string{"111", "...", "122"}, covered(t, l, ind))
	require.Len(t, l.Problems(), 1, "the day that was written again is sound")
}

func TestADamagedRowStaysAsEvidence(t *testing.T) {
	bend := &bent{Store: damagedLedger(t), row: func(r *ledger.Row) {
		if r.ID == 5 {
			r.Payload[len(r.Payload)-1] ^= 1
		}
	}}
	l := open(t, bend)
	seal(t, l, 2)
	l = open(t, bend)
	require.NotEmpty(t, l.Problems())
	require.Equal(t, [3]string{"111", "111", ".22"}, covered(t, l, ind))
	require.NoError(t, l.Write(t.Context(), run(dayStart(2), measured(3, 3))))
	require.Equal(t, [3]string{"111", "111", "322"}, covered(t, open(t, bend), ind), "what is written later stands")
}

func TestAChunkThatContradictsItsTotalsIsNotBelieved(t *testing.T) {
	// A twin that is sound in itself, of the same stream, day and version.
	twin := ledger.NewMemory()
	l := open(t, twin)
	for i := range 4 {
		require.NoError(t, l.Write(t.Context(), run(dayStart(0), measured(float64(i), 9))))
	}
	seal(t, l, 1)
	forged, _, err := twin.ChunkPayload(t.Context(), 1, dayStart(0).Day())
	require.NoError(t, err)

	l = open(t, &bent{Store: damagedLedger(t), payload: func(s int64, d int, b []byte) ([]byte, error) {
		if s == 1 && d == dayStart(0).Day() {
			return forged, nil
		}
		return b, nil
	}})
	require.Equal(t, [3]string{"...", "111", "122"}, covered(t, l, ind))
	require.Contains(t, l.Problems()[0].Text, "do not add up")
}

// failing is a store that cannot be read or written for a while.
type failing struct {
	ledger.Store
	err error
}

func (s *failing) ChunkPayload(ctx context.Context, stream int64, day int) ([]byte, int64, error) {
	if s.err != nil {
		return nil, 0, s.err
	}
	return s.Store.ChunkPayload(ctx, stream, day)
}

func TestADiskThatCannotBeReadIsAnErrorAndNotAGap(t *testing.T) {
	s := &failing{Store: damagedLedger(t), err: fault.Unavailablef("the disk sleeps")}
	l := open(t, s)
	part := slo.Span{From: dayStart(0), To: dayStart(0) + 2}
	_, err := l.Tally(t.Context(), whole, part)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	_, err = l.Slots(t.Context(), whole, part)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.Equal(t, fault.Unavailable, fault.KindOf(l.Write(t.Context(), run(dayStart(0), measured(5, 5)))), "late slots need what is held")
	require.NoError(t, l.Write(t.Context(), run(dayStart(2), measured(5, 5))), "live ones do not")
	require.Empty(t, l.Problems())
	s.err = nil
	require.Equal(t, [3]string{"111", "111", "522"}, covered(t, l, ind))
}
