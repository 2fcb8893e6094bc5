package store

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// LoadCheckpoint implements ledger.Checkpointer.
func (s *Store) LoadCheckpoint(ctx context.Context) (parts [][]byte, err error) {
	err = eachRow(ctx, s.db.DB, "SELECT payload FROM ledger_checkpoint ORDER BY part", func(rows *sql.Rows) error {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return err
		}
		parts = append(parts, part)
		return nil
	})
	return parts, s.noted(err)
}

// SaveCheckpoint implements ledger.Checkpointer. It does not ask for the epoch:
// a checkpoint of one that is over is of an older version, and as right.
func (s *Store) SaveCheckpoint(ctx context.Context, parts [][]byte) error {
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.Tx.ExecContext(ctx, "DELETE FROM ledger_checkpoint"); err != nil {
			return err
		}
		return execMany(ctx, tx, len(parts), "INSERT INTO ledger_checkpoint (part, payload) VALUES (?)", func(i int) []any {
			return []any{i, parts[i]}
		})
	})
}
