package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/ledger"
)

// enter counts a write to the ledger and refuses it if its epoch is over. The
// row stays locked until the transaction ends, so that the lease cannot change
// hands between this and the commit.
func enter(ctx context.Context, tx bun.Tx, epoch int64) error {
	res, err := tx.Tx.ExecContext(ctx, "UPDATE ledger_lease SET version = version + 1 WHERE epoch = $1", epoch)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return ledger.OverError(epoch)
}

// AcquireLease takes the lease; see ledger.Lease. The clock is the database
// server's: those of the replicas need not agree.
func (s *Store) AcquireLease(ctx context.Context, holder string, ttl time.Duration) (l ledger.Lease, err error) {
	if holder == "" {
		return l, fault.Invalidf("a lease without a holder cannot be taken")
	}
	if err := checkText("the name of a replica", holder); err != nil {
		return l, err
	}
	now := s.engine.clock
	take := "UPDATE ledger_lease SET epoch = CASE WHEN holder = $1 THEN epoch ELSE epoch + 1 END, holder = $1, expires_at = " +
		now + " + $2 WHERE holder = $1 OR expires_at <= " + now
	look := "SELECT holder, epoch, expires_at - " + now + " FROM ledger_lease"
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.Tx.ExecContext(ctx, take, holder, ttl.Microseconds()); err != nil {
			return err
		}
		var left int64
		err := tx.Tx.QueryRowContext(ctx, look).Scan(&l.Holder, &l.Epoch, &left)
		l.Left = time.Duration(left) * time.Microsecond
		return err
	})
	return l, err
}

// ReleaseLease gives the lease back if holder has it.
func (s *Store) ReleaseLease(ctx context.Context, holder string) error {
	return s.free(ctx, "WHERE holder = $1", holder)
}

// freeLease ends what is left of a lease whose holder is dead. The lock on the
// directory of an SQLite database proves it.
func (s *Store) freeLease(ctx context.Context) error { return s.free(ctx, "WHERE holder <> ''") }

func (s *Store) free(ctx context.Context, where string, args ...any) error {
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.Tx.ExecContext(ctx, "UPDATE ledger_lease SET holder = '', expires_at = 0 "+where, args...)
		return err
	})
}
