package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/hindcast/hindcast/slo"
)

// A part of a checkpoint is
//
//	version  1 byte
//	blob     columns.go
//	crc32c   of the blob, from the number of the part and the store's version on
//
// The first part is the head; its checksum starts from the number of parts. The
// others hold streams, in ascending order of their numbers.

const (
	checkpointVersion = 1
	// checkpointStreams is how many streams a part holds.
	checkpointStreams = 256
	// maxCheckpointPart bounds what reading one part allocates.
	maxCheckpointPart = 32 * maxRowSlots
	// leafBytes is the least that a day takes in a part.
	leafBytes = 8 + 8 + 5
)

// head is what a checkpoint says of the ledger as a whole.
type head struct {
	version, lastRow, lastStream int64
	thinned                      int
	journal                      []journalRow
	cursors                      []Cursor
}

// encodeHead returns the first part. The caller holds writing.
func (l *Ledger) encodeHead(parts int) []byte {
	var b []byte
	for _, v := range []int64{l.version, l.lastRow, l.lastStream, int64(l.thinned), int64(len(l.journal))} {
		b = binary.AppendVarint(b, v)
	}
	var last journalRow
	for _, r := range l.journal {
		b = binary.AppendVarint(b, r.id-last.id)
		b = binary.AppendVarint(b, int64(r.lastDay-last.lastDay))
		last = r
	}
	b = binary.AppendUvarint(b, uint64(len(l.cursors)))
	for _, ind := range sortedKeys(l.cursors) {
		b = appendCursor(b, l.cursors[ind])
	}
	return sealPart(b, 0, int64(parts))
}

func appendCursor(b []byte, c Cursor) []byte {
	b = appendText(b, string(c.Indicator))
	for _, v := range []int64{int64(c.Settled), int64(c.Backfilled), int64(c.Oldest), c.Samples} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.BusySeconds))
	if c.Done {
		return append(b, 1)
	}
	return append(b, 0)
}

func (r *reader) cursor() Cursor {
	c := Cursor{Indicator: slo.IndicatorKey(r.text())}
	c.Settled, c.Backfilled, c.Oldest = slo.Minute(r.varint()), slo.Minute(r.varint()), slo.Minute(r.varint())
	c.Samples, c.BusySeconds, c.Done = r.varint(), r.float(), r.byte() == 1
	return c
}

func decodeHead(part []byte, parts int) (h head, err error) {
	r, err := openPart(part, 0, int64(parts))
	if err != nil {
		return h, err
	}
	h.version, h.lastRow, h.lastStream = r.varint(), r.varint(), r.varint()
	h.thinned = int(r.varint())
	n := r.varint()
	if n < 0 || n > int64(len(r.b)) {
		r.fail(errShort)
	}
	var last journalRow
	for i := int64(0); i < n && r.err == nil; i++ {
		last = journalRow{id: last.id + r.varint(), lastDay: last.lastDay + int(r.varint())}
		h.journal = append(h.journal, last)
	}
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		h.cursors = append(h.cursors, r.cursor())
	}
	if r.err == nil && (h.version <= 0 || h.lastRow < 0 || h.lastRow > maxID || h.lastStream < 0 || h.lastStream > maxID) {
		r.fail(fmt.Errorf("the head has the version %d, row %d and stream %d", h.version, h.lastRow, h.lastStream))
	}
	return h, r.end()
}

// encodeStreams returns a part of streams. The caller holds writing.
func (l *Ledger) encodeStreams(part int, streams []*stream) []byte {
	var b []byte
	var last int64
	for _, s := range streams {
		l.mu.RLock() // against readers that find damage
		leaves, open := s.days.leaves, s.open
		b = binary.AppendVarint(b, s.ID-last)
		b = appendText(b, string(s.Key.Indicator))
		b = appendText(b, string(s.Key.Group))
		b = appendLeaves(b, leaves)
		l.mu.RUnlock()
		b = binary.AppendUvarint(b, uint64(len(open)))
		for _, n := range sortedKeys(open) {
			b = binary.AppendVarint(b, int64(n))
			b = appendText(b, string(appendBody(nil, open[n].appendTo(nil, 0, slo.MinutesPerDay-1))))
		}
		last = s.ID
	}
	return sealPart(b, int64(part), l.version)
}

func appendLeaves(b []byte, leaves grid[leaf]) []byte {
	b = binary.AppendVarint(b, int64(leaves.first))
	b = binary.AppendUvarint(b, uint64(len(leaves.vals)))
	var chunk int64
	for _, v := range leaves.vals {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.good))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.total))
		b = binary.AppendVarint(b, v.chunk-chunk)
		for _, n := range []uint16{v.measured, v.estimated, v.first, v.last} {
			b = binary.AppendUvarint(b, uint64(n))
		}
		chunk = v.chunk
	}
	return b
}

func decodeStreams(part []byte, number int, version int64) (streams []*stream, err error) {
	r, err := openPart(part, number, version)
	if err != nil {
		return nil, err
	}
	var last int64
	for len(r.b) > 0 {
		s := newStream(Stream{ID: last + r.varint()})
		s.Key = slo.StreamKey{Indicator: slo.IndicatorKey(r.text()), Group: slo.Group(r.text())}
		if s.ID <= last || s.ID > maxID {
			r.fail(fmt.Errorf("stream %d follows %d", s.ID, last))
		}
		r.leaves(s)
		for n := r.uvarint(); n > 0 && r.err == nil; n-- {
			r.openDay(s)
		}
		streams, last = append(streams, s), s.ID
	}
	return streams, r.end()
}

// leaves reads what appendLeaves wrote.
func (r *reader) leaves(s *stream) {
	first, n := r.varint(), r.uvarint()
	if n > uint64(len(r.b)/leafBytes) || n > 0 && (first < firstDay || first+int64(n) > lastDay+1) {
		r.fail(errors.New("the part has days that do not fit"))
		return
	}
	vals := make([]leaf, n)
	var chunk int64
	for i := range vals {
		v := leaf{good: r.float(), total: r.float()}
		chunk += r.varint()
		v.chunk = chunk
		for _, to := range []*uint16{&v.measured, &v.estimated, &v.first, &v.last} {
			*to = uint16(min(r.uvarint(), math.MaxUint16))
		}
		vals[i] = v
	}
	s.days.fill(int(first), vals)
}

// openDay reads a day that is not sealed, over the leaf that it has.
func (r *reader) openDay(s *stream) {
	n := r.varint()
	slots := make([]slo.Slot, slo.MinutesPerDay)
	if err := readBody([]byte(r.text()), slots); err != nil && r.err == nil {
		r.fail(err)
	}
	if err := checkFigures(slots); err != nil || n < firstDay || n > lastDay {
		r.fail(fmt.Errorf("day %d of stream %d: %w", n, s.ID, err))
		return
	}
	s.setOpen(int(n), packDay(slots))
}

// adopt puts what was read in force. Streams that come twice are damage.
func (l *Ledger) adopt(h head, blocks [][]*stream) error {
	l.version, l.lastRow, l.thinned, l.journal = h.version, h.lastRow, h.thinned, h.journal
	for _, block := range blocks {
		for _, s := range block {
			if l.byID[s.ID] != nil || l.streams[s.Key] != nil {
				return fmt.Errorf("stream %d comes twice", s.ID)
			}
			l.addStream(s)
		}
	}
	l.lastStream = max(l.lastStream, h.lastStream)
	for _, c := range h.cursors {
		l.cursors[c.Indicator] = c
	}
	return nil
}

// sealPart returns a part that can be checked.
func sealPart(raw []byte, place ...int64) []byte {
	return appendSum(appendBlob([]byte{checkpointVersion}, raw), seed(place...), 1)
}

// openPart checks a part and returns what reads it.
func openPart(part []byte, number int, of int64) (*reader, error) {
	r := &reader{b: part}
	if v := r.byte(); v != checkpointVersion {
		return nil, fmt.Errorf("part %d of the checkpoint has the unknown version %d", number, v)
	}
	body := &reader{b: r.sealed(seed(int64(number), of), len(r.b)-4), err: r.err}
	raw := body.blobUpTo(maxCheckpointPart)
	if err := body.end(); err != nil {
		return nil, fmt.Errorf("part %d of the checkpoint: %w", number, err)
	}
	return &reader{b: raw}, nil
}

// end returns the error of reading, or that something is left over.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail(errors.New("the payload goes on after its end"))
	}
	return r.err
}

func (r *reader) varint() int64 { return unzigzag(r.uvarint()) }

func (r *reader) float() float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (r *reader) text() string { return string(r.take(int(min(r.uvarint(), math.MaxInt32)))) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
