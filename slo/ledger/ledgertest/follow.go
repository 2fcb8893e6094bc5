package ledgertest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Shared is a store that several processes may share.
type Shared interface {
	ledger.Store
	AcquireLease(ctx context.Context, holder string, ttl time.Duration) (ledger.Lease, error)
	ReleaseLease(ctx context.Context, holder string) error
}

// Share holds a store to what sharing it takes: leases, their fence, and what
// followers are told. newStore returns an empty store.
func Share(t *testing.T, newStore func(t *testing.T) Shared) {
	for name, test := range map[string]func(t *testing.T, s Shared){
		"a lease has one holder":                                leaseHasOneHolder,
		"a lease that ran out can be taken":                     leaseRunsOut,
		"a release frees at once, and only one's own":           leaseReleased,
		"a write of an epoch that is over changes nothing":      overChangesNothing,
		"changes are those since a position":                    changesSince,
		"a paused writer is refused and follows":                pausedWriter,
		"a chunk that was replaced meanwhile is not damage":     replacedChunk,
		"a follower's watchers are told of what others changed": watchersAreTold,
		"minutes that the leader let go are not damage":         thinnedByAnother,
	} {
		t.Run(name, func(t *testing.T) { test(t, newStore(t)) })
	}
	t.Run("a follower is what a fresh ledger would be", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) { hands(rt, newStore(t)) })
	})
}

// long is a lease that does not run out in a test.
const long = time.Hour

func acquire(t require.TestingT, s Shared, holder string, ttl time.Duration) ledger.Lease {
	l, err := s.AcquireLease(context.Background(), holder, ttl)
	require.NoError(t, err)
	return l
}

func leaseHasOneHolder(t *testing.T, s Shared) {
	a := acquire(t, s, "a", long)
	require.Equal(t, "a", a.Holder)
	require.Equal(t, int64(1), a.Epoch)
	b := acquire(t, s, "b", long)
	require.Equal(t, "a", b.Holder)
	require.Equal(t, a.Epoch, b.Epoch)
	require.InDelta(t, long.Seconds(), b.Left.Seconds(), 60)
	again := acquire(t, s, "a", 2*long)
	require.Equal(t, a.Epoch, again.Epoch, "renewing is no change of hands")
	require.Greater(t, again.Left, long)
}

func leaseRunsOut(t *testing.T, s Shared) {
	acquire(t, s, "a", 20*time.Millisecond)
	require.Eventually(t, func() bool { return acquire(t, s, "b", long).Holder == "b" }, 10*time.Second, 5*time.Millisecond)
	held := acquire(t, s, "a", long)
	require.Equal(t, "b", held.Holder)
	require.Equal(t, int64(2), held.Epoch)
}

func leaseReleased(t *testing.T, s Shared) {
	acquire(t, s, "a", long)
	require.NoError(t, s.ReleaseLease(t.Context(), "b"))
	require.Equal(t, "a", acquire(t, s, "b", long).Holder)
	require.NoError(t, s.ReleaseLease(t.Context(), "a"))
	require.Equal(t, int64(2), acquire(t, s, "b", long).Epoch)
}

func overChangesNothing(t *testing.T, s Shared) {
	first := acquire(t, s, "a", long)
	commit := ledger.Commit{Epoch: first.Epoch, Streams: []ledger.Stream{sampleStream(1)}, Rows: []ledger.Row{sampleRow(1)}}
	require.NoError(t, s.Append(t.Context(), commit))
	require.NoError(t, s.ReleaseLease(t.Context(), "a"))
	require.NoError(t, s.Seal(t.Context(), first.Epoch, []ledger.Chunk{sampleChunk(1, 1, 1)}, nil), "nobody else has it yet")
	acquire(t, s, "b", long)
	before := load(t, s)
	for _, epoch := range []int64{0, first.Epoch, first.Epoch + 2} {
		err := s.Append(t.Context(), ledger.Commit{Epoch: epoch, Rows: []ledger.Row{sampleRow(2)}, Cursors: []ledger.Cursor{{Indicator: "a"}}})
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
		err = s.Seal(t.Context(), epoch, []ledger.Chunk{sampleChunk(1, 2, 1)}, []int64{1})
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
		_, err = s.Thin(t.Context(), epoch, 2, 10)
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
	}
	requireContents(t, s, before)
}

// since reads what changed and returns the version.
func since(t *testing.T, s ledger.Store, p ledger.Position) (c contents, version int64) {
	t.Helper()
	version, err := s.Changes(t.Context(), p, ledger.Visitor{
		Stream: func(v ledger.Stream) error { c.Streams = append(c.Streams, v); return nil },
		Cursor: func(v ledger.Cursor) error { c.Cursors = append(c.Cursors, v); return nil },
		Totals: func(v ledger.Totals) error { c.Totals = append(c.Totals, v); return nil },
		Row:    func(v ledger.Row) error { c.Rows = append(c.Rows, v); return nil },
	})
	require.NoError(t, err)
	return c, version
}

func changesSince(t *testing.T, s Shared) {
	_, version := since(t, s, ledger.Position{})
	require.Equal(t, int64(1), version)
	cursor := ledger.Cursor{Indicator: "a", Settled: 4}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{
		Streams: []ledger.Stream{sampleStream(1), sampleStream(2)}, Rows: []ledger.Row{sampleRow(1), sampleRow(2), sampleRow(3)},
		Cursors: []ledger.Cursor{cursor},
	}))
	require.NoError(t, s.Seal(t.Context(), 0, []ledger.Chunk{sampleChunk(1, 1, 1), sampleChunk(1, 2, 2), sampleChunk(2, 2, 3)}, []int64{1}))
	got, version := since(t, s, ledger.Position{Version: 2, Stream: 1, Row: 2})
	require.Equal(t, int64(3), version)
	require.Empty(t, cmp.Diff(contents{
		Streams: []ledger.Stream{sampleStream(2)}, Cursors: []ledger.Cursor{cursor},
		Totals: []ledger.Totals{sampleChunk(1, 2, 2).Totals, sampleChunk(2, 2, 3).Totals}, Rows: []ledger.Row{sampleRow(3)},
	}, got))
	got, version = since(t, s, ledger.Position{Version: 3, Stream: 1, Row: 2})
	require.Equal(t, int64(3), version)
	require.Empty(t, cmp.Diff(contents{}, got, cmpopts.EquateEmpty()), "nothing changed since that version")
}

// oneDay is a write of a day whose slots all hold n.
func oneDay(day int, n float64) ledger.Write {
	from := day0 + slo.Minute(day)*slo.MinutesPerDay
	slots := make([]slo.Slot, 100)
	for i := range slots {
		slots[i] = slo.Slot{Good: n, Total: n, State: slo.Measured}
	}
	return ledger.Write{Indicator: "a", Reason: "live", Measurement: slo.Measurement{
		Span: slo.Span{From: from, To: from + 99}, Streams: []slo.StreamSlots{{Slots: slots}},
	}}
}

var wholeOfA = slo.StreamKey{Indicator: "a"}

func openShared(t *testing.T, s ledger.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	return l
}

func requireGood(t *testing.T, l *ledger.Ledger, day int, want float64) {
	t.Helper()
	tally, err := l.Tally(t.Context(), wholeOfA, oneDay(day, 0).Measurement.Span)
	require.NoError(t, err)
	require.Equal(t, want, tally.Good)
}

func pausedWriter(t *testing.T, s Shared) {
	paused, other := openShared(t, s), openShared(t, s)
	require.NoError(t, paused.Lead(t.Context(), acquire(t, s, "paused", time.Microsecond).Epoch))
	require.NoError(t, paused.Write(t.Context(), oneDay(0, 1)))
	var lease ledger.Lease
	require.Eventually(t, func() bool { lease = acquire(t, s, "other", long); return lease.Holder == "other" }, 10*time.Second, time.Millisecond)
	require.NoError(t, other.Lead(t.Context(), lease.Epoch))
	require.NoError(t, other.Write(t.Context(), oneDay(0, 2)))
	_, err := other.Seal(t.Context(), world.To.Day())
	require.NoError(t, err)

	before := load(t, s)
	require.Equal(t, fault.Conflict, fault.KindOf(paused.Write(t.Context(), oneDay(0, 3))))
	_, err = paused.Seal(t.Context(), world.To.Day())
	require.True(t, err == nil || fault.KindOf(err) == fault.Conflict, "%v", err)
	requireContents(t, s, before)
	require.NoError(t, paused.CatchUp(t.Context()))
	requireGood(t, paused, 0, 200)
	require.Empty(t, paused.Problems())
}

func replacedChunk(t *testing.T, s Shared) {
	leader := openShared(t, s)
	for day := range 2 {
		require.NoError(t, leader.Write(t.Context(), oneDay(day, 1)))
	}
	_, err := leader.Seal(t.Context(), world.To.Day())
	require.NoError(t, err)
	follower := openShared(t, s)
	require.NoError(t, leader.Write(t.Context(), oneDay(0, 2)))
	_, err = leader.Seal(t.Context(), world.To.Day())
	require.NoError(t, err)
	requireGood(t, follower, 0, 200)
	require.Empty(t, follower.Problems())
}

// thinnedByAnother asks a follower, which believes that minutes are kept, for a
// part of a day and for a whole one, before and after it caught up.
func thinnedByAnother(t *testing.T, s Shared) {
	leader := openShared(t, s)
	for day := range 2 {
		require.NoError(t, leader.Write(t.Context(), oneDay(day, 1)))
	}
	_, err := leader.Seal(t.Context(), world.To.Day())
	require.NoError(t, err)
	follower, idle := openShared(t, s), openShared(t, s)
	_, err = leader.Thin(t.Context(), day0.Day()+1)
	require.NoError(t, err)
	span := oneDay(0, 0).Measurement.Span
	want, err := leader.Slots(t.Context(), wholeOfA, slo.Span{From: span.From, To: span.From + 9})
	require.NoError(t, err)
	require.NoError(t, idle.CatchUp(t.Context()))
	for _, l := range []*ledger.Ledger{follower, idle} {
		got, err := l.Slots(t.Context(), wholeOfA, slo.Span{From: span.From, To: span.From + 9})
		require.NoError(t, err)
		require.Equal(t, want, got)
		requireGood(t, l, 1, 100)
		require.Empty(t, l.Problems())
	}
}

func watchersAreTold(t *testing.T, s Shared) {
	leader, follower := openShared(t, s), openShared(t, s)
	changes, stop := follower.Watch()
	defer stop()
	require.NoError(t, leader.Write(t.Context(), oneDay(0, 1)))
	_, err := leader.Seal(t.Context(), world.To.Day()) // the row is gone before the follower looks
	require.NoError(t, err)
	require.NoError(t, follower.CatchUp(t.Context()))
	require.Len(t, changes, 1)
	require.Equal(t, []slo.IndicatorKey{"a"}, <-changes)
	require.NoError(t, follower.CatchUp(t.Context()))
	require.Empty(t, changes, "nothing changed since")
}

// hands is a life of two ledgers on one store: one writes and seals, the other
// catches up at random moments, and now and then they change parts, with a
// straggler's write to be refused. Whoever caught up must be the model.
func hands(t *rapid.T, s Shared) {
	ctx := context.Background()
	m, names := newModel(), []string{"left", "right"}
	ledgers := []*ledger.Ledger{openRapid(t, s), openRapid(t, s)}
	leader := 0
	require.NoError(t, ledgers[0].Lead(ctx, acquire(t, s, names[0], long).Epoch))
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		switch rapid.SampledFrom([]string{"write", "write", "write", "seal", "follow", "checkpoint", "change hands", "reopen"}).Draw(t, "step") {
		case "write":
			writeBoth(t, m, ledgers[leader], drawWrite(t, true))
		case "seal":
			_, err := ledgers[leader].Seal(ctx, rapid.IntRange(world.From.Day(), world.To.Day()+4).Draw(t, "before"))
			require.NoError(t, err)
		case "checkpoint": // of a ledger that may be behind, too
			_, err := ledgers[rapid.IntRange(0, 1).Draw(t, "whose")].Checkpoint(ctx)
			require.NoError(t, err)
		case "follow":
			require.NoError(t, ledgers[1-leader].CatchUp(ctx))
			compare(t, m, ledgers[1-leader])
		case "change hands":
			require.NoError(t, s.ReleaseLease(ctx, names[leader]))
			leader = 1 - leader
			require.NoError(t, ledgers[leader].Lead(ctx, acquire(t, s, names[leader], long).Epoch))
			straggle(t, ledgers[1-leader])
		case "reopen":
			ledgers[1-leader] = openRapid(t, s)
		}
		compare(t, m, ledgers[leader])
	}
	require.NoError(t, ledgers[1-leader].CatchUp(ctx))
	compare(t, m, ledgers[1-leader])
	compareRevisions(t, m, ledgers[leader])
	compare(t, m, openRapid(t, s))
}

// straggle writes by an epoch that is over: nothing of it may be kept, unless
// there was nothing to write.
func straggle(t *rapid.T, l *ledger.Ledger) {
	w := drawWrite(t, true)
	if err := l.Write(context.Background(), w); err != nil {
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%v", err)
	}
}
