package store

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/hindcast/hindcast/internal/fault"
)

// errPanicked is what writes get that shared a transaction with one that panicked.
var errPanicked = errors.New("another write of the same transaction panicked")

// trouble is why the store takes no writes.
type trouble struct {
	mu   sync.Mutex
	err  error
	lost bool // for good: what the disk holds is not known any more
}

// Trouble returns why the store does not keep what it is given: nil, or what the
// last read or write that failed met. A full disk and a server that is away mend
// themselves, and the next write that succeeds ends the trouble. A disk that did
// not write is different: the kernel may have dropped what it was to write and
// reports that once, so a second fsync would succeed and prove nothing. Then
// writes are refused until a restart, which reads what the disk holds. Reads go
// on in any case.
func (s *Store) Trouble() error {
	s.trouble.mu.Lock()
	defer s.trouble.mu.Unlock()
	return s.trouble.err
}

// refusal is the error of every write after one that the disk lost.
func (t *trouble) refusal() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost {
		return t.err
	}
	return nil
}

// note takes an error in, or with nil that a write succeeded.
func (t *trouble) note(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.lost:
	case err == nil:
		t.err = nil
	case isLost(err):
		t.lost = true
		t.err = fault.Unavailablef("the disk did not keep a write; nothing more is written until hindcast is started again, check the disk first: %w", err)
	case fault.KindOf(err) == fault.Unavailable && !isPassing(err):
		t.err = err
	}
}

// isLost reports whether SQLite says that the disk failed to write or to sync.
func isLost(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || e.Code()&0xff != sqlite3.SQLITE_IOERR {
		return false
	}
	switch e.Code() {
	case sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_UNLOCK,
		sqlite3.SQLITE_IOERR_RDLOCK, sqlite3.SQLITE_IOERR_BLOCKED, sqlite3.SQLITE_IOERR_NOMEM, sqlite3.SQLITE_IOERR_ACCESS:
		return false
	}
	return true
}

// isPassing reports whether an error says nothing about the next write.
func isPassing(err error) bool {
	if errors.Is(err, context.Canceled) {
		return true
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		primary := e.Code() & 0xff
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED || primary == sqlite3.SQLITE_INTERRUPT
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code[:2] == "40" || e.Code[:2] == "55" || e.Code == "57014")
}
