package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// inTx runs f in a transaction and commits if it returns nil; f must not keep
// anything that it did not read or write in the transaction. On SQLite the
// transaction has the write lock from its beginning, so that it cannot fail for
// a lock in the middle; on PostgreSQL it is READ COMMITTED, see
// docs/decisions/0012. After a write that the disk lost there are no more.
func (s *Store) inTx(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	if err := s.trouble.refusal(); err != nil {
		return err
	}
	if err := s.noted(s.writer.write(ctx, f)); err != nil {
		return err
	}
	s.trouble.note(nil)
	_ = s.noted(s.writer.tidy(ctx)) // trouble, but not of what was just committed
	return nil
}

// noted translates an error of the database and takes it into account.
func (s *Store) noted(err error) error {
	if err = translate(err); err != nil {
		s.trouble.note(err)
	}
	return err
}

// maxBatch is how many rows one statement carries. It spreads the round trip to a
// server over them; beyond some dozens SQLite loses more, because it looks each
// parameter up by its name among all others. Measured in docs/decisions/0012.
const maxBatch = 32

// execMany runs a statement for n rows of arguments. "(?)" in the query stands
// for the rows: ($1, $2), ($3, $4), … Numbered parameters mean the same to both
// engines, and are bound, not written into the text as bun does it, because
// payloads are large. Batches have a power of two of rows, so that few texts
// occur and a server that caches plans by text keeps them; each text is prepared
// once, because reading it takes SQLite longer than writing what it says.
func execMany(ctx context.Context, tx bun.Tx, n int, query string, args func(i int) []any) error {
	from := 0
	for size := maxBatch; size > 0; size /= 2 {
		if n-from < size {
			continue
		}
		end := n - (n-from)%size
		if err := execBatches(ctx, tx, size, from, end, query, args); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// execBatches runs a statement for the rows from up to end, size at a time.
func execBatches(ctx context.Context, tx bun.Tx, size, from, end int, query string, args func(i int) []any) (err error) {
	batch := make([]any, 0, size*len(args(from)))
	text := strings.Replace(query, "(?)", placeholders(size, cap(batch)/size), 1)
	exec := func(batch []any) (sql.Result, error) { return tx.Tx.ExecContext(ctx, text, batch...) }
	if end-from > size {
		stmt, err := tx.Tx.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer func() { err = firstError(err, stmt.Close()) }()
		exec = func(batch []any) (sql.Result, error) { return stmt.ExecContext(ctx, batch...) }
	}
	for ; from < end; from += size {
		batch = batch[:0]
		for i := range size {
			batch = append(batch, args(from+i)...)
		}
		if _, err := exec(batch); err != nil {
			return err
		}
	}
	return nil
}

// placeholders returns rows of numbered parameters.
func placeholders(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// querier is what rows can be read from.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// eachRow calls scan for each row of a query, as it comes, and leaves nothing
// open.
func eachRow(ctx context.Context, q querier, query string, scan func(*sql.Rows) error, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
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
