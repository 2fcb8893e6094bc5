package server

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
)

// repairTTL is how long a repair holds the lease without renewing it, and so how
// long others wait for one that was killed.
const repairTTL = time.Minute

// takeLease lets a repair write, unless a server or another repair does. The lease
// is renewed until release is called. The context that it returns ends when the
// lease is lost, with the cause; a renewal that fails is tried again, because the
// store refuses what is written by a lease that is over.
func takeLease(ctx context.Context, leases collector.Leases) (held context.Context, lease ledger.Lease, release func() error, err error) {
	name := "hindcast check --repair/" + rand.Text()[:8]
	lease, err = leases.AcquireLease(ctx, name, repairTTL)
	if err != nil {
		return nil, lease, nil, err
	}
	if lease.Holder != name {
		return nil, lease, nil, fault.Conflictf("%s writes into this database; stop every server on it, wait %s, and repair again",
			lease.Holder, lease.Left.Round(time.Second))
	}
	held, lose := context.WithCancelCause(ctx)
	renewing, stop := context.WithCancel(held)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := renewLease(renewing, leases, lease); err != nil {
			lose(err)
		}
	}()
	return held, lease, func() error {
		stop()
		<-done
		lose(nil)
		return leases.ReleaseLease(context.WithoutCancel(ctx), name)
	}, nil
}

// renewLease renews a lease until ctx ends, or says who took it over.
func renewLease(ctx context.Context, leases collector.Leases, lease ledger.Lease) error {
	ticks := time.NewTicker(repairTTL * 3 / 10)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		now, err := leases.AcquireLease(ctx, lease.Holder, repairTTL)
		if err == nil && (now.Holder != lease.Holder || now.Epoch != lease.Epoch) {
			return ledger.OverError(lease.Epoch)
		}
	}
}
