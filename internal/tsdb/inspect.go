package tsdb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// Inspection is what Inspect found.
type Inspection struct {
	Blocks int      // that were read whole
	Damage []Damage // what a reader would miss
	// TornLog is the end of a write-ahead log that was cut off in the middle of a
	// record, "" for none: what a kill leaves, and what a log looks like that is
	// being written. All that is noted to have been on disk lies before it.
	TornLog string
}

// Inspect reads every series and every chunk of the blocks of a directory and
// every record of its logs, and checks their sums. It writes nothing into the
// directory, which may be in use. A directory that does not exist is sound.
func Inspect(ctx context.Context, dir string) (Inspection, error) {
	var found Inspection
	if is, err := looksLikeTSDB(dir); !is && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		return found, nil
	}
	moved, err := oldDamage(dir)
	if err != nil {
		return found, err
	}
	if err := found.logs(ctx, dir); err != nil {
		return found, err
	}
	db, err := OpenReadOnly(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return found, err
	}
	defer func() { _ = db.Close() }()
	damage, err := db.Verify(ctx)
	if err != nil {
		return found, err
	}
	found.Damage = append(found.Damage, moved...)
	for _, d := range damage {
		if filepath.Base(d.Path) != "wal" { // looked at above
			found.Damage = append(found.Damage, d)
		}
	}
	found.Blocks = len(db.tsdb.Blocks())
	return found, nil
}

// logs reads the logs; whoever owns them may be cutting them off meanwhile.
func (i *Inspection) logs(ctx context.Context, dir string) error {
	for attempt := 1; ; attempt++ {
		fresh := Inspection{}
		err := errors.Join(fresh.log(ctx, dir, "wal"), fresh.log(ctx, dir, wlog.WblDirName))
		if err == nil {
			i.TornLog, i.Damage = fresh.TornLog, fresh.Damage
			return nil
		}
		if attempt == shadowAttempts || !errors.Is(err, fs.ErrNotExist) {
			return unavailable("read the log of the metrics", err)
		}
	}
}

// log reads all records of a log, and of the checkpoint that stands for its
// beginning.
func (i *Inspection) log(ctx context.Context, parent, name string) error {
	lost, err := lostLog(parent, name)
	if err != nil {
		return err
	}
	if lost != nil {
		lost.MovedTo = "" // by the next start
		i.Damage = append(i.Damage, *lost)
		return nil
	}
	dir := filepath.Join(parent, name)
	if !exists(dir) {
		return nil
	}
	switch checkpoint, _, err := wlog.LastCheckpoint(dir); {
	case err == nil:
		if _, err := i.records(ctx, checkpoint); err != nil {
			return err
		}
	case !errors.Is(err, record.ErrNotFound):
		return err
	}
	torn, err := i.records(ctx, dir)
	if torn != nil {
		i.TornLog = fmt.Sprintf("%s ends in the middle of a record (segment %d, byte %d)", dir, torn.Segment, torn.Offset)
	}
	return err
}

// records reads the records of a folder of segments. It returns where the last
// one is torn if that is in the last segment; an earlier place is damage.
func (i *Inspection) records(ctx context.Context, dir string) (torn *wlog.CorruptionErr, err error) {
	first, last, err := wlog.Segments(dir)
	if err != nil || last < 0 {
		return nil, err
	}
	segments, err := wlog.NewSegmentsRangeReader(wlog.SegmentRange{Dir: dir, First: first, Last: last})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, segments.Close()) }()
	r := wlog.NewReader(segments)
	for r.Next() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	switch err := r.Err(); {
	case err == nil:
		return nil, nil
	case errors.As(err, &torn) && torn.Segment == last && endsTorn(wlog.SegmentName(dir, last)):
		return torn, nil
	default:
		i.Damage = append(i.Damage, Damage{Path: dir, Err: fmt.Errorf("samples of the open block that follow it cannot be read: %w", err)})
		return nil, nil
	}
}

// endsTorn reports whether the last page of a segment ends in the middle of a
// part of a record, or of a record that has further parts.
func endsTorn(segment string) bool {
	text, err := os.ReadFile(segment)
	if err != nil || len(text) == 0 {
		return false
	}
	page := text[(len(text)-1)/logPage*logPage:]
	open := false
	for len(page) > 0 && page[0] != 0 {
		if page[0]&^0x1f != 0 || page[0]&7 > partLast { // no type that a log has
			return false
		}
		if len(page) < logHeader {
			return true
		}
		kind, size := page[0]&7, logHeader+int(binary.BigEndian.Uint16(page[1:]))
		if size > len(page) {
			return true
		}
		open = kind == partFirst || kind == partMiddle
		page = page[size:]
	}
	return open
}
