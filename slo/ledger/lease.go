package ledger

import (
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// Lease is the right to write to a store that several processes share, for a
// time. Stores offer it by two methods:
//
//	AcquireLease(ctx, holder, ttl) (Lease, error)
//	ReleaseLease(ctx, holder) error
//
// AcquireLease prolongs the lease if holder has it, takes it if nobody has it or
// its time is over by the clock of the store, and otherwise leaves it; it returns
// the lease as it is then, so that somebody else's is no error. Every change of
// hands raises the epoch, which Append and Seal compare: a holder that was paused
// while its lease ran out can write nothing, whatever it believes. Holders are
// unique, also over restarts of one process.
type Lease struct {
	Holder string
	Epoch  int64
	Left   time.Duration // until it runs out
}

// OverError is the fault.Conflict by which stores refuse a write of an epoch that
// is over.
func OverError(epoch int64) error {
	return fault.Conflictf("another replica took over and writes the ledger; what epoch %d still had to write is not kept, and measured again by the other", epoch)
}
