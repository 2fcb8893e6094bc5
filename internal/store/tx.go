package store

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// inTx runs f in a transaction that takes the write lock at its beginning, so
// that it cannot fail for a lock in the middle. It commits if f returns nil.
func (s *Store) inTx(ctx context.Context, f func(tx bun.Tx) error) error {
	return translate(s.db.RunInTx(ctx, nil, func(_ context.Context, tx bun.Tx) error { return f(tx) }))
}

// execMany runs one statement for each of n sets of arguments. The arguments
// are bound, not written into the text as bun does it: payloads are large, and
// numbered parameters ($1) mean the same to both engines.
func execMany(ctx context.Context, tx bun.Tx, n int, query string, args func(i int) []any) (err error) {
	if n == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, stmt.Close()) }()
	for i := range n {
		if _, err := stmt.ExecContext(ctx, args(i)...); err != nil {
			return err
		}
	}
	return nil
}

// eachRow calls scan for each row of a query and leaves nothing open.
func eachRow(ctx context.Context, db bun.IDB, query string, scan func(*sql.Rows) error) (err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// firstError returns the first error that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
