package server

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
)

func TestARepairKeepsItsLeaseAsLongAsItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leases := ledger.NewMemory()
		leases.Now = time.Now
		ctx, lease, release, err := takeLease(t.Context(), leases)
		require.NoError(t, err)
		for range 100 {
			time.Sleep(repairTTL / 4)
			other, err := leases.AcquireLease(t.Context(), "a server", repairTTL)
			require.NoError(t, err)
			require.Equal(t, lease.Holder, other.Holder)
			require.Equal(t, lease.Epoch, other.Epoch)
		}
		_, _, _, err = takeLease(t.Context(), leases)
		require.Equal(t, fault.Conflict, fault.KindOf(err), "a second repair waits as a server does")
		require.NoError(t, ctx.Err())
		require.NoError(t, release())
		other, err := leases.AcquireLease(t.Context(), "a server", repairTTL)
		require.NoError(t, err)
		require.Equal(t, "a server", other.Holder, "nobody waits for the end of a lease that was given back")
	})
}

// mute is a store whose lease cannot be asked for.
type mute struct {
	collector.Leases
	gone atomic.Bool
}

func (f *mute) AcquireLease(ctx context.Context, holder string, ttl time.Duration) (ledger.Lease, error) {
	if f.gone.Load() {
		return ledger.Lease{}, fault.Unavailablef("the database is restarting")
	}
	return f.Leases.AcquireLease(ctx, holder, ttl)
}

func TestARepairThatLosesItsLeaseIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := ledger.NewMemory()
		shared.Now = time.Now
		leases := &mute{Leases: shared}
		ctx, _, release, err := takeLease(t.Context(), leases)
		require.NoError(t, err)
		leases.gone.Store(true)
		time.Sleep(repairTTL + time.Second)
		synctest.Wait()
		require.NoError(t, ctx.Err(), "whoever cannot ask has not lost it")
		taken, err := shared.AcquireLease(t.Context(), "a server", repairTTL)
		require.NoError(t, err)
		require.Equal(t, "a server", taken.Holder)
		leases.gone.Store(false)
		time.Sleep(repairTTL / 2)
		synctest.Wait()
		require.ErrorContains(t, context.Cause(ctx), "another replica took over")
		require.NoError(t, release())
		taken, err = shared.AcquireLease(t.Context(), "a server", repairTTL)
		require.NoError(t, err)
		require.Equal(t, "a server", taken.Holder, "the lease of another is not given back")
	})
}
