package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/klauspost/compress/zstd"

	"github.com/hindcast/hindcast/slo"
)

// A payload is
//
//	version  1 byte
//	header   rows only: blob (columns.go), crc32c
//	body     columns.go
//	crc32c   of the body
//
// The header of a row is a run of sections: uvarint(stream − stream before),
// uvarint(first minute − first minute before), both zigzag, uvarint(slots). It
// has a checksum of its own, so that a damaged body costs only the slots that it
// spoke of. Checksums start from the place where the payload belongs (row ID and
// span; stream, day and last row), so that a payload in another's place is
// damaged too.

const (
	codecVersion = 1
	// maxRowSlots bounds what reading one row allocates: 24 MiB of slots, as
	// much of figures and 24 MiB of columns. Larger writes are cut into several
	// rows.
	maxRowSlots = 1 << 20
	// maxSections bounds the header: sections are at least a slot each.
	maxSections = maxRowSlots
	// plainBelow is the size below which a zstd frame costs more than it saves.
	plainBelow = 24
)

// section is a run of slots of one stream.
type section struct {
	stream int64
	from   slo.Minute
	slots  []slo.Slot
}

func (s section) span() slo.Span {
	return slo.Span{From: s.from, To: s.from + slo.Minute(len(s.slots)) - 1}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seed returns the checksum that a payload's checksums start from.
func seed(place ...int64) uint32 {
	var b []byte
	for _, v := range place {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return crc32.Checksum(b, castagnoli)
}

func appendSum(b []byte, seed uint32, from int) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Update(seed, castagnoli, b[from:]))
}

var errSum = errors.New("the checksum does not fit")

// sealed takes n bytes and the checksum behind them.
func (r *reader) sealed(seed uint32, n int) []byte {
	b, sum := r.take(n), r.take(4)
	if r.err != nil {
		return nil
	}
	if crc32.Update(seed, castagnoli, b) != binary.LittleEndian.Uint32(sum) {
		r.fail(errSum)
		return nil
	}
	return b
}

// zstd's encoders and decoders are costly to make and safe to share. They are
// made at start, half a millisecond, and not when first used: their channels
// would belong to whoever comes first, and a bubble of testing/synctest does not
// share its own.
var packer, unpacker = newPacker(), newUnpacker()

func newPacker() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true),
		zstd.WithSingleSegment(true)) // or else small frames do not declare their size
	if err != nil { // constant options are valid or a test fails
		panic(err)
	}
	e.EncodeAll(nil, nil) // makes what it works with
	return e
}

func newUnpacker() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(32*maxRowSlots))
	if err != nil {
		panic(err)
	}
	return d
}

// appendBlob appends bytes, packed if that makes them fewer.
func appendBlob(b, raw []byte) []byte {
	if len(raw) >= plainBelow {
		if packed := packer.EncodeAll(raw, nil); len(packed) < len(raw) {
			return append(binary.AppendUvarint(b, uint64(len(packed))<<1|1), packed...)
		}
	}
	return append(binary.AppendUvarint(b, uint64(len(raw))<<1), raw...)
}

// blob reads what appendBlob wrote of exactly n bytes.
func (r *reader) blob(n int) []byte {
	raw := r.blobUpTo(n)
	if r.err == nil && len(raw) != n {
		r.fail(errShort)
	}
	return raw
}

// blobUpTo reads what appendBlob wrote of at most n bytes.
func (r *reader) blobUpTo(n int) []byte {
	head := r.uvarint()
	b := r.take(int(min(head>>1, math.MaxInt32)))
	if r.err == nil && head&1 == 1 {
		var err error
		if b, err = unzstd(b, n); err != nil {
			r.fail(err)
		}
	}
	if len(b) > n {
		r.fail(errors.New("the payload has more bytes than it may have"))
		return nil
	}
	return b
}

// appendSealed appends the body and its checksum.
func appendSealed(b []byte, seed uint32, slots []slo.Slot) []byte {
	from := len(b)
	return appendSum(appendBody(b, slots), seed, from)
}

// readSealed reads what appendSealed wrote, to the end of r, into slots.
func readSealed(r *reader, seed uint32, slots []slo.Slot) error {
	body := r.sealed(seed, len(r.b)-4)
	if r.err != nil {
		return r.err
	}
	if err := readBody(body, slots); err != nil {
		return err
	}
	return checkFigures(slots)
}

// unzstd decompresses a frame that declares its size, after looking whether
// the size is within limit.
func unzstd(b []byte, limit int) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return nil, fmt.Errorf("the frame is damaged: %w", err)
	}
	if !h.HasFCS || h.FrameContentSize > uint64(limit) {
		return nil, fmt.Errorf("the frame does not say a size of at most %d bytes", limit)
	}
	body, err := unpacker.DecodeAll(b, make([]byte, 0, h.FrameContentSize))
	if err != nil {
		return nil, fmt.Errorf("the frame is damaged: %w", err)
	}
	return body, nil
}

// maxFigure bounds figures so that no sum of them can overflow.
const maxFigure = 1e100

// checkFigures reports the first figure that cannot be a count.
func checkFigures(slots []slo.Slot) error {
	for i, s := range slots {
		if s.State != slo.Gap && !(math.Abs(s.Good) <= maxFigure && math.Abs(s.Total) <= maxFigure) {
			return fmt.Errorf("slot %d has the figures %g of %g, which are no counts", i, s.Good, s.Total)
		}
	}
	return nil
}

// encodeRow returns the payload of a row.
func encodeRow(id int64, span slo.Span, sections []section) []byte {
	var head []byte
	var slots []slo.Slot
	var last section
	for _, s := range sections {
		head = binary.AppendUvarint(head, zigzag(s.stream-last.stream))
		head = binary.AppendUvarint(head, zigzag(int64(s.from-last.from)))
		head = binary.AppendUvarint(head, uint64(len(s.slots)))
		last = s
		slots = append(slots, s.slots...)
	}
	seed := seed(id, int64(span.From), int64(span.To))
	b := appendSum(appendBlob([]byte{codecVersion}, head), seed, 1)
	return appendSealed(b, seed, slots)
}

// decodeRow returns the sections of a row. If only the body is damaged, the
// sections come with gaps for slots beside the error; if the header is damaged
// there are none.
func decodeRow(row Row) ([]section, error) {
	r := &reader{b: row.Payload}
	if v := r.byte(); r.err == nil && v != codecVersion {
		return nil, fmt.Errorf("the payload version %d is unknown", v)
	}
	seed := seed(row.ID, int64(row.Span.From), int64(row.Span.To))
	head := r.header(seed)
	if r.err != nil {
		return nil, r.err
	}
	sections, lens, n, err := readSections(head, row.Span)
	if err != nil {
		return nil, err
	}
	slots := make([]slo.Slot, n)
	err = readSealed(r, seed, slots)
	if err != nil {
		clear(slots)
	}
	for i, c := range lens {
		sections[i].slots, slots = slots[:c:c], slots[c:]
	}
	return sections, err
}

// header reads the blob of a header and its checksum.
func (r *reader) header(seed uint32) []byte {
	from := r.b
	b := r.blobUpTo(maxSections * 3)
	if r.err != nil {
		return nil
	}
	r.b, from = from, from[:len(from)-len(r.b)]
	if r.sealed(seed, len(from)); r.err != nil {
		return nil
	}
	return b
}

// readSections reads a header: the sections without their slots, the number of
// slots of each, and of all.
func readSections(head []byte, span slo.Span) (sections []section, lens []int, n int, err error) {
	r := &reader{b: head}
	var s section
	for len(r.b) > 0 {
		s.stream += unzigzag(r.uvarint())
		s.from += slo.Minute(unzigzag(r.uvarint()))
		c := r.uvarint()
		if r.err != nil {
			return nil, nil, 0, r.err
		}
		if c == 0 || c > uint64(maxRowSlots-n) {
			return nil, nil, 0, errors.New("the header has sections that are too long")
		}
		if last := s.from + slo.Minute(c) - 1; !span.Contains(s.from) || !span.Contains(last) {
			return nil, nil, 0, errors.New("the header has sections outside of the row's span")
		}
		n += int(c)
		sections, lens = append(sections, s), append(lens, int(c))
	}
	return sections, lens, n, nil
}

// encodeChunk returns the sealed form of one day. It is a chunk of a day that
// held only gaps as well: it says that older rows are not to be believed.
func encodeChunk(stream int64, dayNo int, d *day, through int64) Chunk {
	l := d.leaf()
	c := Chunk{Totals: Totals{
		Stream: stream, Day: dayNo, Through: through, Good: l.good, Total: l.total,
		Measured: int(l.measured), Estimated: int(l.estimated), First: int(l.first), Last: int(l.last),
	}}
	c.Checksum = c.sum()
	slots := d.appendTo(make([]slo.Slot, 0, slo.MinutesPerDay), 0, slo.MinutesPerDay-1)
	c.Payload = appendSealed([]byte{codecVersion}, seed(stream, int64(dayNo), through), slots)
	return c
}

// NewChunk returns the sealed form of the slots of one UTC day, for those who
// fill a store without a ledger: through is the newest journal row that the
// store holds or ever held of the day.
func NewChunk(stream int64, dayNo int, through int64, slots []slo.Slot) Chunk {
	var d draft
	for m, s := range slots[:slo.MinutesPerDay] {
		if s.State != slo.Gap {
			d.set(m, clean(s))
		}
	}
	return encodeChunk(stream, dayNo, d.finish(nil), through)
}

// decodeChunk returns the slots of a sealed day.
func decodeChunk(stream int64, dayNo int, through int64, payload []byte) (*day, error) {
	r := &reader{b: payload}
	if v := r.byte(); r.err != nil || v != codecVersion {
		return nil, fmt.Errorf("the payload version %d is unknown", v)
	}
	slots := make([]slo.Slot, slo.MinutesPerDay)
	if err := readSealed(r, seed(stream, int64(dayNo), through), slots); err != nil {
		return nil, err
	}
	return packDay(slots), nil
}

// packDay returns the day of 1,440 slots.
func packDay(slots []slo.Slot) *day {
	var d draft
	for m, s := range slots {
		if s.State != slo.Gap {
			d.set(m, s)
		}
	}
	return d.finish(nil)
}

// sum returns the checksum of all fields but Checksum.
func (t Totals) sum() uint32 {
	var b bytes.Buffer
	for _, v := range []int64{
		t.Stream, int64(t.Day), t.Through,
		int64(math.Float64bits(t.Good)), int64(math.Float64bits(t.Total)),
		int64(t.Measured), int64(t.Estimated), int64(t.First), int64(t.Last),
	} {
		b.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
	}
	return crc32.Checksum(b.Bytes(), castagnoli)
}
