package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Thinned implements ledger.Thinner.
func (s *Store) Thinned(ctx context.Context) (before int, err error) {
	before, err = thinned(ctx, s.db.DB)
	return before, s.noted(err)
}

func thinned(ctx context.Context, q querier) (before int, err error) {
	err = q.QueryRowContext(ctx, "SELECT before_day FROM ledger_thinned WHERE id = 1").Scan(&before)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.NeverThinned, nil
	}
	return before, err
}

// Thin implements ledger.Thinner.
func (s *Store) Thin(ctx context.Context, epoch int64, before, limit int) (n int, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := enter(ctx, tx, epoch); err != nil {
			return err
		}
		const mark = `INSERT INTO ledger_thinned (id, before_day) VALUES (1, $1)
			ON CONFLICT (id) DO UPDATE SET before_day = excluded.before_day WHERE ledger_thinned.before_day < excluded.before_day`
		if _, err := tx.Tx.ExecContext(ctx, mark, before); err != nil || limit <= 0 {
			return err
		}
		if n, err = affected(tx.Tx.ExecContext(ctx, `DELETE FROM ledger_chunk WHERE (stream, day) IN
			(SELECT stream, day FROM ledger_chunk WHERE day < $1 LIMIT $2)`, before, limit)); err != nil || n > 0 {
			return err
		}
		n, err = pruneRevisions(ctx, tx.Tx, int64(before)*slo.MinutesPerDay, limit)
		return err
	})
	return n, err
}

// old selects revisions that lie before a minute as a whole.
const old = "(SELECT stream, journal_row, seq FROM ledger_revision WHERE to_minute < $1 ORDER BY to_minute, stream, journal_row, seq LIMIT $2)"

// pruneRevisions counts old revisions and drops them.
func pruneRevisions(ctx context.Context, tx *sql.Tx, before int64, limit int) (int, error) {
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_revision_pruned (stream, revisions)
		SELECT stream, count(*) FROM `+old+` AS old WHERE true GROUP BY stream
		ON CONFLICT (stream) DO UPDATE SET revisions = ledger_revision_pruned.revisions + excluded.revisions`, before, limit)
	if err != nil {
		return 0, err
	}
	return affected(tx.ExecContext(ctx, "DELETE FROM ledger_revision WHERE (stream, journal_row, seq) IN "+old, before, limit))
}

func affected(r sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// PrunedRevisions implements ledger.Thinner.
func (s *Store) PrunedRevisions(ctx context.Context, stream int64) (n int, err error) {
	n, err = prunedRevisions(ctx, s.db.DB, stream)
	return n, s.noted(err)
}

func prunedRevisions(ctx context.Context, q querier, stream int64) (n int, err error) {
	err = q.QueryRowContext(ctx, "SELECT revisions FROM ledger_revision_pruned WHERE stream = $1", stream).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Shrink implements ledger.Thinner.
func (s *Store) Shrink(ctx context.Context) (more bool, err error) {
	more, err = s.writer.shrink(ctx)
	return more, s.noted(err)
}
