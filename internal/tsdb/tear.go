package tsdb

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"

	"github.com/prometheus/prometheus/tsdb/record"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// The layout of a log's page, see docs/format/wal.md of Prometheus' tsdb: parts
// of records, each behind its type, length and sum, then zeros.
const (
	logPage   = 32 << 10
	logHeader = 7

	partFirst  = 2 // of several
	partMiddle = 3
	partLast   = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// logPlace is a place in a log.
type logPlace struct {
	Segment int   `json:"segment"`
	Offset  int64 `json:"offset"`
}

// before reports whether p comes earlier in the log than q.
func (p logPlace) before(q logPlace) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

// findTear returns the first place behind which a log cannot be read, nil if all
// of it can. It checks the sums of the parts of records and unpacks nothing. What
// a checkpoint stands for is not looked at. The log has to reach as far as forced,
// nil for anywhere: zeros behind a whole record look like the end of a log.
func findTear(dir string, forced *logPlace) (*logPlace, error) {
	first, last, err := segmentsBehindCheckpoint(dir)
	if err != nil {
		return nil, err
	}
	at := logPlace{}
	for at.Segment = first; at.Segment <= last; at.Segment++ {
		end, whole, err := walkSegment(wlog.SegmentName(dir, at.Segment))
		if err != nil {
			return nil, err
		}
		if at.Offset = end; !whole || forced != nil && at.Segment == forced.Segment && end < forced.Offset {
			return &at, nil
		}
	}
	if end := (logPlace{Segment: max(0, last), Offset: at.Offset}); forced != nil && end.before(*forced) {
		return &end, nil
	}
	return nil, nil
}

// segmentsBehindCheckpoint returns the first and the last segment that are read
// when the log is opened; the last is -1 if there is none.
func segmentsBehindCheckpoint(dir string) (first, last int, err error) {
	if !exists(dir) {
		return 0, -1, nil
	}
	_, checkpoint, err := wlog.LastCheckpoint(dir)
	if errors.Is(err, record.ErrNotFound) {
		checkpoint, err = -1, nil
	}
	if err != nil {
		return 0, 0, err
	}
	first, last, err = wlog.Segments(dir)
	return max(first, checkpoint+1), last, err
}

// walkSegment returns how far a segment can be read, and whether that is all of
// it: pages of whole parts that make whole records, then at most zeros.
func walkSegment(path string) (end int64, whole bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = file.Close() }()
	r, page, w := bufio.NewReaderSize(file, 8*logPage), make([]byte, logPage), partWalk{}
	for start := int64(0); ; start += logPage {
		n, err := io.ReadFull(r, page)
		if n == 0 && errors.Is(err, io.EOF) {
			return end, !w.open, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return end, false, err
		}
		in, ok := w.page(page[:n])
		if in > 0 {
			end = start + int64(in)
		}
		if !ok {
			return end, false, nil
		}
	}
}

// partWalk goes through the pages of a segment.
type partWalk struct {
	open  bool // a record has begun and not ended
	ended bool // zeros have been met where a part had had room
}

// page returns how far the parts in a page are whole, and whether only zeros
// follow. Room too small for a part counts as one.
func (w *partWalk) page(page []byte) (end int, ok bool) {
	for end < len(page) && page[end] != 0 {
		size, kind := wholePart(page[end:])
		follows := kind == partMiddle || kind == partLast
		if size == 0 || w.ended || follows != w.open {
			return end, false
		}
		w.open = kind == partFirst || kind == partMiddle
		end += size
	}
	for _, b := range page[end:] {
		if b != 0 {
			return end, false
		}
	}
	if len(page) == logPage && len(page)-end < logHeader {
		return len(page), true
	}
	w.ended = w.ended || end < len(page)
	return end, true
}

// wholePart returns the size with which text begins with a part whose sum is
// right, 0 if it does not, and the part's kind.
func wholePart(text []byte) (size int, kind byte) {
	if len(text) < logHeader {
		return 0, 0
	}
	kind = text[0] & 7
	size = logHeader + int(binary.BigEndian.Uint16(text[1:]))
	if text[0]&^0x1f != 0 || kind == 0 || kind > partLast || size > len(text) {
		return 0, 0
	}
	if crc32.Checksum(text[logHeader:size], castagnoli) != binary.BigEndian.Uint32(text[3:]) {
		return 0, 0
	}
	return size, kind
}

// lastWhole returns the end of the last whole part in the first size bytes of a
// segment, which may end within one that is being written.
func lastWhole(path string, size int64) (int64, error) {
	if size == 0 {
		return 0, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // truncated: newer segments hold what counts
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	start := (size - 1) / logPage * logPage
	page := make([]byte, size-start)
	if _, err := file.ReadAt(page, start); err != nil {
		return 0, err
	}
	w := partWalk{open: page[0]&7 == partMiddle || page[0]&7 == partLast}
	end, _ := w.page(page)
	return start + int64(end), nil
}
