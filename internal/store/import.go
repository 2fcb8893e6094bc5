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
	return fault.Conflictf("%s holds a restore that was not finished; remove everything in it and restore again", dir)
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
	if o.Database != "" {
		return nil, fault.Invalidf("this hindcast keeps its data in SQLite and cannot use a database server; leave --database out")
	}
	if err := makeDir(o.Dir); err != nil {
		return nil, err
	}
	if err := checkEmpty(o.Dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	i := &Import{
		store: &Store{lock: lock, path: filepath.Join(o.Dir, FileName)}, dir: o.Dir,
		columns: map[string][]string{}, stmts: map[string]*sql.Stmt{},
	}
	if err := i.begin(ctx, schema); err != nil {
		return nil, errors.Join(err, i.Abort())
	}
	return i, nil
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

// begin marks the directory and makes the tables as they were when the rows were
// written, so that the migrations after that apply to the rows as well.
func (i *Import) begin(ctx context.Context, schema int64) error {
	mark := filepath.Join(i.dir, unfinished)
	if err := os.WriteFile(mark, []byte("A restore began here and did not end.\n"), 0o600); err != nil {
		return fault.Unavailablef("the data directory cannot be written: %w", err)
	}
	if err := syncDir(i.dir); err != nil {
		return err
	}
	if err := i.store.connect(); err != nil {
		return err
	}
	if err := i.store.checkDurable(ctx); err != nil {
		return err
	}
	var err error
	if i.goose, err = provider(i.store.db.DB, "sqlite", goose.DialectSQLite3); err != nil {
		return err
	}
	if known := newest(i.goose); schema > known {
		return fault.Invalidf("the backup has version %d of the database and this hindcast knows %d; use the newer hindcast that wrote it", schema, known)
	}
	if _, err := i.goose.UpTo(ctx, schema); err != nil {
		return translate(fmt.Errorf("make the tables of version %d: %w", schema, err))
	}
	i.tx, err = i.store.db.BeginTx(ctx, nil)
	return translate(err)
}

// Insert adds a row. Tables come in the order in which Snapshot.EachRow has them.
func (i *Import) Insert(ctx context.Context, name string, columns []string, row []any) error {
	stmt, err := i.statement(ctx, name, columns)
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
	known, err := columnsOf(ctx, i.tx, keptTables[at])
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
	if _, err := i.goose.Up(ctx); err != nil {
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
// empty before, and everything in it is of the import or of those who use it.
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
