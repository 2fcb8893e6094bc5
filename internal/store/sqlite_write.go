package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"syscall"

	"github.com/uptrace/bun"

	"github.com/hindcast/hindcast/internal/fault"
)

const (
	// roomFloor is the free space below which nothing is written, so that the
	// write-ahead log never ends in the middle of a page and a checkpoint has
	// where to go; on small disks it is a twentieth of the disk.
	roomFloor = 32 << 20
	// checkpointFrames is after how many pages the log is moved into the database,
	// as in SQLite's own default.
	checkpointFrames = 1000
)

// sqliteWriter writes to SQLite.
type sqliteWriter struct {
	group group
	path  string
}

func newSQLiteWriter(db *bun.DB, path string) writer {
	return &sqliteWriter{group: group{db: db}, path: path}
}

// write implements writer.
func (w *sqliteWriter) write(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	if err := checkRoom(filepath.Dir(w.path)); err != nil {
		return err
	}
	return w.group.run(ctx, f)
}

// checkRoom refuses to write to a disk that is nearly full.
func checkRoom(dir string) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return fault.Unavailablef("the free space of %s cannot be read: %w", dir, err)
	}
	size := uint64(s.Bsize)
	free, floor := s.Bavail*size, min(roomFloor, s.Blocks*size/20)
	if free < floor {
		return fault.Unavailablef("the disk of the data directory %s is full, %d MiB are left and at least %d must be; make room", dir, free>>20, floor>>20)
	}
	return nil
}

// tidy moves the log into the database when it has grown. SQLite would do so by
// itself after a commit and keep a failure to itself; here it is an error, though
// not one of the commit.
func (w *sqliteWriter) tidy(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	frames, moved, err := checkpoint(ctx, w.group.db.DB, "NOOP")
	if err != nil || frames-moved < checkpointFrames {
		return err
	}
	_, _, err = checkpoint(ctx, w.group.db.DB, "PASSIVE")
	return err
}

// checkpoint returns how many pages the log has, and how many of them are in
// the database already.
func checkpoint(ctx context.Context, db *sql.DB, mode string) (frames, moved int, err error) {
	var busy int
	err = db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &moved)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return frames, moved, err
}
