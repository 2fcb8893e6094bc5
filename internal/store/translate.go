package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/hindcast/hindcast/internal/fault"
)

// translate gives an error of the database its kind. Faults and the ends of
// contexts pass; what is left is a defect of ours.
func translate(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return translateSQLite(e, err)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translatePostgres(e, err)
	}
	if isUnreachable(err) {
		return fault.Unavailablef("the database server cannot be reached; check that it runs, and the host, port, user and password of the database URL: %w", err)
	}
	return err
}

func translateSQLite(e *sqlite.Error, err error) error {
	switch e.Code() & 0xff { // the primary code; the rest is detail
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.Conflictf("what was written contradicts what is stored: %w", err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Unavailablef("the database is busy; try again: %w", err)
	case sqlite3.SQLITE_FULL:
		return fault.Unavailablef("the disk of the database is full; make room: %w", err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fault.Unavailablef("the disk of the database refuses to work; check the disk and its permissions: %w", err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.Unavailablef("the database is damaged; stop hindcast and restore a backup: %w", err)
	case sqlite3.SQLITE_TOOBIG:
		return fault.Invalidf("what was written is too large: %w", err)
	case sqlite3.SQLITE_INTERRUPT:
		return fault.Unavailablef("the database was interrupted: %w", err)
	default:
		return err
	}
}

// translatePostgres goes by the class of an SQLSTATE, its first two characters,
// and by the whole where the class says too little.
func translatePostgres(e *pgconn.PgError, err error) error {
	switch {
	case e.Code == "53100":
		return fault.Unavailablef("the disk of the database server is full; make room: %w", err)
	case e.Code == "53300":
		return fault.Unavailablef("the database server has no connection left; raise its max_connections, or end others: %w", err)
	case e.Code == "25006":
		return fault.Unavailablef("the database server may only be read; name its primary in the database URL: %w", err)
	case e.Code == "3D000":
		return fault.Unavailablef("the database does not exist; make it with createdb: %w", err)
	case e.Code == "42501":
		return fault.Unavailablef("the database user may not do this; make the user the owner of the database: %w", err)
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "23": // integrity constraint
		return fault.Conflictf("what was written contradicts what is stored: %w", err)
	case "40", "55": // serialization, deadlock; lock not available
		return fault.Unavailablef("the database is busy; try again: %w", err)
	case "08", "53", "57": // connection; resources; operator intervention: shutdown, crash, cancel
		return fault.Unavailablef("the database server is not available: %w", err)
	case "28": // authorization
		return fault.Unavailablef("the database server refuses the user; check user and password of the database URL: %w", err)
	case "54": // program limit
		return fault.Invalidf("what was written is too large: %w", err)
	case "58": // system error
		return fault.Unavailablef("the disk of the database server refuses to work; check the disk: %w", err)
	case "XX": // internal, which is what damage is
		return fault.Unavailablef("the database server reports damage; look at its log: %w", err)
	}
	return err
}

// isUnreachable reports whether the connection could not be made, or ended.
func isUnreachable(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || pgconn.SafeToRetry(err) || pgconn.Timeout(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, net.ErrClosed)
}

// checkText refuses what a database would garble: NUL ends a text for some of
// the code that handles it, and invalid UTF-8 is silently replaced.
func checkText(what, text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return fault.Invalidf("%s contains a NUL byte", what)
	}
	if !utf8.ValidString(text) {
		return fault.Invalidf("%s is not valid UTF-8", what)
	}
	return nil
}

// isDamage reports whether the database says that its file is damaged.
func isDamage(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}
