package ledger_test

import (
	"context"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ind = slo.IndicatorKey("requests")

// day0 is the first minute of the day that most tests write to.
const day0 = slo.Minute(20_000 * slo.MinutesPerDay)

var (
	whole = slo.StreamKey{Indicator: ind}
	now   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func open(t testing.TB, s ledger.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s, ledger.Options{
		Now:    func() time.Time { return now },
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.NoError(t, err)
	return l
}

func measured(good, total float64) slo.Slot {
	return slo.Slot{Good: good, Total: total, State: slo.Measured}
}

// run returns a write of slots to the whole of an indicator.
func run(from slo.Minute, slots ...slo.Slot) ledger.Write {
	return ledger.Write{Indicator: ind, Reason: "live", Measurement: slo.Measurement{
		Span:    slo.Span{From: from, To: from + slo.Minute(len(slots)) - 1},
		Streams: []slo.StreamSlots{{Slots: slots}},
	}}
}

func slotsOf(t testing.TB, l *ledger.Ledger, key slo.StreamKey, span slo.Span) []slo.Slot {
	t.Helper()
	s, err := l.Slots(t.Context(), key, span)
	require.NoError(t, err)
	return s
}

func tallyOf(t testing.TB, l *ledger.Ledger, key slo.StreamKey, span slo.Span) slo.Tally {
	t.Helper()
	r, err := l.Tally(t.Context(), key, span)
	require.NoError(t, err)
	return r
}

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	m := ledger.NewMemory()
	l := open(t, m)
	slots := []slo.Slot{measured(9, 10), {}, {Good: 1.5, Total: 2, State: slo.Estimated}, measured(0, 0)}
	require.NoError(t, l.Write(t.Context(), run(day0+5, slots...)))

	for name, l := range map[string]*ledger.Ledger{"at once": l, "after reopening": open(t, m)} {
		t.Run(name, func(t *testing.T) {
			span := slo.Span{From: day0 + 4, To: day0 + 9}
			want := append(append([]slo.Slot{{}}, slots...), slo.Slot{})
			require.Empty(t, cmp.Diff(want, slotsOf(t, l, whole, span)))
			require.Equal(t, slo.Tally{Good: 10.5, Total: 12, Measured: 2, Estimated: 1, Slots: 6}, tallyOf(t, l, whole, span))
			extent, ok := l.Extent(whole)
			require.True(t, ok)
			require.Equal(t, slo.Span{From: day0 + 5, To: day0 + 8}, extent)
		})
	}
}

func TestAStreamThatDoesNotExistIsAllGaps(t *testing.T) {
	l := open(t, ledger.NewMemory())
	span := slo.Span{From: day0, To: day0 + 99}
	require.Equal(t, slo.Tally{Slots: 100}, tallyOf(t, l, whole, span))
	require.Equal(t, make([]slo.Slot, 100), slotsOf(t, l, whole, span))
	_, ok := l.Extent(whole)
	require.False(t, ok)
	_, ok = l.Settled(ind)
	require.False(t, ok)
	require.Empty(t, l.Groups(ind))
	revisions, err := l.Revisions(t.Context(), whole, span, 10)
	require.NoError(t, err)
	require.Empty(t, revisions)
}

func TestEmptySpans(t *testing.T) {
	l := open(t, ledger.NewMemory())
	require.NoError(t, l.Write(t.Context(), run(day0, measured(1, 1))))
	require.Equal(t, slo.Tally{}, tallyOf(t, l, whole, slo.Span{From: day0, To: day0 - 1}))
	require.Empty(t, slotsOf(t, l, whole, slo.Span{From: day0, To: day0 - 100}))
}

func TestRewrittenFiguresLeaveOneRevision(t *testing.T) {
	l := open(t, ledger.NewMemory())
	require.NoError(t, l.Write(t.Context(), run(day0, measured(9, 10), slo.Slot{}, measured(5, 5), measured(7, 7))))
	late := run(day0, measured(10, 12), measured(1, 1), measured(5, 5), slo.Slot{})
	late.Reason = "late"
	require.NoError(t, l.Write(t.Context(), late))

	got, err := l.Revisions(t.Context(), whole, slo.Span{From: day0, To: day0 + 3}, 10)
	require.NoError(t, err)
	want := []slo.Revision{{
		At: now, Span: slo.Span{From: day0, To: day0 + 3}, Changed: 2, GoodDelta: 1 - 7, TotalDelta: 2 - 7, Reason: "late",
	}}
	require.Empty(t, cmp.Diff(want, got))
}

func TestTheSameSlotsAgainAreNotWritten(t *testing.T) {
	m := &counting{Store: ledger.NewMemory()}
	l := open(t, m)
	w := run(day0, measured(9, 10), measured(5, 5))
	w.Cursor = &ledger.Cursor{Settled: day0 + 1}
	require.NoError(t, l.Write(t.Context(), w))
	require.NoError(t, l.Write(t.Context(), w))
	require.Len(t, m.commits, 1)

	w.Cursor = &ledger.Cursor{Settled: day0 + 2}
	require.NoError(t, l.Write(t.Context(), w))
	require.Len(t, m.commits, 2)
	require.Empty(t, m.commits[1].Rows, "only the cursor moved")

	overlap := run(day0, measured(9, 10), measured(5, 5), measured(1, 1))
	require.NoError(t, l.Write(t.Context(), overlap))
	require.Equal(t, slo.Span{From: day0 + 2, To: day0 + 2}, m.commits[2].Rows[0].Span, "only the new minute is journaled")
}

// counting remembers what was committed.
type counting struct {
	ledger.Store
	commits []ledger.Commit
}

func (c *counting) Append(ctx context.Context, commit ledger.Commit) error {
	c.commits = append(c.commits, commit)
	return c.Store.Append(ctx, commit)
}

func TestAGroupThatIsNotMeasuredAnyMoreGetsGaps(t *testing.T) {
	l := open(t, ledger.NewMemory())
	a, b := slo.GroupOf(map[string]string{"zone": "a"}), slo.GroupOf(map[string]string{"zone": "b"})
	w := run(day0, measured(2, 2), measured(2, 2))
	w.Measurement.Streams = append(w.Measurement.Streams,
		slo.StreamSlots{Group: a, Slots: []slo.Slot{measured(1, 1), measured(1, 1)}},
		slo.StreamSlots{Group: b, Slots: []slo.Slot{measured(1, 1), measured(1, 1)}})
	require.NoError(t, l.Write(t.Context(), w))
	again := run(day0+1, measured(1, 1), measured(1, 1))
	again.Measurement.Streams = append(again.Measurement.Streams,
		slo.StreamSlots{Group: a, Slots: []slo.Slot{measured(1, 1), measured(1, 1)}})
	require.NoError(t, l.Write(t.Context(), again))

	require.Equal(t, []slo.Group{a, b}, l.Groups(ind))
	span := slo.Span{From: day0, To: day0 + 2}
	require.Equal(t, []slo.Slot{measured(1, 1), {}, {}}, slotsOf(t, l, slo.StreamKey{Indicator: ind, Group: b}, span))
	require.Equal(t, []slo.Slot{measured(1, 1), measured(1, 1), measured(1, 1)}, slotsOf(t, l, slo.StreamKey{Indicator: ind, Group: a}, span))
}

func TestCursorsAreKeptWithTheSlots(t *testing.T) {
	m := ledger.NewMemory()
	l := open(t, m)
	c := ledger.Cursor{Indicator: ind, Settled: day0, Backfilled: day0 - 5, Oldest: day0 - 99, Samples: 12, BusySeconds: 0.5, Done: true}
	w := run(day0, measured(1, 1))
	w.Cursor = &c
	require.NoError(t, l.Write(t.Context(), w))
	for _, l := range []*ledger.Ledger{l, open(t, m)} {
		got, ok := l.Cursor(ind)
		require.True(t, ok)
		require.Equal(t, c, got)
		last, ok := l.Settled(ind)
		require.True(t, ok)
		require.Equal(t, day0, last)
	}
}

func TestOfTheCursorsInACommitTheLastOneOfEachIndicatorCounts(t *testing.T) {
	at := func(of slo.IndicatorKey, m slo.Minute) ledger.Write {
		none := slo.Measurement{Span: slo.Span{From: m, To: m - 1}}
		return ledger.Write{Indicator: of, Measurement: none, Reason: "live", Cursor: &ledger.Cursor{Settled: m}}
	}
	cursor := func(of slo.IndicatorKey, m slo.Minute) ledger.Cursor { return ledger.Cursor{Indicator: of, Settled: m} }
	for name, tc := range map[string]struct {
		writes []ledger.Write
		want   []ledger.Cursor
	}{
		"one each":                     {[]ledger.Write{at("a", 2), at("b", 3)}, []ledger.Cursor{cursor("a", 2), cursor("b", 3)}},
		"one moves twice":              {[]ledger.Write{at("a", 2), at("b", 3), at("a", 4)}, []ledger.Cursor{cursor("a", 4), cursor("b", 3)}},
		"one moves back":               {[]ledger.Write{at("a", 5), at("a", 2)}, []ledger.Cursor{cursor("a", 2)}},
		"one goes and returns":         {[]ledger.Write{at("a", 5), at("b", 3), at("a", 1)}, []ledger.Cursor{cursor("b", 3)}},
		"one stays and then moves":     {[]ledger.Write{at("a", 1), at("a", 2)}, []ledger.Cursor{cursor("a", 2)}},
		"what comes after stays apart": {[]ledger.Write{at("b", 1), at("a", 2), at("b", 9), at("c", 3)}, []ledger.Cursor{cursor("b", 9), cursor("a", 2), cursor("c", 3)}},
	} {
		t.Run(name, func(t *testing.T) {
			m := &counting{Store: ledger.NewMemory()}
			l := open(t, m)
			require.NoError(t, l.WriteMany(t.Context(), []ledger.Write{at("a", 1), at("b", 1)}))
			require.NoError(t, l.WriteMany(t.Context(), tc.writes))
			require.Equal(t, tc.want, m.commits[1].Cursors)
			for _, l := range []*ledger.Ledger{l, open(t, m)} {
				for _, want := range tc.want {
					got, _ := l.Cursor(want.Indicator)
					require.Equal(t, want, got)
				}
			}
		})
	}
}

func TestAGroupThatBeginsInTheSameCommitGetsGaps(t *testing.T) {
	m := ledger.NewMemory()
	l := open(t, m)
	a, b := slo.GroupOf(map[string]string{"zone": "a"}), slo.GroupOf(map[string]string{"zone": "b"})
	first, other, again := run(day0, measured(1, 1), measured(1, 1)), run(day0, measured(3, 3)), run(day0+1, measured(2, 2))
	first.Measurement.Streams[0].Group, again.Measurement.Streams[0].Group = a, b
	other.Indicator = "other"
	require.NoError(t, l.WriteMany(t.Context(), []ledger.Write{first, other, again}))
	span := slo.Span{From: day0, To: day0 + 1}
	for _, l := range []*ledger.Ledger{l, open(t, m)} {
		require.Equal(t, []slo.Slot{measured(1, 1), {}}, slotsOf(t, l, slo.StreamKey{Indicator: ind, Group: a}, span))
		require.Equal(t, []slo.Slot{{}, measured(2, 2)}, slotsOf(t, l, slo.StreamKey{Indicator: ind, Group: b}, span))
		require.Equal(t, []slo.Slot{measured(3, 3), {}}, slotsOf(t, l, slo.StreamKey{Indicator: "other"}, span))
	}
}

func TestWhatCannotBeIsRefusedWhole(t *testing.T) {
	good := run(day0, measured(1, 1))
	twice := run(day0, measured(1, 1))
	twice.Measurement.Streams = append(twice.Measurement.Streams, twice.Measurement.Streams[0])
	short := run(day0, measured(1, 1))
	short.Measurement.Span.To++
	foreign := run(day0, measured(1, 1))
	foreign.Cursor = &ledger.Cursor{Indicator: "other"}
	for name, w := range map[string]ledger.Write{
		"a figure that is not a number": run(day0, measured(math.NaN(), 1)),
		"an infinite figure":            run(day0, measured(1, math.Inf(1))),
		"a figure beyond all counts":    run(day0, measured(1, 1e200)),
		"an unknown state":              run(day0, slo.Slot{State: 3}),
		"a group twice":                 twice,
		"too few slots":                 short,
		"a cursor of another":           foreign,
		"a year far away":               run(1<<40, measured(1, 1)),
		"no indicator":                  {Measurement: good.Measurement},
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, ledger.NewMemory())
			err := l.WriteMany(t.Context(), []ledger.Write{good, w})
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			_, ok := l.Extent(whole)
			require.False(t, ok, "nothing of the good write is there")
		})
	}
}

func TestLateSlotsOfASealedDayAreReadAtOnceAndSealedAgain(t *testing.T) {
	m := ledger.NewMemory()
	l := open(t, m)
	require.NoError(t, l.Write(t.Context(), run(day0, measured(1, 1), measured(2, 2))))
	seal(t, l, 1)
	require.NoError(t, l.Write(t.Context(), run(day0+1, measured(5, 6))))

	span := slo.Span{From: day0, To: day0 + slo.MinutesPerDay - 1}
	want := slo.Tally{Good: 6, Total: 7, Measured: 2, Slots: slo.MinutesPerDay}
	require.Equal(t, want, tallyOf(t, l, whole, span))
	require.Equal(t, want, tallyOf(t, open(t, m), whole, span))
	seal(t, l, 1)
	seal(t, l, 0)
	require.Equal(t, want, tallyOf(t, l, whole, span))
	require.Equal(t, want, tallyOf(t, open(t, m), whole, span))
	require.Empty(t, l.Problems())
}

// seal seals all that tests write and expects n chunks.
func seal(t testing.TB, l *ledger.Ledger, n int) {
	t.Helper()
	got, err := l.Seal(t.Context(), day0.Day()+1000)
	require.NoError(t, err)
	require.Equal(t, n, got)
}

func TestARowThatOutlivesItsDayDoesNotUndoTheChunk(t *testing.T) {
	m := ledger.NewMemory()
	l := open(t, m)
	midnight := day0 + slo.MinutesPerDay
	require.NoError(t, l.Write(t.Context(), run(midnight-1, measured(1, 1), measured(1, 1))))
	require.NoError(t, l.Write(t.Context(), run(midnight-1, measured(7, 7))))
	n, err := l.Seal(t.Context(), day0.Day()+1)
	require.NoError(t, err)
	require.Equal(t, 1, n)

	l = open(t, m)
	require.Equal(t, []slo.Slot{measured(7, 7), measured(1, 1)}, slotsOf(t, l, whole, slo.Span{From: midnight - 1, To: midnight}))
	require.NoError(t, l.Write(t.Context(), run(midnight-2, measured(3, 3))))
	seal(t, l, 2)
	l = open(t, m)
	require.NoError(t, l.Write(t.Context(), run(midnight+5, measured(4, 4))))
	l = open(t, m)
	require.Equal(t, slo.Tally{Good: 15, Total: 15, Measured: 4, Slots: 8}, tallyOf(t, l, whole, slo.Span{From: midnight - 2, To: midnight + 5}))
}

func TestWatchersGetEachChangeInSomeBatch(t *testing.T) {
	l := open(t, ledger.NewMemory())
	changes, stop := l.Watch()
	defer stop()
	require.NoError(t, l.Write(t.Context(), run(day0, measured(1, 1))))
	other := run(day0, measured(1, 1))
	other.Indicator = "errors"
	require.NoError(t, l.Write(t.Context(), other))
	require.Equal(t, []slo.IndicatorKey{"errors", ind}, <-changes, "both in one batch, the writer did not wait")
	require.NoError(t, l.Write(t.Context(), other))
	require.Empty(t, changes, "nothing changed")
	stop()
	stop()
	_, ok := <-changes
	require.False(t, ok)
	require.NoError(t, l.Write(t.Context(), run(day0, measured(2, 2))))
}

func TestOpenNeedsAClock(t *testing.T) {
	_, err := ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}
