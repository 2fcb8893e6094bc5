package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/hindcast/hindcast/internal/fault"
)

// FileName is the name of the SQLite database in a data directory.
const FileName = "hindcast.db"

// Options says where the database is.
type Options struct {
	// Dir is the data directory; it is made if it does not exist.
	Dir string
	// Database is the URL of a database server; "" keeps everything in Dir.
	// This build has SQLite only and refuses others.
	Database string
}

// Store is an open database. It is safe for concurrent use. Make one with Open.
type Store struct {
	db   *bun.DB
	lock *os.File
	path string
}

const (
	// busyMillis is how long a statement waits for the write lock. Writers hold
	// it for a commit, or for a batch of chunks.
	busyMillis = 10_000
	// maxConns bounds the connections: readers hardly gain from more on SQLite,
	// and each has a page cache of 2 MiB.
	maxConns = 8
	// quickCheckBelow is the size up to which Open reads the whole file to see
	// whether it is sound. At some 500 MB/s this is half a second; beyond, the
	// start would be slow every time for damage that is found when it is read,
	// because chunks and rows carry checksums.
	quickCheckBelow = 256 << 20
)

// Open opens the database of a data directory, or makes one, and brings its
// schema up to date. The error is fault.Conflict if another process serves the
// directory, fault.Invalid if the file is damaged or of a newer version, and
// fault.Unavailable if the disk does not let us work safely.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Database != "" {
		return nil, fault.Invalidf("this hindcast keeps its data in SQLite and cannot use a database server; leave --database out")
	}
	if err := makeDir(o.Dir); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(o.Dir, unfinished)); err == nil {
		return nil, unfinishedRestore(o.Dir)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock, path: filepath.Join(o.Dir, FileName)}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// makeDir makes the data directory, and its entry in its parent last.
func makeDir(dir string) error {
	if dir == "" {
		return fault.Invalidf("no data directory was given; use --data")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Unavailablef("the data directory cannot be made: %w", err)
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
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

// open opens the file and looks whether it can be trusted.
func (s *Store) open(ctx context.Context) error {
	if err := s.connect(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{s.checkSound, s.checkDurable, s.migrate} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// connect makes the pool of connections.
func (s *Store) connect() error {
	db, err := sql.Open("sqlite", dsn(s.path))
	if err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	s.db = bun.NewDB(db, sqlitedialect.New())
	return nil
}

// dsn names the file and what every connection to it must do.
func dsn(path string) string {
	q := url.Values{
		"_txlock": {"immediate"}, // take the write lock at BEGIN, never in the middle
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busyMillis), // first: the others may have to wait
			"journal_mode(WAL)",
			"synchronous(FULL)", // NORMAL loses acknowledged commits in a power cut
			"foreign_keys(1)",
			"journal_size_limit(67108864)",
		},
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// checkSound refuses a file that is not a sound database.
func (s *Store) checkSound(ctx context.Context) error {
	query := "PRAGMA quick_check(1)"
	if info, err := os.Stat(s.path); err == nil && info.Size() > quickCheckBelow {
		query = "SELECT CASE WHEN count(*) >= 0 THEN 'ok' END FROM sqlite_master"
	}
	var verdict string
	err := s.db.DB.QueryRowContext(ctx, query).Scan(&verdict)
	if err == nil && verdict == "ok" {
		return nil
	}
	if err != nil && !isDamage(err) {
		return translate(fmt.Errorf("look at %s: %w", s.path, err))
	}
	return damage(s.path, verdict, err)
}

// damage says what to do about a file that is not sound.
func damage(path, verdict string, err error) error {
	if err != nil {
		verdict = err.Error()
	}
	verdict = strings.Join(strings.Fields(verdict), " ")
	return fault.Invalidf("the database %s is damaged (%s); restore it from a backup, or move it and its -wal file away to begin anew and measure what the sources still hold", path, verdict)
}

// checkDurable looks whether the settings that durability rests on took effect:
// a network disk, for one, may not support a write-ahead log.
func (s *Store) checkDurable(ctx context.Context) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := s.db.DB.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return translate(fmt.Errorf("read %s of %s: %w", pragma, s.path, err))
		}
		if got != want {
			return fault.Unavailablef("the database %s has %s = %s instead of %s and would lose what it acknowledged; put the data directory on a local disk", s.path, pragma, got, want)
		}
	}
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	return translate(migrate(ctx, s.db.DB, "sqlite", goose.DialectSQLite3))
}

// Close closes the database and gives the data directory back. Methods must not
// be called any more.
func (s *Store) Close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	return errors.Join(err, s.lock.Close())
}
