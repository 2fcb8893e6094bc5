package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Snapshot is a database as it was at one instant: it is read in one
// transaction, whatever others write meanwhile. It is a ledger.Store that
// refuses to be written. Make one with OpenSnapshot.
type Snapshot struct {
	// Engine is what keeps the database, and Schema the version of its schema.
	Engine string
	Schema int64

	tx     bun.Tx
	db     *bun.DB
	tables []table
}

var _ ledger.Store = (*Snapshot)(nil)

// OpenSnapshot opens a database for reading, whether a server has it open or
// not: it takes no lock of the data directory, migrates nothing and writes
// nothing. A schema that is older than this build's is fault.Conflict unless
// older is true, which is for those who read tables only. There being no
// database is fault.Unavailable, damage that keeps it from being opened
// fault.Invalid.
//
// While it is open, SQLite's write-ahead log cannot be emptied and grows.
func OpenSnapshot(ctx context.Context, o Options, older bool) (*Snapshot, error) {
	e, err := o.engine()
	if err != nil {
		return nil, err
	}
	if o.Database == "" {
		if err := findDatabase(o.Dir); err != nil {
			return nil, err
		}
	}
	db, err := e.read()
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s := &Snapshot{Engine: e.name, db: bun.NewDB(db, e.dialect)}
	if err := s.begin(ctx, e, older); err != nil {
		if s.tx.Tx != nil {
			_ = s.tx.Rollback() // nothing was written
		}
		err = errors.Join(err, db.Close())
		if isDamage(err) {
			return nil, damage(filepath.Join(o.Dir, FileName), "", err)
		}
		return nil, translate(err)
	}
	return s, nil
}

// findDatabase looks whether a data directory has a database that may be read.
func findDatabase(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, unfinished)); err == nil {
		return unfinishedRestore(dir)
	}
	_, err := os.Stat(filepath.Join(dir, FileName))
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fault.Unavailablef("the data directory cannot be read: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "demo", FileName)); err == nil {
		return fault.Unavailablef("%s has no database, but the demo in it has: use --data %s", dir, filepath.Join(dir, "demo"))
	}
	return fault.Unavailablef("%s has no database %s; name a data directory of hindcast with --data", dir, FileName)
}

// begin begins the transaction; its first query fixes what it sees.
func (s *Snapshot) begin(ctx context.Context, e engine, older bool) (err error) {
	if s.tx, err = s.db.BeginTx(ctx, e.snapshot); err != nil {
		return err
	}
	names, err := tableNames(ctx, s.tx.Tx, e.tables)
	if err != nil {
		return err
	}
	if !slices.Contains(names, versionTable) {
		return fault.Unavailablef("the database has no tables of hindcast; name the one that `hindcast serve` uses")
	}
	for _, t := range keptTables {
		if slices.Contains(names, t.name) { // an older schema has fewer
			s.tables = append(s.tables, t)
		}
	}
	const version = "SELECT coalesce(max(version_id), 0) FROM " + versionTable + " WHERE is_applied"
	if err := s.tx.QueryRowContext(ctx, version).Scan(&s.Schema); err != nil {
		return fmt.Errorf("read the version of the database: %w", err)
	}
	p, err := provider(s.db.DB, e)
	if err != nil {
		return err
	}
	return checkSchema(s.Schema, newest(p), older)
}

// newest returns the version that a build brings a database to.
func newest(p *goose.Provider) (version int64) {
	for _, m := range p.ListSources() {
		version = max(version, m.Version)
	}
	return version
}

// checkSchema refuses a version that this build cannot read.
func checkSchema(held, known int64, older bool) error {
	switch {
	case held > known:
		return fault.Invalidf("the database has version %d and this hindcast knows %d; use the newer hindcast that wrote it", held, known)
	case held < known && !older:
		return fault.Conflictf("the database has version %d and this hindcast has %d; start `hindcast serve` once to bring it up to date", held, known)
	default:
		return nil
	}
}

// Close ends the transaction.
func (s *Snapshot) Close() error { return errors.Join(s.tx.Rollback(), s.db.Close()) }

// Count returns how many rows EachRow will visit.
func (s *Snapshot) Count(ctx context.Context) (n int64, err error) {
	for _, t := range s.tables {
		var rows int64
		if err := s.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&rows); err != nil { // a constant of ours
			return 0, translate(err)
		}
		n += rows
	}
	return n, nil
}

// EachRow calls visit for all rows of all tables that must survive, table by
// table, those that others refer to first. Values are nil, int64, float64,
// string, []byte or bool; row is reused.
func (s *Snapshot) EachRow(ctx context.Context, visit func(table string, columns []string, row []any) error) error {
	for _, t := range s.tables {
		err := eachRawRow(ctx, s.tx.Tx, t, func(columns []string, row []any) error { return visit(t.name, columns, row) })
		if err != nil {
			return translate(fmt.Errorf("read table %s: %w", t.name, err))
		}
	}
	return nil
}

// maxComplaints is how many lines of its own checks the engine may write.
const maxComplaints = 100

// Complaints lists what the engine itself finds wrong with the database: damaged
// pages, rows that refer to nothing.
func (s *Snapshot) Complaints(ctx context.Context) (found []string, err error) {
	if s.Engine != "sqlite" { // a server checks its pages when it reads them
		return nil, nil
	}
	err = eachRow(ctx, s.tx.Tx, fmt.Sprintf("PRAGMA integrity_check(%d)", maxComplaints), func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if text != "ok" {
			found = append(found, text)
		}
		return nil
	})
	if err == nil {
		err = eachRow(ctx, s.tx.Tx, "PRAGMA foreign_key_check", func(rows *sql.Rows) error {
			var name, parent string
			var row, key any // row is absent for tables without one
			if err := rows.Scan(&name, &row, &parent, &key); err != nil {
				return err
			}
			if len(found) < maxComplaints {
				found = append(found, fmt.Sprintf("a row of %s refers to a row of %s that does not exist", name, parent))
			}
			return nil
		})
	}
	if isDamage(err) {
		return append(found, err.Error()), nil
	}
	return found, translate(err)
}

// Changes implements ledger.Store.
func (s *Snapshot) Changes(ctx context.Context, since ledger.Position, v ledger.Visitor) (version int64, err error) {
	version, err = changes(ctx, s.tx.Tx, since, v)
	return version, translate(err)
}

// ChunkPayload implements ledger.Store.
func (s *Snapshot) ChunkPayload(ctx context.Context, stream int64, day int) (payload []byte, through int64, err error) {
	return chunkPayload(ctx, s.tx.Tx, stream, day)
}

// Thinned implements ledger.Thinner.
func (s *Snapshot) Thinned(ctx context.Context) (before int, err error) {
	before, err = thinned(ctx, s.tx.Tx)
	return before, translate(err)
}

// PrunedRevisions implements ledger.Thinner.
func (s *Snapshot) PrunedRevisions(ctx context.Context, stream int64) (n int, err error) {
	n, err = prunedRevisions(ctx, s.tx.Tx, stream)
	return n, translate(err)
}

// Revisions implements ledger.Store.
func (s *Snapshot) Revisions(ctx context.Context, stream int64, span slo.Span, limit int) ([]slo.Revision, error) {
	return revisions(ctx, s.tx.Tx, stream, span, limit)
}

// Specs lists all specification files that are kept, by path.
func (s *Snapshot) Specs(ctx context.Context) ([]SpecFile, error) { return specs(ctx, s.tx) }

// Append implements ledger.Store: it refuses.
func (s *Snapshot) Append(context.Context, ledger.Commit) error { return errSnapshot }

// Seal implements ledger.Store: it refuses.
func (s *Snapshot) Seal(context.Context, int64, []ledger.Chunk, []int64) error { return errSnapshot }

// Thin implements ledger.Thinner: it refuses.
func (s *Snapshot) Thin(context.Context, int64, int, int) (int, error) { return 0, errSnapshot }

// Shrink implements ledger.Thinner: it refuses.
func (s *Snapshot) Shrink(context.Context) (bool, error) { return false, errSnapshot }

// LoadCheckpoint implements ledger.Checkpointer: what a snapshot is read for
// comes from the rows themselves.
func (s *Snapshot) LoadCheckpoint(context.Context) ([][]byte, error) { return nil, nil }

// SaveCheckpoint implements ledger.Checkpointer: it refuses.
func (s *Snapshot) SaveCheckpoint(context.Context, [][]byte) error { return errSnapshot }

var errSnapshot = fault.Invalidf("a snapshot of a database cannot be written to")
