package ledger_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// sealedDays returns a store with n sealed days of one stream.
func sealedDays(t testing.TB, n int) *ledger.Memory {
	t.Helper()
	m := ledger.NewMemory()
	l := open(t, m)
	slots := slices.Repeat([]slo.Slot{measured(9, 10)}, slo.MinutesPerDay)
	for d := range n {
		require.NoError(t, l.Write(t.Context(), run(dayStart(n-1-d), slots...))) // as backfill does
	}
	seal(t, l, n)
	return m
}

// reading counts the chunks that are read.
type reading struct {
	ledger.Store
	n atomic.Int64
}

func (s *reading) ChunkPayload(ctx context.Context, stream int64, day int) ([]byte, int64, error) {
	s.n.Add(1)
	return s.Store.ChunkPayload(ctx, stream, day)
}

func TestATallyReadsAtMostTwoDays(t *testing.T) {
	s := &reading{Store: sealedDays(t, 200)}
	for name, c := range map[string]struct {
		span  slo.Span
		reads int64
	}{
		"whole days":           {slo.Span{From: dayStart(0), To: dayStart(200) - 1}, 0},
		"a part at the left":   {slo.Span{From: dayStart(3) + 7, To: dayStart(190) - 1}, 1},
		"parts at both ends":   {slo.Span{From: dayStart(3) + 7, To: dayStart(190) + 5}, 2},
		"a part of one day":    {slo.Span{From: dayStart(3) + 7, To: dayStart(3) + 8}, 1},
		"beyond what there is": {slo.Span{From: dayStart(-1000) + 7, To: dayStart(1000) + 8}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := open(t, s)
			for i := range 2 {
				s.n.Store(0)
				got := tallyOf(t, l, whole, c.span)
				held := c.span.Intersect(slo.Span{From: dayStart(0), To: dayStart(200) - 1}).Len()
				require.Equal(t, slo.Tally{Good: float64(9 * held), Total: float64(10 * held), Measured: held, Slots: c.span.Len()}, got)
				require.Equal(t, c.reads*int64(1-i), s.n.Load(), "the second time from memory")
			}
		})
	}
}

func TestSlotsOfTooLongASpanAreRefused(t *testing.T) {
	l := open(t, ledger.NewMemory())
	_, err := l.Slots(t.Context(), whole, slo.Span{From: 0, To: ledger.MaxSlots})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestAnEndedContextEndsReading(t *testing.T) {
	l := open(t, ledger.NewMemory())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.Tally(ctx, whole, slo.Span{})
	require.ErrorIs(t, err, context.Canceled)
}

// blocking is a store whose commits wait to be let through.
type blocking struct {
	ledger.Store
	entered, release chan struct{}
}

func (s *blocking) Append(ctx context.Context, c ledger.Commit) error {
	s.entered <- struct{}{}
	<-s.release
	return s.Store.Append(ctx, c)
}

func TestReadersDoNotWaitForTheWritersDisk(t *testing.T) {
	s := &blocking{Store: sealedDays(t, 2), entered: make(chan struct{}), release: make(chan struct{})}
	l := open(t, s)
	done := make(chan error)
	go func() { done <- l.Write(context.Background(), run(dayStart(1), measured(5, 5))) }()
	<-s.entered
	span := slo.Span{From: dayStart(1), To: dayStart(1) + 1}
	require.Equal(t, []slo.Slot{measured(9, 10), measured(9, 10)}, slotsOf(t, l, whole, span), "not before it is committed")
	require.Equal(t, 18.0, tallyOf(t, l, whole, span).Good)
	close(s.release)
	require.NoError(t, <-done)
	require.Equal(t, 14.0, tallyOf(t, l, whole, span).Good)
}

// TestReadersSeeWritesWhole has writers that keep a balance between two groups
// of slots, late into sealed days, while days are sealed: no reader may ever see
// half of a write.
func TestReadersSeeWritesWhole(t *testing.T) {
	const days, amount = 4, 100
	l, err := ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: func() time.Time { return now }, CacheBytes: 4000})
	require.NoError(t, err)
	balanced := func(i int) ledger.Write { // left + right = amount in every minute of all days
		slots := make([]slo.Slot, days*slo.MinutesPerDay)
		for m := range slots {
			v := float64((i*31 + m) % amount)
			slots[m] = measured(v, amount)
		}
		return run(dayStart(0), slots...)
	}
	require.NoError(t, l.Write(t.Context(), balanced(0)))
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for r := range 2 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				from := dayStart(0) + slo.Minute((r*977+i*131)%(2*slo.MinutesPerDay))
				span := slo.Span{From: from, To: from + slo.MinutesPerDay + 99}
				slots, err := l.Slots(context.Background(), whole, span)
				if err != nil || !consistent(slots, amount) {
					t.Errorf("slots from %d are torn (%v)", from, err)
					return
				}
			}
		})
	}
	for i := range 10 {
		require.NoError(t, l.Write(t.Context(), balanced(i+1)))
		if i%2 == 0 {
			_, err := l.Seal(t.Context(), dayStart(i%days).Day())
			require.NoError(t, err)
		}
	}
	stop()
	wg.Wait()
	require.Empty(t, l.Problems())
}

// consistent reports whether all slots are of one write: each is one more than
// the one before, modulo the amount.
func consistent(slots []slo.Slot, amount int) bool {
	for i := 1; i < len(slots); i++ {
		if int(slots[i].Good) != (int(slots[i-1].Good)+1)%amount {
			return false
		}
	}
	return true
}

func TestManyWritersAndWatchersAtOnce(t *testing.T) {
	l := open(t, ledger.NewMemory())
	const writers, writes = 8, 20
	var wg sync.WaitGroup
	changes, stop := l.Watch()
	seen := map[slo.IndicatorKey]bool{}
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		for batch := range changes {
			for _, k := range batch {
				seen[k] = true
			}
		}
	}()
	for n := range writers {
		wg.Go(func() {
			for i := range writes {
				w := run(day0+slo.Minute(i), measured(1, 1))
				w.Indicator = slo.IndicatorKey(strconv.Itoa(n))
				if err := l.Write(context.Background(), w); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	stop()
	<-watching
	require.Len(t, seen, writers)
	for n := range writers {
		key := slo.StreamKey{Indicator: slo.IndicatorKey(strconv.Itoa(n))}
		require.Equal(t, writes, tallyOf(t, l, key, slo.Span{From: day0, To: day0 + 100}).Measured)
	}
}

// BenchmarkTally shows that the length of the window does not matter: 90 days
// may take at most 1.1 times what 30 days take.
func BenchmarkTally(b *testing.B) {
	l := open(b, sealedDays(b, 800))
	for _, days := range []int{1, 30, 90, 365, 730} {
		b.Run(strconv.Itoa(days)+"d", func(b *testing.B) {
			i := 0
			for b.Loop() {
				i++
				to := dayStart(795) + slo.Minute(i%slo.MinutesPerDay)
				span := slo.Span{From: to - slo.Minute(days)*slo.MinutesPerDay + 1, To: to}
				if _, err := l.Tally(b.Context(), whole, span); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLiveCycle writes one minute of many streams, as a collection cycle
// does, with two minutes of overlap.
func BenchmarkLiveCycle(b *testing.B) {
	const groups = 1000
	l := open(b, ledger.NewMemory())
	m := day0
	for b.Loop() {
		m++
		w := ledger.Write{Indicator: ind, Reason: "live", Measurement: slo.Measurement{Span: slo.Span{From: m - 2, To: m}}}
		for g := range groups {
			w.Measurement.Streams = append(w.Measurement.Streams, slo.StreamSlots{
				Group: slo.Group(strconv.Itoa(g)),
				Slots: []slo.Slot{measured(float64(m-2), 1e9), measured(float64(m-1), 1e9), measured(float64(m), 1e9)},
			})
		}
		if err := l.Write(b.Context(), w); err != nil {
			b.Fatal(err)
		}
	}
}
