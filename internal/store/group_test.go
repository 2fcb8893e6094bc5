package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"
)

// openGroup opens a database with a table of numbers, and its group.
func openGroup(t testing.TB) (*Store, *group) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	_, err = s.db.ExecContext(t.Context(), "CREATE TABLE number (n INTEGER PRIMARY KEY, after INTEGER NOT NULL)")
	require.NoError(t, err)
	return s, &s.writer.(*sqliteWriter).group
}

// insert writes a number, and how many were there before it.
func insert(ctx context.Context, tx bun.Tx, n int) error {
	_, err := tx.Tx.ExecContext(ctx, "INSERT INTO number SELECT $1, count(*) FROM number", n)
	return err
}

func numbers(t testing.TB, s *Store) (all []int) {
	t.Helper()
	require.NoError(t, s.db.NewSelect().Table("number").Column("n").Order("after").Scan(t.Context(), &all))
	return all
}

var errRefused = errors.New("refused")

// hold keeps the group busy until the function that it returns is called, so
// that what is started meanwhile waits.
func hold(t testing.TB, g *group) (release func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- g.run(context.Background(), func(context.Context, bun.Tx) error { close(begun); <-end; return nil })
	}()
	<-begun
	return func() { close(end); require.NoError(t, <-done) }
}

// waiting returns when n writes wait.
func waiting(g *group, n int) {
	for {
		g.mu.Lock()
		found := len(g.queue)
		g.mu.Unlock()
		if found == n {
			return
		}
	}
}

func TestAWriteThatFailsIsUndoneAlone(t *testing.T) {
	s, g := openGroup(t)
	next := 0
	rapid.Check(t, func(rt *rapid.T) {
		fails := rapid.SliceOfN(rapid.Bool(), 1, 2*maxGroup+3).Draw(rt, "fails")
		before := len(numbers(t, s))
		release := hold(t, g)
		errs := make([]error, len(fails))
		var want []int
		var wg sync.WaitGroup
		for i, fail := range fails {
			next++
			n := next
			if !fail {
				want = append(want, n)
			}
			wg.Go(func() {
				errs[i] = g.run(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := insert(ctx, tx, n); err != nil || !fail {
						return err
					}
					return errRefused
				})
			})
			waiting(g, i+1) // they come in this order
		}
		release()
		wg.Wait()
		require.Equal(rt, append([]int(nil), want...), append([]int(nil), numbers(t, s)[before:]...), "in the order in which they came")
		for i, fail := range fails {
			require.Equal(rt, fail, errors.Is(errs[i], errRefused), "%v", errs[i])
		}
	})
}

func TestWritersThatWaitShareACommit(t *testing.T) {
	s, g := openGroup(t)
	var transactions sync.Map
	release := hold(t, g)
	var wg sync.WaitGroup
	for i := range maxGroup {
		wg.Go(func() {
			require.NoError(t, g.run(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				transactions.Store(tx.Tx, true)
				return insert(ctx, tx, i)
			}))
		})
	}
	waiting(g, maxGroup)
	release()
	wg.Wait()
	n := 0
	transactions.Range(func(any, any) bool { n++; return true })
	require.Equal(t, 1, n)
	require.Len(t, numbers(t, s), maxGroup)
}

func TestAContextThatEndsWhileWaitingWritesNothing(t *testing.T) {
	s, g := openGroup(t)
	release := hold(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	ended, stays := make(chan error), make(chan error)
	go func() { ended <- g.run(ctx, func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, 1) }) }()
	waiting(g, 1)
	go func() {
		stays <- g.run(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, 2) })
	}()
	waiting(g, 2)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	release()
	require.NoError(t, <-stays)
	require.Equal(t, []int{2}, numbers(t, s))
}

func TestAContextThatEndsDuringAWriteChangesNothing(t *testing.T) {
	s, g := openGroup(t)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, g.run(ctx, func(ctx context.Context, tx bun.Tx) error {
		cancel()
		return insert(ctx, tx, 1)
	}))
	require.Equal(t, []int{1}, numbers(t, s))
}

func TestAPanicIsTheLeadersAndNobodyHangs(t *testing.T) {
	s, g := openGroup(t)
	release := hold(t, g)
	panicked, shared := make(chan any), make(chan error)
	go func() {
		defer func() { panicked <- recover() }()
		_ = g.run(t.Context(), func(context.Context, bun.Tx) error { panic("ours") })
	}()
	waiting(g, 1)
	go func() {
		shared <- g.run(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, 1) })
	}()
	waiting(g, 2)
	release()
	require.Equal(t, "ours", <-panicked)
	require.ErrorIs(t, <-shared, errPanicked)
	require.NoError(t, g.run(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, 2) }))
	require.Equal(t, []int{2}, numbers(t, s))
}

// BenchmarkCommits counts commits per second with and without sharing.
func BenchmarkCommits(b *testing.B) {
	for _, writers := range []int{1, 32} {
		for _, shared := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d-writers/shared=%v", writers, shared), func(b *testing.B) {
				s, g := openGroup(b)
				run := g.run
				if !shared {
					run = func(ctx context.Context, f func(context.Context, bun.Tx) error) error {
						return s.db.RunInTx(ctx, nil, f)
					}
				}
				var next atomic.Int64
				var wg sync.WaitGroup
				b.ResetTimer()
				for range writers {
					wg.Go(func() {
						for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
							if err := run(b.Context(), func(ctx context.Context, tx bun.Tx) error {
								_, err := tx.Tx.ExecContext(ctx, "INSERT INTO number VALUES ($1, 0)", n)
								return err
							}); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			})
		}
	}
}
