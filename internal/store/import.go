package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
)

// unfinished is the name of a file in a data directory that is being restored.
// Nobody opens a directory that has it.
const unfinished = "hindcast.unfinished-restore"

// unfinishedRestore says what to do about it.
func unfinishedRestore(dir string) error {
	return fault.Conflictf("%s holds a restore that was not finished; remove everything in it (and make the database anew if it is on a server) and restore again", dir)
}

// Import fills an empty database with the rows of another, whatever the engine
// of either. Nothing of it can be served before Commit returned nil. Make one
// with BeginImport, and end it with Commit or Abort. It is for one goroutine.
type Import struct {
	store   *Store
	dir     string
	goose   *goose.Provider
	tx      bun.Tx
	columns map[string][]string // by table
	stmts   map[string]*sql.Stmt
}

// BeginImport prepares an empty data directory for the rows of a database of the
// given version. It is fault.Conflict if there is anything in it already, and
// fault.Invalid if the version is newer than this build's.
func BeginImport(ctx context.Context, o Options, schema int64) (*Import, error) {
	e, err := o.engine()
	if err != nil {
		return nil, err
	}
	i := &Import{store: &Store{engine: e}, dir: o.Dir, columns: map[string][]string{}, stmts: map[string]*sql.Stmt{}}
	if err := i.takeDir(); err != nil {
		return nil, err
	}
	if err := i.begin(ctx, schema); err != nil {
		return nil, errors.Join(err, i.Abort())
	}
	return i, nil
}

// takeDir takes and marks the directory.
func (i *Import) takeDir() (err error) {
	if err := os.MkdirAll(i.dir, 0o700); err != nil {
		return fault.Unavailablef("the data directory cannot be made: %w", err)
	}
	if err := checkEmpty(i.dir); err != nil {
		return err
	}
	if i.store.lock, err = takeDir(i.dir); err != nil {
		return err
	}
	mark := filepath.Join(i.dir, unfinished)
	if err := os.WriteFile(mark, []byte("A restore began here and did not end.\n"), 0o600); err != nil {
		return errors.Join(fault.Unavailablef("the data directory cannot be written: %w", err), i.store.Close())
	}
	return syncDir(i.dir)
}

// checkEmpty refuses a directory that has anything in it.
func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fault.Unavailablef("the data directory cannot be read: %w", err)
	}
	if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == unfinished }) {
		return unfinishedRestore(dir)
	}
	for _, e := range entries {
		if e.Name() != "lost+found" { // of the file system
			return fault.Conflictf("%s is not empty (there is %s); restore into an empty directory, or move what is in this one away", dir, e.Name())
		}
	}
	return nil
}

// begin makes the tables as they were when the rows were written, so that the
// migrations after that apply to the rows as well.
func (i *Import) begin(ctx context.Context, schema int64) error {
	e := i.store.engine
	db, err := e.open()
	if err != nil {
		return err
	}
	i.store.db = bun.NewDB(db, e.dialect)
	if err := e.check(ctx, db); err != nil {
		return translate(err)
	}
	if i.goose, err = provider(db, e); err != nil {
		return err
	}
	if known := newest(i.goose); schema > known {
		return fault.Invalidf("the backup has version %d of the database and this hindcast knows %d; use the newer hindcast that wrote it", schema, known)
	}
	if err := i.checkTables(ctx, schema); err != nil {
		return translate(err)
	}
	err = e.alone(ctx, db, func() error { _, err := i.goose.UpTo(ctx, schema); return err })
	if err != nil {
		return translate(fmt.Errorf("make the tables of version %d: %w", schema, err))
	}
	if i.tx, err = i.store.db.BeginTx(ctx, nil); err != nil {
		return translate(err)
	}
	for _, query := range e.hold {
		if _, err := i.tx.Tx.ExecContext(ctx, query); err != nil {
			return translate(err)
		}
	}
	return nil
}

// checkTables refuses a database that has rows, or tables that are newer than the
// rows to come. Empty tables are what a restore that failed leaves on a server.
func (i *Import) checkTables(ctx context.Context, schema int64) error {
	db := i.store.db.DB
	names, err := tableNames(ctx, db, i.store.engine.tables)
	if err != nil || !slices.Contains(names, versionTable) {
		return err
	}
	held, err := i.goose.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if held > schema {
		return fault.Conflictf("the database has tables of version %d and the backup is of version %d; restore into a new database", held, schema)
	}
	for _, t := range keptTables {
		if !slices.Contains(names, t.name) {
			continue
		}
		var rows int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&rows); err != nil { // a constant of ours
			return err
		}
		if rows > 0 {
			return fault.Conflictf("the database is not empty: table %s has %d rows; restore into a new database", t.name, rows)
		}
	}
	return nil
}

// Insert adds a row. Tables come in the order in which Snapshot.EachRow has them.
func (i *Import) Insert(ctx context.Context, name string, columns []string, row []any) error {
	stmt, err := i.statement(ctx, name, columns) //nolint:sqlclosecheck // it ends with its transaction
	if err != nil {
		return err
	}
	if len(row) != len(columns) {
		return fault.Invalidf("a row of table %s has %d values for %d columns", name, len(row), len(columns))
	}
	for c, v := range row {
		if text, ok := v.(string); ok {
			if err := checkText("column "+columns[c]+" of table "+name, text); err != nil {
				return err
			}
		}
	}
	if _, err := stmt.ExecContext(ctx, row...); err != nil {
		return translate(fmt.Errorf("insert into %s: %w", name, err))
	}
	return nil
}

// statement returns the statement that inserts into a table. Names of columns
// come from the archive: only those that the table has get into a statement.
func (i *Import) statement(ctx context.Context, name string, columns []string) (*sql.Stmt, error) {
	if i.stmts[name] != nil && slices.Equal(i.columns[name], columns) {
		return i.stmts[name], nil
	}
	at := slices.IndexFunc(keptTables, func(t table) bool { return t.name == name })
	if at < 0 {
		return nil, fault.Invalidf("the backup has a table %q that this hindcast does not know", name)
	}
	known, err := columnsOf(ctx, i.tx.Tx, keptTables[at])
	if err != nil {
		return nil, translate(err)
	}
	for c, column := range columns {
		if !slices.Contains(known, column) || slices.Contains(columns[:c], column) {
			return nil, fault.Invalidf("the backup has a column %q of table %s that is not there, or twice", column, name)
		}
	}
	places := make([]string, len(columns))
	for c := range places {
		places[c] = fmt.Sprintf("$%d", c+1)
	}
	stmt, err := i.tx.Tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", name, strings.Join(columns, ", "), strings.Join(places, ", ")))
	if err != nil {
		return nil, translate(err)
	}
	i.columns[name], i.stmts[name] = slices.Clone(columns), stmt
	return stmt, nil
}

// Commit makes the rows last, brings them to this build's version, and opens the
// directory to others.
func (i *Import) Commit(ctx context.Context) error {
	if err := i.tx.Commit(); err != nil {
		return translate(err)
	}
	err := i.store.engine.alone(ctx, i.store.db.DB, func() error { _, err := i.goose.Up(ctx); return err })
	if err != nil {
		return translate(fmt.Errorf("bring the restored database up to date: %w", err))
	}
	if err := i.store.db.Close(); err != nil { // empties the write-ahead log
		return translate(err)
	}
	i.store.db = nil
	if err := os.Remove(filepath.Join(i.dir, unfinished)); err != nil {
		return fault.Unavailablef("the restore cannot be ended: %w", err)
	}
	if err := syncDir(i.dir); err != nil {
		return err
	}
	return i.store.Close()
}

// Abort ends an import that failed, and empties the directory again: it was
// empty before, and everything in it is of the import or of those who use it. On
// a server, the empty tables stay.
func (i *Import) Abort() error {
	if i.tx.Tx != nil {
		_ = i.tx.Rollback() // it may have been committed
	}
	entries, err := os.ReadDir(i.dir)
	errs := []error{err}
	for _, e := range entries {
		if e.Name() != "lost+found" && e.Name() != unfinished {
			errs = append(errs, os.RemoveAll(filepath.Join(i.dir, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return errors.Join(err, i.store.Close())
	}
	return errors.Join(i.store.Close(), os.Remove(filepath.Join(i.dir, unfinished)))
}
