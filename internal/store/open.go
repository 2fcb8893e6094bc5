package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/hindcast/hindcast/internal/fault"
)

// Options says where the database is.
type Options struct {
	// Dir is the data directory; it is made if it does not exist. A database
	// server does without; where one is given, it is locked all the same.
	Dir string
	// Database is the URL of a PostgreSQL database; "" keeps everything in Dir.
	Database string
}

// Store is an open database. It is safe for concurrent use. Make one with Open.
type Store struct {
	db      *bun.DB
	engine  engine
	writer  writer
	trouble trouble
	lock    *os.File // nil without a data directory
}

// writer runs transactions.
type writer interface {
	// write runs f in a transaction and commits if it returns nil.
	write(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error
	// tidy does what is due after a commit. Its error is not one of the commit.
	tidy(ctx context.Context) error
	// shrink gives a little free space back, and reports whether there is more.
	shrink(ctx context.Context) (more bool, err error)
}

// engine is what the two databases are opened by. Everything after that is the
// same for both.
type engine struct {
	name    string // as in the names of migrations
	dialect schema.Dialect
	goose   goose.Dialect
	// open connects; what is then missing for safe work, check refuses.
	open   func() (*sql.DB, error)
	check  func(ctx context.Context, db *sql.DB) error
	writer func(db *bun.DB) writer
	// clock is the time of the database in microseconds since 1970, as SQL. It goes
	// on within a transaction.
	clock string
	// single says that the lock of the data directory keeps all others out.
	single bool
	// read connects without the means to write, and snapshot is what a transaction
	// needs to see one instant.
	read     func() (*sql.DB, error)
	snapshot *sql.TxOptions
	// tables lists the tables; hold keeps others out of them for a transaction.
	tables string
	hold   []string
	// changing keeps other changes of objects out of a transaction until its end,
	// and lets everybody read; "" where transactions do not overlap.
	changing string
	// alone keeps others from migrating the same database at the same time.
	alone func(ctx context.Context, db *sql.DB, f func() error) error
}

// Open opens the database and brings its schema up to date. The error is
// fault.Conflict if another process serves the data directory, fault.Invalid if
// the database is damaged, of a newer version or named wrongly, and
// fault.Unavailable if it cannot be reached or would not keep what it
// acknowledges.
func Open(ctx context.Context, o Options) (*Store, error) {
	e, err := o.engine()
	if err != nil {
		return nil, err
	}
	s := &Store{engine: e}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// engine returns the engine that the options ask for.
func (o Options) engine() (engine, error) {
	if o.Database != "" {
		return postgresEngine(o.Database)
	}
	return sqliteEngine(filepath.Join(o.Dir, FileName)), nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	if o.Dir != "" || o.Database == "" {
		if s.lock, err = takeDir(o.Dir); err != nil {
			return err
		}
	}
	db, err := s.engine.open()
	if err != nil {
		return err
	}
	s.use(db)
	if err := s.engine.check(ctx, db); err != nil {
		return translate(err)
	}
	err = translate(s.engine.alone(ctx, db, func() error { return migrate(ctx, db, s.engine) }))
	if err == nil && s.engine.single {
		err = s.freeLease(ctx)
	}
	return err
}

func (s *Store) use(db *sql.DB) {
	s.db = bun.NewDB(db, s.engine.dialect)
	s.writer = s.engine.writer(s.db)
}

// takeDir makes the data directory, its entry in its parent last, and takes it
// for this process.
func takeDir(dir string) (*os.File, error) {
	if dir == "" {
		return nil, fault.Invalidf("no data directory was given; use --data")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Unavailablef("the data directory cannot be made: %w", err)
	}
	if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, unfinished)); err == nil {
		return nil, unfinishedRestore(dir)
	}
	return lockDir(dir)
}

// syncDir makes the entries of a directory last. SQLite does it for the files
// that it makes, nobody does it for the data directory itself.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // a parent that may not be read was not made by us
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fault.Unavailablef("the directory %s cannot be made to last: %w", dir, err)
	}
	return nil
}

// Engine names the database: "sqlite" or "postgres".
func (s *Store) Engine() string { return s.engine.name }

// Close closes the database and gives the data directory back. Methods must not
// be called any more.
func (s *Store) Close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
