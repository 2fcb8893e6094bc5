// Package ledgertest holds what a ledger.Store must do, for every
// implementation: Run its contract, Model, Crash and Stumble the ledger over it.
//
// It is imported by tests only, and imports slo, slo/ledger, internal/fault and
// test libraries.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// contents is all that Changes tells a ledger that knows nothing.
type contents struct {
	Streams []ledger.Stream
	Cursors []ledger.Cursor
	Totals  []ledger.Totals
	Rows    []ledger.Row
}

func load(t testing.TB, s ledger.Store) (c contents) {
	t.Helper()
	_, err := s.Changes(t.Context(), ledger.Position{}, ledger.Visitor{
		Stream: func(v ledger.Stream) error { c.Streams = append(c.Streams, v); return nil },
		Cursor: func(v ledger.Cursor) error { c.Cursors = append(c.Cursors, v); return nil },
		Totals: func(v ledger.Totals) error { c.Totals = append(c.Totals, v); return nil },
		Row:    func(v ledger.Row) error { c.Rows = append(c.Rows, v); return nil },
	})
	require.NoError(t, err)
	return c
}

func requireContents(t testing.TB, s ledger.Store, want contents) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, load(t, s), cmpopts.EquateEmpty()))
}

// Run holds a store to its contract. newStore returns an empty store.
func Run(t *testing.T, newStore func(t *testing.T) ledger.Store) {
	for name, test := range map[string]func(t *testing.T, s ledger.Store){
		"an empty store tells nothing":                    func(t *testing.T, s ledger.Store) { requireContents(t, s, contents{}) },
		"a commit is loaded back in order":                commitComesBack,
		"a refused commit leaves nothing":                 refusedLeavesNothing,
		"cursors are replaced":                            cursorsAreReplaced,
		"commits of many rows keep each row":              manyRows,
		"seals insert, replace and delete together":       seals,
		"a chunk that is not there is not found":          noChunk,
		"revisions come newest first, in span, limited":   revisions,
		"revisions need a row":                            revisionsNeedARow,
		"an error of a visitor ends the reading":          visitorErrors,
		"a context that ended writes nothing":             endedContext,
		"what was given may be changed afterwards":        copies,
		"readers and a writer do not disturb one another": concurrent,
		"large payloads come back":                        largePayload,
		"a checkpoint is replaced and is no change":       checkpointIsReplaced,
	} {
		t.Run(name, func(t *testing.T) { test(t, newStore(t)) })
	}
}

func checkpointIsReplaced(t *testing.T, s ledger.Store) {
	parts, err := s.LoadCheckpoint(t.Context())
	require.NoError(t, err)
	require.Empty(t, parts)
	before, version := since(t, s, ledger.Position{})
	for _, want := range [][][]byte{{{1}, {2, 0}, {0xff}}, {{4}}} {
		require.NoError(t, s.SaveCheckpoint(t.Context(), want))
		parts, err = s.LoadCheckpoint(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, parts)
	}
	after, same := since(t, s, ledger.Position{})
	require.Equal(t, version, same)
	require.Equal(t, before, after)
}

// at is an instant that every engine can keep: whole microseconds.
var at = time.Date(2026, 2, 3, 4, 5, 6, 789_123_000, time.UTC)

func sampleStream(id int64) ledger.Stream {
	return ledger.Stream{ID: id, Key: slo.StreamKey{Indicator: "i", Group: slo.GroupOf(map[string]string{"n": strconv.FormatInt(id, 10)})}}
}

func sampleRow(id int64) ledger.Row {
	return ledger.Row{ID: id, At: at, Span: slo.Span{From: -5, To: 1 << 33}, Payload: []byte{0, 1, '\'', '?', 0xff, byte(id)}}
}

func sampleChunk(stream int64, day int, through int64) ledger.Chunk {
	return ledger.Chunk{
		Totals: ledger.Totals{
			Stream: stream, Day: day, Good: 0.1 + float64(day), Total: 1e300, Measured: 1400, Estimated: 7,
			First: 3, Last: 1439, Through: through, Checksum: 1<<32 - 1,
		},
		Payload: []byte{byte(stream), 0, byte(through)},
	}
}

func commitComesBack(t *testing.T, s ledger.Store) {
	want := contents{
		Streams: []ledger.Stream{sampleStream(1), sampleStream(2), {ID: 7, Key: slo.StreamKey{Indicator: "quote ' ? \\ \" é 漢"}}},
		Cursors: []ledger.Cursor{
			{Indicator: "a", Settled: 5, Backfilled: -3, Oldest: -99, Samples: 1 << 40, BusySeconds: 0.1, Done: true},
			{Indicator: "b"},
		},
		Rows: []ledger.Row{sampleRow(1), sampleRow(2), sampleRow(9)},
	}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{
		Streams: []ledger.Stream{want.Streams[2], want.Streams[0]}, Rows: want.Rows[:2], Cursors: want.Cursors[1:],
	}))
	require.NoError(t, s.Append(t.Context(), ledger.Commit{
		Streams: want.Streams[1:2], Rows: want.Rows[2:], Cursors: want.Cursors[:1],
	}))
	requireContents(t, s, want)
}

func refusedLeavesNothing(t *testing.T, s ledger.Store) {
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Streams: []ledger.Stream{sampleStream(1)}, Rows: []ledger.Row{sampleRow(1)}}))
	before := load(t, s)
	for name, c := range map[string]ledger.Commit{
		"a row that is there":    {Streams: []ledger.Stream{sampleStream(2)}, Rows: []ledger.Row{sampleRow(2), sampleRow(1)}},
		"a stream that is there": {Streams: []ledger.Stream{{ID: 3, Key: sampleStream(1).Key}}, Rows: []ledger.Row{sampleRow(2)}},
		"a stream's number":      {Streams: []ledger.Stream{{ID: 1, Key: sampleStream(4).Key}}, Cursors: []ledger.Cursor{{Indicator: "x"}}},
	} {
		err := s.Append(t.Context(), c)
		require.Equal(t, fault.Conflict, fault.KindOf(err), "%s: %v", name, err)
		requireContents(t, s, before)
	}
}

func cursorsAreReplaced(t *testing.T, s ledger.Store) {
	c := ledger.Cursor{Indicator: "a", Settled: 5, Samples: 3, Done: true}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Cursors: []ledger.Cursor{c}}))
	c = ledger.Cursor{Indicator: "a", Settled: 6, Backfilled: 1, Oldest: 2, BusySeconds: 1.5}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Cursors: []ledger.Cursor{c}}))
	requireContents(t, s, contents{Cursors: []ledger.Cursor{c}})
}

// manyRows writes more rows than a statement carries, some with a remainder, and
// has the last one refused: then the others are not there either.
func manyRows(t *testing.T, s ledger.Store) {
	var want contents
	for i := range 203 {
		want.Streams = append(want.Streams, sampleStream(int64(i+1)))
		want.Cursors = append(want.Cursors, ledger.Cursor{Indicator: slo.IndicatorKey(fmt.Sprintf("i%03d", i)), Settled: slo.Minute(i)})
	}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Streams: want.Streams, Cursors: want.Cursors}))
	requireContents(t, s, want)

	for i := range want.Cursors[:101] { // the others stay
		want.Cursors[i].Settled, want.Cursors[i].Done = slo.Minute(1000-i), i%2 == 0
	}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Cursors: want.Cursors[:101]}))
	requireContents(t, s, want)

	refused := ledger.Commit{Cursors: []ledger.Cursor{{Indicator: "i000", Settled: 7}}}
	for i := range 96 {
		refused.Streams = append(refused.Streams, sampleStream(int64(i+300)))
	}
	refused.Streams[95].ID = 1
	require.Equal(t, fault.Conflict, fault.KindOf(s.Append(t.Context(), refused)))
	requireContents(t, s, want)
}

func seals(t *testing.T, s ledger.Store) {
	streams := []ledger.Stream{sampleStream(1), sampleStream(2)}
	rows := []ledger.Row{sampleRow(1), sampleRow(2), sampleRow(3)}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Streams: streams, Rows: rows}))
	require.NoError(t, s.Seal(t.Context(), 0, []ledger.Chunk{sampleChunk(2, 5, 2), sampleChunk(1, -4, 2), sampleChunk(1, 6, 2)}, []int64{1, 2, 77}))
	replaced := sampleChunk(1, 6, 3)
	replaced.Good, replaced.Measured = 0, 0
	require.NoError(t, s.Seal(t.Context(), 0, []ledger.Chunk{replaced}, nil))
	requireContents(t, s, contents{
		Streams: streams, Rows: rows[2:],
		Totals: []ledger.Totals{sampleChunk(1, -4, 2).Totals, replaced.Totals, sampleChunk(2, 5, 2).Totals},
	})
	for _, c := range []ledger.Chunk{sampleChunk(1, -4, 2), replaced, sampleChunk(2, 5, 2)} {
		got, through, err := s.ChunkPayload(t.Context(), c.Stream, c.Day)
		require.NoError(t, err)
		require.Equal(t, c.Payload, got)
		require.Equal(t, c.Through, through)
	}
}

func noChunk(t *testing.T, s ledger.Store) {
	_, _, err := s.ChunkPayload(t.Context(), 1, 1)
	require.Equal(t, fault.NotFound, fault.KindOf(err), "%v", err)
}

func revisions(t *testing.T, s ledger.Store) {
	commit := ledger.Commit{Streams: []ledger.Stream{sampleStream(1), sampleStream(2)}}
	var all []slo.Revision
	for i := range 5 {
		r := slo.Revision{
			At: at.Add(time.Duration(i/2) * time.Hour), Span: slo.Span{From: slo.Minute(10 * i), To: slo.Minute(10*i + 4)},
			Changed: i, GoodDelta: -0.5, TotalDelta: float64(i), Reason: "late",
		}
		all = append(all, r)
		commit.Rows = []ledger.Row{sampleRow(int64(i + 1))}
		commit.Revisions = []ledger.StreamRevision{{Stream: 2, Revision: all[0]}, {Stream: 1, Revision: r}}
		require.NoError(t, s.Append(t.Context(), commit))
		commit.Streams = nil
	}
	for name, c := range map[string]struct {
		stream int64
		span   slo.Span
		limit  int
		want   []slo.Revision
	}{
		"all":              {1, slo.Span{From: 0, To: 100}, 10, []slo.Revision{all[4], all[3], all[2], all[1], all[0]}},
		"the newest":       {1, slo.Span{From: 0, To: 100}, 2, []slo.Revision{all[4], all[3]}},
		"touched by edges": {1, slo.Span{From: 14, To: 30}, 10, []slo.Revision{all[3], all[2], all[1]}},
		"between":          {1, slo.Span{From: 15, To: 19}, 10, nil},
		"a strange stream": {3, slo.Span{From: 0, To: 100}, 10, nil},
	} {
		got, err := s.Revisions(t.Context(), c.stream, c.span, c.limit)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(c.want, got, cmpopts.EquateEmpty()), name)
	}
}

func revisionsNeedARow(t *testing.T, s ledger.Store) {
	err := s.Append(t.Context(), ledger.Commit{
		Streams: []ledger.Stream{sampleStream(1)}, Revisions: []ledger.StreamRevision{{Stream: 1}},
	})
	require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	requireContents(t, s, contents{})
}

func visitorErrors(t *testing.T, s ledger.Store) {
	require.NoError(t, s.Append(t.Context(), ledger.Commit{
		Streams: []ledger.Stream{sampleStream(1)}, Rows: []ledger.Row{sampleRow(1)}, Cursors: []ledger.Cursor{{Indicator: "a"}},
	}))
	require.NoError(t, s.Seal(t.Context(), 0, []ledger.Chunk{sampleChunk(1, 1, 1)}, nil))
	enough := errors.New("enough")
	for stop := range 4 {
		n := 0
		step := func() error {
			if n++; n > stop {
				return enough
			}
			return nil
		}
		_, err := s.Changes(t.Context(), ledger.Position{}, ledger.Visitor{
			Stream: func(ledger.Stream) error { return step() }, Cursor: func(ledger.Cursor) error { return step() },
			Totals: func(ledger.Totals) error { return step() }, Row: func(ledger.Row) error { return step() },
		})
		require.ErrorIs(t, err, enough)
		require.Equal(t, stop+1, n)
	}
}

func endedContext(t *testing.T, s ledger.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, s.Append(ctx, ledger.Commit{Streams: []ledger.Stream{sampleStream(1)}, Rows: []ledger.Row{sampleRow(1)}}))
	require.Error(t, s.Seal(ctx, 0, []ledger.Chunk{sampleChunk(1, 1, 1)}, nil))
	requireContents(t, s, contents{})
}

func copies(t *testing.T, s ledger.Store) {
	r, c := sampleRow(1), sampleChunk(1, 1, 1)
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Streams: []ledger.Stream{sampleStream(1)}, Rows: []ledger.Row{r}}))
	require.NoError(t, s.Seal(t.Context(), 0, []ledger.Chunk{c}, nil))
	clear(r.Payload)
	clear(c.Payload)
	require.Equal(t, sampleRow(1).Payload, load(t, s).Rows[0].Payload)
	clear(load(t, s).Rows[0].Payload)
	require.Equal(t, sampleRow(1).Payload, load(t, s).Rows[0].Payload)
	got, _, err := s.ChunkPayload(t.Context(), 1, 1)
	require.NoError(t, err)
	require.Equal(t, sampleChunk(1, 1, 1).Payload, got)
}

// concurrent reads while it writes; what a reader sees of a commit it sees
// whole, and the race detector sees the rest.
func concurrent(t *testing.T, s ledger.Store) {
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Streams: []ledger.Stream{sampleStream(1)}, Rows: []ledger.Row{sampleRow(1)}}))
	done := make(chan struct{})
	errs := make(chan error, 4)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				_, err := s.Revisions(t.Context(), 1, slo.Span{To: 10}, 5)
				if _, _, chunkErr := s.ChunkPayload(t.Context(), 1, 1); chunkErr != nil && fault.KindOf(chunkErr) != fault.NotFound {
					err = chunkErr
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for i := range int64(20) {
		require.NoError(t, s.Append(t.Context(), ledger.Commit{
			Rows: []ledger.Row{sampleRow(i + 2)}, Revisions: []ledger.StreamRevision{{Stream: 1, Revision: slo.Revision{At: at}}},
		}))
		require.NoError(t, s.Seal(t.Context(), 0, []ledger.Chunk{sampleChunk(1, 1, i+2)}, []int64{i + 2}))
	}
	close(done)
	wg.Wait()
	require.Empty(t, errs)
}

func largePayload(t *testing.T, s ledger.Store) {
	r := sampleRow(1)
	r.Payload = make([]byte, 3<<20)
	for i := range r.Payload {
		r.Payload[i] = byte(i * 7 >> 3)
	}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Rows: []ledger.Row{r}}))
	require.Equal(t, r.Payload, load(t, s).Rows[0].Payload)
}
