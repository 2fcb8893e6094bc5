package ledgertest

import (
	"context"
	"errors"
	"maps"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// model is the ledger as a map: slow and plain.
type model struct {
	slots   map[slo.StreamKey]map[slo.Minute]slo.Slot
	cursors map[slo.IndicatorKey]ledger.Cursor
	changed map[slo.StreamKey]int // slots that carried figures and changed
}

func newModel() *model {
	return &model{
		slots: map[slo.StreamKey]map[slo.Minute]slo.Slot{}, cursors: map[slo.IndicatorKey]ledger.Cursor{},
		changed: map[slo.StreamKey]int{},
	}
}

func (m *model) clone() *model {
	c := newModel()
	for k, v := range m.slots {
		c.slots[k] = maps.Clone(v)
	}
	c.cursors, c.changed = maps.Clone(m.cursors), maps.Clone(m.changed)
	return c
}

func (m *model) write(w ledger.Write) {
	span := w.Measurement.Span
	given := map[slo.StreamKey][]slo.Slot{}
	for k := range m.slots {
		if k.Indicator == w.Indicator {
			given[k] = make([]slo.Slot, span.Len())
		}
	}
	for _, s := range w.Measurement.Streams {
		given[slo.StreamKey{Indicator: w.Indicator, Group: s.Group}] = s.Slots
	}
	for k, slots := range given {
		if m.slots[k] == nil {
			m.slots[k] = map[slo.Minute]slo.Slot{}
		}
		for i, s := range slots {
			minute := span.From + slo.Minute(i)
			if held := m.slots[k][minute]; held.State != slo.Gap && held != s {
				m.changed[k]++
			}
			m.slots[k][minute] = s
		}
	}
	if w.Cursor != nil {
		c := *w.Cursor
		c.Indicator = w.Indicator
		m.cursors[w.Indicator] = c
	}
}

func (m *model) read(k slo.StreamKey, span slo.Span) (slots []slo.Slot, t slo.Tally) {
	slots = make([]slo.Slot, span.Len())
	for i := range slots {
		slots[i] = m.slots[k][span.From+slo.Minute(i)]
		t.Add(slots[i])
	}
	return slots, t
}

func (m *model) extent(k slo.StreamKey) (span slo.Span, ok bool) {
	for minute, s := range m.slots[k] {
		if s.State == slo.Gap {
			continue
		}
		if !ok {
			span, ok = slo.Span{From: minute, To: minute}, true
		}
		span = slo.Span{From: min(span.From, minute), To: max(span.To, minute)}
	}
	return span, ok
}

// The model's world: a few streams over a dozen days.
var (
	now             = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	day0            = slo.Minute(20_000 * slo.MinutesPerDay)
	worldIndicators = []slo.IndicatorKey{"a", "b"}
	worldGroups     = []slo.Group{"", `{"g":"1"}`, `{"g":"2"}`}
	world           = slo.Span{From: day0 - 2*slo.MinutesPerDay, To: day0 + 3*slo.MinutesPerDay}
)

func drawSlot(t *rapid.T, integers bool) slo.Slot {
	state := slo.SlotState(rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, "state"))
	if state == slo.Gap {
		return slo.Slot{}
	}
	if integers {
		total := rapid.IntRange(0, 500).Draw(t, "total")
		return slo.Slot{Good: float64(rapid.IntRange(0, total).Draw(t, "good")), Total: float64(total), State: state}
	}
	total := rapid.SampledFrom([]float64{0.1, 1e-9, 1e15, 3.25, 1.0 / 3, 59.998}).Draw(t, "total")
	return slo.Slot{Good: total * rapid.SampledFrom([]float64{0, 0.5, 0.999, 1}).Draw(t, "share"), Total: total, State: state}
}

// drawSpan favours the edges of days and hours, where mistakes are.
func drawSpan(t *rapid.T, label string, maxLen int) slo.Span {
	from := slo.Minute(rapid.Int64Range(int64(world.From), int64(world.To)).Draw(t, label+" from"))
	if rapid.Bool().Draw(t, label+" at an edge") {
		from -= from % 60
		from += slo.Minute(rapid.IntRange(-2, 2).Draw(t, label+" off the edge"))
	}
	n := rapid.SampledFrom([]int{1, 3, 60, 61, 1439, 1440, 1441, 3000, 9_000}).Draw(t, label+" length")
	return slo.Span{From: from, To: from + slo.Minute(min(n, maxLen)) - 1}
}

// drawWrite repeats a short pattern of slots over its span.
func drawWrite(t *rapid.T, integers bool) ledger.Write {
	span := drawSpan(t, "write", 1500)
	w := ledger.Write{
		Indicator: rapid.SampledFrom(worldIndicators).Draw(t, "indicator"), Reason: "live",
		Measurement: slo.Measurement{Span: span},
	}
	for _, g := range worldGroups {
		if rapid.IntRange(0, 3).Draw(t, "leave out") == 0 {
			continue
		}
		pattern := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) slo.Slot { return drawSlot(t, integers) }), 1, 7).Draw(t, "pattern")
		slots := make([]slo.Slot, span.Len())
		for i := range slots {
			slots[i] = pattern[i%len(pattern)]
		}
		w.Measurement.Streams = append(w.Measurement.Streams, slo.StreamSlots{Group: g, Slots: slots})
	}
	if rapid.Bool().Draw(t, "cursor") {
		w.Cursor = &ledger.Cursor{Settled: span.To}
	}
	return w
}

func openRapid(t *rapid.T, s ledger.Store) *ledger.Ledger {
	l, err := ledger.Open(context.Background(), s, ledger.Options{Now: func() time.Time { return now }, CacheBytes: 4000, CheckpointAfter: 1})
	require.NoError(t, err)
	return l
}

// compare holds the ledger to the model in everything that a reader can ask.
func compare(t *rapid.T, m *model, l *ledger.Ledger) {
	ctx := context.Background()
	for _, ind := range worldIndicators {
		cursor, ok := l.Cursor(ind)
		want, wantOK := m.cursors[ind]
		require.Equal(t, wantOK, ok)
		require.Equal(t, want, cursor)
		for _, g := range worldGroups {
			k := slo.StreamKey{Indicator: ind, Group: g}
			span := drawSpan(t, "read", 9_000)
			wantSlots, wantTally := m.read(k, span)
			slots, err := l.Slots(ctx, k, span)
			require.NoError(t, err)
			requireSlots(t, wantSlots, slots)
			tally, err := l.Tally(ctx, k, span)
			require.NoError(t, err)
			requireTally(t, wantTally, tally)
			wantExtent, wantOK := m.extent(k)
			extent, ok := l.Extent(k)
			require.Equal(t, wantOK, ok)
			require.Equal(t, wantExtent, extent)
		}
	}
	require.Empty(t, l.Problems())
}

// compareRevisions holds the revisions to the slots that changed.
func compareRevisions(t *rapid.T, m *model, l *ledger.Ledger) {
	for _, ind := range worldIndicators {
		for _, g := range worldGroups {
			k := slo.StreamKey{Indicator: ind, Group: g}
			require.Equal(t, m.changed[k], revised(t, l, k))
		}
	}
}

// requireSlots wants equal slots and names the first that differs.
func requireSlots(t require.TestingT, want, got []slo.Slot) {
	require.Len(t, got, len(want))
	for i := range want {
		if want[i] != got[i] {
			require.Equal(t, want[i], got[i], "slot %d", i)
		}
	}
}

// requireTally wants counts equal and sums equal to 10⁻⁹.
func requireTally(t require.TestingT, want, got slo.Tally) {
	requireClose(t, want.Good, got.Good)
	requireClose(t, want.Total, got.Total)
	want.Good, want.Total, got.Good, got.Total = 0, 0, 0, 0
	require.Equal(t, want, got)
}

func requireClose(t require.TestingT, want, got float64) {
	require.LessOrEqual(t, math.Abs(want-got), 1e-9*math.Abs(want), "want %g, got %g", want, got)
}

func revised(t require.TestingT, l *ledger.Ledger, k slo.StreamKey) (n int) {
	all := slo.Span{From: world.From - 100_000, To: world.To + 100_000}
	revisions, err := l.Revisions(context.Background(), k, all, ledger.MaxRevisions)
	require.NoError(t, err)
	for _, r := range revisions {
		n += r.Changed
	}
	return n
}

// Model writes, seals and reopens at random over stores that newStore makes
// empty, and holds everything that a reader can ask to a plain map.
func Model(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	for name, integers := range map[string]bool{"whole numbers": true, "any numbers": false} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { steps(rt, newStore(t), integers) })
		})
	}
}

// steps is one random life of a ledger.
func steps(t *rapid.T, store ledger.Store, integers bool) {
	m, l := newModel(), openRapid(t, store)
	for range rapid.IntRange(1, 8).Draw(t, "steps") {
		switch rapid.SampledFrom([]string{"write", "write", "write two", "seal", "checkpoint", "reopen"}).Draw(t, "step") {
		case "write":
			writeBoth(t, m, l, drawWrite(t, integers))
		case "checkpoint":
			_, err := l.Checkpoint(context.Background())
			require.NoError(t, err)
		case "write two":
			writeBoth(t, m, l, drawWrite(t, integers), drawWrite(t, integers))
		case "seal":
			_, err := l.Seal(context.Background(), rapid.IntRange(world.From.Day(), world.To.Day()+4).Draw(t, "before"))
			require.NoError(t, err)
		case "reopen":
			l = openRapid(t, store)
		}
		compare(t, m, l)
	}
	compareRevisions(t, m, l)
}

func writeBoth(t *rapid.T, m *model, l *ledger.Ledger, ws ...ledger.Write) {
	require.NoError(t, l.WriteMany(context.Background(), ws))
	for _, w := range ws {
		m.write(w)
	}
}

// dying is a store that stops at its n-th writing operation, before or after it
// took effect: the caller cannot know which.
type dying struct {
	ledger.Store
	left      int
	afterward bool
}

var errDied = errors.New("the machine is gone")

func (d *dying) do(op func() error) error {
	d.left--
	if d.left > 0 {
		return op()
	}
	if d.left == 0 && d.afterward {
		if err := op(); err != nil {
			return err
		}
	}
	return errDied
}

func (d *dying) Append(ctx context.Context, c ledger.Commit) error {
	return d.do(func() error { return d.Store.Append(ctx, c) })
}

func (d *dying) Seal(ctx context.Context, epoch int64, chunks []ledger.Chunk, redundant []int64) error {
	return d.do(func() error { return d.Store.Seal(ctx, epoch, chunks, redundant) })
}

// Crash ends lives of ledgers at random writing operations, before or after
// these took effect, and looks whether the next life has all that was
// acknowledged.
func Crash(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	rapid.Check(t, func(rt *rapid.T) { lives(rt, newStore(t)) })
}

func lives(t *rapid.T, disk ledger.Store) {
	m := newModel()
	for range rapid.IntRange(1, 3).Draw(t, "lives") {
		store := &dying{Store: disk, left: rapid.IntRange(1, 5).Draw(t, "operations"), afterward: rapid.Bool().Draw(t, "afterward")}
		l := openRapid(t, store)
		compare(t, m, l)
		m = live(t, store, l, m)
	}
	l := openRapid(t, disk)
	compare(t, m, l)
	compareRevisions(t, m, l)
}

// live writes and seals until the store dies and returns what the disk holds.
func live(t *rapid.T, store *dying, l *ledger.Ledger, m *model) *model {
	for store.left > 0 {
		if rapid.IntRange(0, 3).Draw(t, "seal") == 0 {
			_, err := l.Seal(context.Background(), world.To.Day()+4)
			require.True(t, err == nil || store.left <= 0)
			if store.left > 0 {
				store.left-- // empty seals must end, too
			}
			continue
		}
		if rapid.IntRange(0, 3).Draw(t, "checkpoint") == 0 {
			_, err := l.Checkpoint(context.Background())
			require.NoError(t, err)
		}
		w := drawWrite(t, true)
		before, left := m.clone(), store.left
		m.write(w)
		if err := l.Write(context.Background(), w); err != nil {
			require.ErrorIs(t, err, errDied)
			compare(t, before, l) // memory did not run ahead
			if !store.afterward {
				return before
			}
		} else if left == store.left {
			store.left-- // nothing to write
		}
	}
	return m
}

// stumbling is a store whose writing operations fail now and then, before or
// after they took effect.
type stumbling struct {
	ledger.Store
	fail, afterward bool
}

func (d *stumbling) Append(ctx context.Context, c ledger.Commit) error {
	if !d.fail || d.afterward {
		if err := d.Store.Append(ctx, c); err != nil {
			return err
		}
	}
	if d.fail {
		return errDied
	}
	return nil
}

// Stumble lets commits fail, before or after they took effect, and goes on with
// the same ledger: what the disk holds decides.
func Stumble(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	rapid.Check(t, func(rt *rapid.T) { stumble(rt, &stumbling{Store: newStore(t)}) })
}

func stumble(t *rapid.T, store *stumbling) {
	m, l := newModel(), openRapid(t, store)
	for range rapid.IntRange(1, 5).Draw(t, "writes") {
		w := drawWrite(t, true)
		store.fail = rapid.IntRange(0, 2).Draw(t, "fail") == 0
		store.afterward = rapid.Bool().Draw(t, "afterward")
		before := m.clone()
		err := l.Write(context.Background(), w)
		if err == nil || store.afterward {
			m.write(w)
		}
		if err == nil {
			compare(t, m, l)
			continue
		}
		require.True(t, store.fail)
		compare(t, before, l)
	}
	store.fail = false
	_, err := l.Seal(context.Background(), world.To.Day()+4)
	require.NoError(t, err)
	compare(t, m, l)
	compareRevisions(t, m, l)
}
