package store

import (
	"errors"
	"strings"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/hindcast/hindcast/internal/fault"
)

// translate gives an error of the database its kind. Faults and the ends of
// contexts pass; what is left is a defect of ours.
func translate(err error) error {
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) || fault.KindOf(err) != fault.Internal {
		return err
	}
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
