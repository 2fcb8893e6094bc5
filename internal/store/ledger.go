package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

var _ ledger.Store = (*Store)(nil)

// LoadLedger implements ledger.Store. What it reads is of one instant: a seal
// that moves rows into chunks meanwhile must not be seen in half.
func (s *Store) LoadLedger(ctx context.Context, v ledger.Visitor) error {
	snapshot := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	return s.noted(s.db.RunInTx(ctx, snapshot, func(ctx context.Context, tx bun.Tx) error {
		for _, load := range []func(context.Context, querier, ledger.Visitor) error{loadStreams, loadCursors, loadTotals, loadRows} {
			if err := load(ctx, tx.Tx, v); err != nil {
				return err
			}
		}
		return nil
	}))
}

func loadStreams(ctx context.Context, q querier, v ledger.Visitor) error {
	return eachRow(ctx, q, "SELECT id, indicator, grp FROM ledger_stream ORDER BY id", func(rows *sql.Rows) error {
		var r ledger.Stream
		if err := rows.Scan(&r.ID, &r.Key.Indicator, &r.Key.Group); err != nil {
			return err
		}
		return v.Stream(r)
	})
}

func loadCursors(ctx context.Context, q querier, v ledger.Visitor) error {
	const query = "SELECT indicator, settled, backfilled, oldest, samples, busy_seconds, done FROM ledger_cursor ORDER BY indicator"
	return eachRow(ctx, q, query, func(rows *sql.Rows) error {
		var c ledger.Cursor
		if err := rows.Scan(&c.Indicator, &c.Settled, &c.Backfilled, &c.Oldest, &c.Samples, &c.BusySeconds, &c.Done); err != nil {
			return err
		}
		return v.Cursor(c)
	})
}

func loadTotals(ctx context.Context, q querier, v ledger.Visitor) error {
	const query = `SELECT stream, day, good, total, measured, estimated, first_slot, last_slot, through_row, checksum
		FROM ledger_day ORDER BY stream, day`
	return eachRow(ctx, q, query, func(rows *sql.Rows) error {
		var t ledger.Totals
		err := rows.Scan(&t.Stream, &t.Day, &t.Good, &t.Total, &t.Measured, &t.Estimated, &t.First, &t.Last, &t.Through, &t.Checksum)
		if err != nil {
			return err
		}
		return v.Totals(t)
	})
}

func loadRows(ctx context.Context, q querier, v ledger.Visitor) error {
	const query = "SELECT id, written_at, from_minute, to_minute, payload FROM ledger_journal ORDER BY id"
	return eachRow(ctx, q, query, func(rows *sql.Rows) error {
		var r ledger.Row
		var at micros
		if err := rows.Scan(&r.ID, &at, &r.Span.From, &r.Span.To, &r.Payload); err != nil {
			return err
		}
		r.At = at.time()
		return v.Row(r)
	})
}

// Append implements ledger.Store.
func (s *Store) Append(ctx context.Context, c ledger.Commit) error {
	if err := checkCommit(c); err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, insert := range []func(context.Context, bun.Tx, ledger.Commit) error{insertStreams, insertRows, insertRevisions, upsertCursors} {
			if err := insert(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkCommit refuses texts that would come back changed, and revisions that no
// row would order.
func checkCommit(c ledger.Commit) error {
	for _, r := range c.Streams {
		if err := firstError(checkText("an indicator's key", string(r.Key.Indicator)), checkText("a group", string(r.Key.Group))); err != nil {
			return err
		}
	}
	for _, r := range c.Cursors {
		if err := checkText("an indicator's key", string(r.Indicator)); err != nil {
			return err
		}
	}
	for _, r := range c.Revisions {
		if err := checkText("the reason of a revision", r.Reason); err != nil {
			return err
		}
	}
	if len(c.Revisions) > 0 && len(c.Rows) == 0 {
		return fault.Invalidf("revisions cannot be written without the journal row that makes them")
	}
	return nil
}

func insertStreams(ctx context.Context, tx bun.Tx, c ledger.Commit) error {
	return execMany(ctx, tx, len(c.Streams), "INSERT INTO ledger_stream (id, indicator, grp) VALUES (?)", func(i int) []any {
		r := c.Streams[i]
		return []any{r.ID, string(r.Key.Indicator), string(r.Key.Group)}
	})
}

func insertRows(ctx context.Context, tx bun.Tx, c ledger.Commit) error {
	const query = "INSERT INTO ledger_journal (id, written_at, from_minute, to_minute, payload) VALUES (?)"
	return execMany(ctx, tx, len(c.Rows), query, func(i int) []any {
		r := c.Rows[i]
		return []any{r.ID, int64(microsOf(r.At)), int64(r.Span.From), int64(r.Span.To), r.Payload}
	})
}

func insertRevisions(ctx context.Context, tx bun.Tx, c ledger.Commit) error {
	const query = `INSERT INTO ledger_revision
		(stream, journal_row, seq, written_at, from_minute, to_minute, changed, good_delta, total_delta, reason)
		VALUES (?)`
	return execMany(ctx, tx, len(c.Revisions), query, func(i int) []any {
		r := c.Revisions[i]
		return []any{
			r.Stream, c.Rows[len(c.Rows)-1].ID, i, int64(microsOf(r.At)), int64(r.Span.From), int64(r.Span.To),
			r.Changed, r.GoodDelta, r.TotalDelta, r.Reason,
		}
	})
}

func upsertCursors(ctx context.Context, tx bun.Tx, c ledger.Commit) error {
	const query = `INSERT INTO ledger_cursor (indicator, settled, backfilled, oldest, samples, busy_seconds, done)
		VALUES (?)
		ON CONFLICT (indicator) DO UPDATE SET settled = excluded.settled, backfilled = excluded.backfilled,
		oldest = excluded.oldest, samples = excluded.samples, busy_seconds = excluded.busy_seconds, done = excluded.done`
	return execMany(ctx, tx, len(c.Cursors), query, func(i int) []any {
		r := c.Cursors[i]
		return []any{string(r.Indicator), int64(r.Settled), int64(r.Backfilled), int64(r.Oldest), r.Samples, r.BusySeconds, r.Done}
	})
}

// Seal implements ledger.Store.
func (s *Store) Seal(ctx context.Context, chunks []ledger.Chunk, redundant []int64) error {
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := upsertChunks(ctx, tx, chunks); err != nil {
			return err
		}
		return execMany(ctx, tx, len(redundant), "DELETE FROM ledger_journal WHERE id IN ((?))", func(i int) []any {
			return []any{redundant[i]}
		})
	})
}

func upsertChunks(ctx context.Context, tx bun.Tx, chunks []ledger.Chunk) error {
	const totals = `INSERT INTO ledger_day
		(stream, day, good, total, measured, estimated, first_slot, last_slot, through_row, checksum)
		VALUES (?)
		ON CONFLICT (stream, day) DO UPDATE SET good = excluded.good, total = excluded.total,
		measured = excluded.measured, estimated = excluded.estimated, first_slot = excluded.first_slot,
		last_slot = excluded.last_slot, through_row = excluded.through_row, checksum = excluded.checksum`
	err := execMany(ctx, tx, len(chunks), totals, func(i int) []any {
		c := chunks[i]
		return []any{c.Stream, c.Day, c.Good, c.Total, c.Measured, c.Estimated, c.First, c.Last, c.Through, int64(c.Checksum)}
	})
	if err != nil {
		return err
	}
	const payload = `INSERT INTO ledger_chunk (stream, day, payload) VALUES (?)
		ON CONFLICT (stream, day) DO UPDATE SET payload = excluded.payload`
	return execMany(ctx, tx, len(chunks), payload, func(i int) []any {
		c := chunks[i]
		return []any{c.Stream, c.Day, c.Payload}
	})
}

// ChunkPayload implements ledger.Store.
func (s *Store) ChunkPayload(ctx context.Context, stream int64, day int) (payload []byte, err error) {
	err = s.db.DB.QueryRowContext(ctx, "SELECT payload FROM ledger_chunk WHERE stream = $1 AND day = $2", stream, day).Scan(&payload)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NotFoundf("stream %d has no chunk of day %d", stream, day)
	}
	return payload, s.noted(err)
}

// Revisions implements ledger.Store.
func (s *Store) Revisions(ctx context.Context, stream int64, span slo.Span, limit int) (found []slo.Revision, err error) {
	const query = `SELECT written_at, from_minute, to_minute, changed, good_delta, total_delta, reason
		FROM ledger_revision WHERE stream = $1 AND from_minute <= $2 AND to_minute >= $3
		ORDER BY journal_row DESC, seq DESC LIMIT $4`
	err = eachRow(ctx, s.db.DB, query, func(rows *sql.Rows) error {
		var r slo.Revision
		var at micros
		err := rows.Scan(&at, &r.Span.From, &r.Span.To, &r.Changed, &r.GoodDelta, &r.TotalDelta, &r.Reason)
		r.At = at.time()
		found = append(found, r)
		return err
	}, stream, int64(span.To), int64(span.From), limit)
	return found, s.noted(err)
}
