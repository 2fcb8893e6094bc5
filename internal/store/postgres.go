package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/hindcast/hindcast/internal/fault"
)

const (
	// postgresConns bounds the connections of one replica. A ledger has one writer;
	// the others read. Ten replicas stay below PostgreSQL's default of 100.
	postgresConns = 8
	// connLifetime lets connections move to another server after a failover of
	// which nobody told us.
	connLifetime = 30 * time.Minute
	connIdle     = 5 * time.Minute
	// connectTimeout is for each host of the URL, if it names none itself.
	connectTimeout = 5 * time.Second
	// minPostgres is the oldest version with maintenance when this was written.
	minPostgres = 14
	// writeTimeout bounds a transaction, so that a server that fell silent does not
	// hold the ledger's only writer for ever.
	writeTimeout = 30 * time.Second
	// migrationLock is the key of the advisory lock, "hindcast" in ASCII.
	migrationLock = 0x68696e6463617374
)

// postgresEngine is the engine of a server, for several processes. The URL is not kept
// and appears in no error: it may hold a password.
func postgresEngine(url string) (engine, error) {
	config, err := postgresConfig(url)
	if err != nil {
		return engine{}, err
	}
	open := func() (*sql.DB, error) {
		// Each connection is looked at: they come to be over months, and settings
		// of a role or of a database, or the server behind the name, may change.
		db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(checkServer))
		db.SetMaxOpenConns(postgresConns)
		db.SetMaxIdleConns(postgresConns)
		db.SetConnMaxLifetime(connLifetime)
		db.SetConnMaxIdleTime(connIdle)
		return db, nil
	}
	return engine{
		name: "postgres", dialect: pgdialect.New(), goose: goose.DialectPostgres, open: open,
		check:  func(ctx context.Context, db *sql.DB) error { return db.PingContext(ctx) },
		writer: func(db *bun.DB) writer { return postgresWriter{db} },
		clock:  "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
		read:   open, snapshot: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		tables: "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'",
		hold: []string{
			"SET LOCAL idle_in_transaction_session_timeout = 0", // the samples may take longer than the rows
			"LOCK TABLE ledger_stream, ledger_journal IN ACCESS EXCLUSIVE MODE",
		},
		changing: "LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE",
		alone:    holdingLock,
	}, nil
}

func postgresConfig(url string) (*pgx.ConnConfig, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, fault.Invalidf("the database is not given as postgres://user:password@host:5432/name; leave --database out to keep everything in the data directory")
	}
	config, err := pgx.ParseConfig(url)
	if err != nil { // whose text may quote the password
		return nil, fault.Invalidf("the database URL cannot be read; write postgres://user:password@host:5432/name, with special characters of the password percent-encoded")
	}
	if !strings.Contains(url, "connect_timeout=") {
		config.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{
		"application_name": "hindcast",
		"client_encoding":  "UTF8",
		// A process that was paused in the middle of a transaction must not keep its
		// locks: another replica waits for the one of the lease.
		"idle_in_transaction_session_timeout": "10s",
	} {
		if config.RuntimeParams[name] == "" {
			config.RuntimeParams[name] = value
		}
	}
	return config, nil
}

// serverSettings are what safe work depends on.
type serverSettings struct {
	version                                       int // major
	encoding, strings, fsync, synchronous, client string
	standby                                       bool
}

// checkServer refuses a server that would lose or garble what it is given.
func checkServer(ctx context.Context, c *pgx.Conn) error {
	const query = `SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'),
		current_setting('standard_conforming_strings'), current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('client_encoding'), pg_is_in_recovery()`
	var s serverSettings
	err := c.QueryRow(ctx, query, pgx.QueryExecModeExec).
		Scan(&s.version, &s.encoding, &s.strings, &s.fsync, &s.synchronous, &s.client, &s.standby)
	if err != nil {
		return err
	}
	return s.check()
}

func (s serverSettings) check() error {
	switch {
	case s.version < minPostgres:
		return fault.Unavailablef("the database server is PostgreSQL %d; use version %d or newer", s.version, minPostgres)
	case s.standby:
		return fault.Unavailablef("the database server is a standby, which cannot be written to; name its primary, or all hosts with ?target_session_attrs=read-write in the URL")
	case s.encoding != "UTF8":
		return fault.Unavailablef("the database has the encoding %s, which cannot hold every text; make one with CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0", s.encoding)
	case s.client != "UTF8":
		return fault.Unavailablef("the database URL sets client_encoding to %s; leave it out", s.client)
	case s.strings != "on":
		return fault.Unavailablef("the database server has standard_conforming_strings = %s, with which a backslash ends no string; set it to on", s.strings)
	case s.fsync != "on":
		return fault.Unavailablef("the database server has fsync = %s and would lose what it acknowledged in a power cut; set it to on", s.fsync)
	case s.synchronous == "off":
		return fault.Unavailablef("the database has synchronous_commit = off and would lose what it acknowledged in a crash; set it to on, for the server, the database and the role")
	}
	return nil
}

// holdingLock runs f while this session has the advisory lock, which the server
// gives back when the session ends, however it ends.
func holdingLock(ctx context.Context, db *sql.DB, f func() error) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for other processes that migrate: %w", err)
	}
	defer func() {
		_, unlockErr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		err = errors.Join(err, unlockErr)
	}()
	return f()
}

// postgresWriter writes to PostgreSQL, which lets concurrent commits share an
// fsync by itself.
type postgresWriter struct{ db *bun.DB }

// write implements writer.
func (w postgresWriter) write(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return w.db.RunInTx(ctx, nil, f)
}

// tidy implements writer; the server has its autovacuum.
func (w postgresWriter) tidy(context.Context) error { return nil }

// shrink implements writer; autovacuum frees space for use again.
func (w postgresWriter) shrink(context.Context) (more bool, err error) { return false, nil }
