package collector

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// leases are those of a store that can be unreachable for one replica.
type leases struct {
	*ledger.Memory
	gone atomic.Bool
}

func (l *leases) AcquireLease(ctx context.Context, holder string, ttl time.Duration) (ledger.Lease, error) {
	if l.gone.Load() {
		return ledger.Lease{}, fault.Unavailablef("the network is gone")
	}
	return l.Memory.AcquireLease(ctx, holder, ttl)
}

// member is a replica with its collector and its ledger on a shared store.
type member struct {
	*Replica
	leases *leases
	ledger *ledger.Ledger
	source *source
	stop   context.CancelFunc
	done   chan error
}

// join starts a replica.
func join(t *testing.T, name string, store *ledger.Memory, oldest slo.Minute) *member {
	t.Helper()
	l, err := ledger.Open(t.Context(), store, ledger.Options{Now: time.Now})
	require.NoError(t, err)
	m := &member{leases: &leases{Memory: store}, ledger: l, source: &source{now: time.Now, oldest: oldest}, done: make(chan error, 1)}
	c := New(Options{
		Registry: registryOf("i"), Ledger: l, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		Source: func(string) slo.Source { return m.source },
	})
	m.Replica = NewReplica(ReplicaOptions{
		Name: name, Leases: m.leases, Ledger: l, Collect: c.Run, Now: time.Now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	var ctx context.Context
	ctx, m.stop = context.WithCancel(t.Context())
	go func() { m.done <- m.Run(ctx) }()
	return m
}

// leave stops a replica in good order.
func (m *member) leave(t *testing.T) {
	t.Helper()
	m.stop()
	require.NoError(t, <-m.done)
}

// pair runs a test of two replicas, of which the first collects, in a bubble.
func pair(t *testing.T, test func(t *testing.T, first, second *member)) {
	synctest.Test(t, func(t *testing.T) {
		store := ledger.NewMemory()
		store.Now = time.Now
		oldest := slo.MinuteOf(time.Now()) - 30
		first := join(t, "first", store, oldest)
		time.Sleep(500 * time.Millisecond)
		second := join(t, "second", store, oldest)
		time.Sleep(5 * time.Minute)
		test(t, first, second)
		for _, m := range []*member{first, second} {
			m.stop()
			synctest.Wait()
		}
	})
}

// requireUpToDate wants a member's ledger to be the source's up to the minute
// that was last collected.
func requireUpToDate(t *testing.T, m *member) {
	t.Helper()
	last := slo.MinuteOf(time.Now().Add(-DefaultDelay - followEvery).Truncate(time.Minute))
	span := slo.Span{From: m.source.oldest, To: last}
	slots, err := m.ledger.Slots(t.Context(), slo.StreamKey{Indicator: "i"}, span)
	require.NoError(t, err)
	for k, got := range slots {
		require.Equal(t, m.source.slot(span.From+slo.Minute(k)), got, "minute %d of %d", k, len(slots))
	}
}

func TestOneReplicaCollectsAndTheOtherFollows(t *testing.T) {
	pair(t, func(t *testing.T, first, second *member) {
		require.True(t, first.State().Collecting)
		state := second.State()
		require.False(t, state.Collecting)
		require.Equal(t, "first", state.Holder)
		require.LessOrEqual(t, state.Behind, followEvery)
		require.NotEmpty(t, first.source.spans)
		require.Empty(t, second.source.spans, "a follower asks no source")
		requireUpToDate(t, second)
	})
}

func TestAReplicaThatStopsHandsOverAtOnce(t *testing.T) {
	pair(t, func(t *testing.T, first, second *member) {
		first.leave(t)
		time.Sleep(followEvery + time.Millisecond)
		synctest.Wait()
		require.True(t, second.State().Collecting)
		time.Sleep(2 * time.Minute)
		requireUpToDate(t, second)
	})
}

func TestAReplicaThatVanishesIsReplacedWhenItsLeaseIsOver(t *testing.T) {
	pair(t, func(t *testing.T, first, second *member) {
		began := time.Now()
		first.leases.gone.Store(true)
		for !second.State().Collecting {
			time.Sleep(100 * time.Millisecond)
		}
		require.LessOrEqual(t, time.Since(began), DefaultTTL+followEvery+200*time.Millisecond)
		synctest.Wait()
		require.False(t, first.State().Collecting, "it counts its lease as over, too")
		time.Sleep(2 * time.Minute)
		requireUpToDate(t, second)
		require.Contains(t, first.State().Error, "the network is gone")
		require.Greater(t, first.State().Behind, time.Minute)

		first.leases.gone.Store(false)
		time.Sleep(2 * followEvery)
		require.Equal(t, "second", first.State().Holder)
		require.Empty(t, first.State().Error)
		requireUpToDate(t, first)
	})
}

func TestAReplicaWhoseLeaseWasTakenStopsCollecting(t *testing.T) {
	pair(t, func(t *testing.T, first, _ *member) {
		require.NoError(t, first.leases.ReleaseLease(t.Context(), "first"))
		taken, err := first.leases.AcquireLease(t.Context(), "third", time.Hour)
		require.NoError(t, err)
		require.Equal(t, "third", taken.Holder)
		time.Sleep(DefaultTTL)
		synctest.Wait()
		require.False(t, first.State().Collecting)
		require.Equal(t, "third", first.State().Holder)
	})
}
