package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/hindcast/hindcast/internal/fault"
)

// FileName is the name of the SQLite database in a data directory.
const FileName = "hindcast.db"

const (
	// busyMillis is how long a statement waits for the write lock. Writers hold
	// it for a commit, or for a batch of chunks.
	busyMillis = 10_000
	// sqliteConns bounds the connections: readers hardly gain from more on SQLite,
	// and each has a page cache of 2 MiB.
	sqliteConns = 8
	// quickCheckBelow is the size up to which Open reads the whole file to see
	// whether it is sound. At some 500 MB/s this is half a second; beyond, the
	// start would be slow every time for damage that is found when it is read,
	// because chunks and rows carry checksums.
	quickCheckBelow = 256 << 20
)

// sqliteEngine is the engine of one file, for one process.
func sqliteEngine(path string) engine {
	return engine{
		name: "sqlite", dialect: sqlitedialect.New(), goose: goose.DialectSQLite3,
		open: func() (*sql.DB, error) { return openSQLite(dsn(path)) },
		check: func(ctx context.Context, db *sql.DB) error {
			if err := checkSound(ctx, db, path); err != nil {
				return err
			}
			return checkDurable(ctx, db, path)
		},
		writer: func(db *bun.DB) writer { return newSQLiteWriter(db, path) },
		alone:  func(_ context.Context, _ *sql.DB, f func() error) error { return f() }, // the directory is locked
	}
}

func openSQLite(dsn string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dsn, err)
	}
	db.SetMaxOpenConns(sqliteConns)
	db.SetMaxIdleConns(sqliteConns)
	return db, nil
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
			"wal_autocheckpoint(0)", // the writer does it, and looks at the outcome
		},
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// checkSound refuses a file that is not a sound database.
func checkSound(ctx context.Context, db *sql.DB, path string) error {
	query := "PRAGMA quick_check(1)"
	if info, err := os.Stat(path); err == nil && info.Size() > quickCheckBelow {
		query = "SELECT CASE WHEN count(*) >= 0 THEN 'ok' END FROM sqlite_master"
	}
	var verdict string
	err := db.QueryRowContext(ctx, query).Scan(&verdict)
	if err == nil && verdict == "ok" {
		return nil
	}
	if err != nil && !isDamage(err) {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	return damage(path, verdict, err)
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
func checkDurable(ctx context.Context, db *sql.DB, path string) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return fmt.Errorf("read %s of %s: %w", pragma, path, err)
		}
		if got != want {
			return fault.Unavailablef("the database %s has %s = %s instead of %s and would lose what it acknowledged; put the data directory on a local disk", path, pragma, got, want)
		}
	}
	return nil
}
