// Package chunk decodes chunks of float samples as Prometheus stores and sends
// them, into slices. Whoever reads many samples imports it: internal/tsdb from
// its blocks, slo/prometheus/remote from the network. It guarantees to end, with
// an error where a chunk ends too early, whatever bytes it is given. It imports
// the standard library alone. See docs/decisions/0006-chunks-are-decoded-here.md.
package chunk

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrTorn says that a chunk ends in the middle of a sample.
var ErrTorn = errors.New("chunk ends in the middle of a sample")

// xorPad is how far behind the end of a chunk one sample can reach if the chunk
// lies: 20 bytes of samples in full (145 bits) and the 8 bytes of a word.
const xorPad = 32

// XOR reads the samples of a chunk of encoding XOR (Gorilla, Pelkonen et
// al., VLDB 2015, in the variant of Prometheus' tsdb/chunkenc/xor.go) into
// slices.
//
// Prometheus' own iterator hands out one sample at a time through an interface
// and refills its bit buffer through several calls; reading whole runs from one
// word of memory per sample takes about half the time, and a backfill is little
// else than this loop. Tests compare it with that iterator, bit by bit.
type XOR struct {
	buf   []byte // the stream behind the two bytes of the count, and xorPad zeros
	bits  uint64 // length of the stream in bits
	pos   uint64 // next bit
	total int    // samples in the chunk
	read  int    // samples handed out

	t        int64
	delta    uint64
	value    uint64
	leading  uint64
	trailing uint64
}

// Reset starts at the first sample of chunk, which is copied.
func (d *XOR) Reset(chunk []byte) error {
	if len(chunk) < 2 {
		return ErrTorn
	}
	stream := chunk[2:]
	d.buf = append(d.buf[:0], stream...)
	d.buf = append(d.buf, make([]byte, xorPad)...)
	*d = XOR{
		buf:   d.buf,
		bits:  uint64(len(stream)) * 8,
		total: int(binary.BigEndian.Uint16(chunk)),
	}
	return nil
}

// Next fills ts and vs, which are of the same length, and returns how many
// samples there were; fewer than asked for at the end of the chunk.
func (d *XOR) Next(ts []int64, vs []float64) (int, error) {
	n := min(len(ts), d.total-d.read)
	i := 0
	for ; i < n && d.read+i < 2; i++ {
		if err := d.head(d.read + i); err != nil {
			return i, err
		}
		ts[i], vs[i] = d.t, math.Float64frombits(d.value)
	}
	err := d.run(ts[i:n], vs[i:n])
	d.read += n
	if err != nil {
		return 0, err
	}
	return n, nil
}

// head reads the first or the second sample, whose times are written in full.
func (d *XOR) head(index int) error {
	at := d.buf[d.pos/8:]
	size := 0
	if index == 0 {
		d.t, size = binary.Varint(at)
	} else {
		d.delta, size = binary.Uvarint(at)
		d.t += int64(d.delta)
	}
	if size <= 0 {
		return ErrTorn
	}
	d.pos += uint64(size) * 8
	if index == 0 {
		d.value = d.word(d.pos)
		d.pos += 64
	} else {
		d.pos = d.readValue(d.pos)
	}
	if d.pos > d.bits {
		return ErrTorn
	}
	return nil
}

// run reads samples from the third on: the change of the delta of the time, then
// the changed bits of the value.
//
//	0                    the delta is as before
//	10, 110, 1110, 1111  and 14, 17, 20, 64 bits of change
func (d *XOR) run(ts []int64, vs []float64) error {
	pos, t, delta := d.pos, d.t, d.delta
	for i := range ts {
		w := binary.BigEndian.Uint64(d.buf[pos>>3:]) << (pos & 7)
		if w>>63 == 0 {
			pos++
			w <<= 1
		} else {
			var change int64
			change, pos = d.readChange(w, pos)
			delta = uint64(int64(delta) + change)
			w = binary.BigEndian.Uint64(d.buf[pos>>3:]) << (pos & 7)
		}
		t += int64(delta)
		if w>>63 == 0 {
			pos++
		} else if size := 64 - d.leading - d.trailing; w>>62 == 0b10 && size <= 48 {
			// The word held at least 57 bits of the stream, of which at most
			// three are control bits.
			d.value ^= (w << 2 >> (64 - size)) << d.trailing
			pos += 2 + size
		} else {
			pos = d.readValue(pos)
		}
		if pos > d.bits {
			return ErrTorn
		}
		ts[i], vs[i] = t, math.Float64frombits(d.value)
	}
	d.pos, d.t, d.delta = pos, t, delta
	return nil
}

// readChange reads the change of a delta that is not 0, with its control bits;
// w is the word at pos.
func (d *XOR) readChange(w, pos uint64) (int64, uint64) {
	var control, size uint64
	switch {
	case w>>62 == 0b10:
		control, size = 2, 14
	case w>>61 == 0b110:
		control, size = 3, 17
	case w>>60 == 0b1110:
		control, size = 4, 20
	default:
		return int64(d.word(pos + 4)), pos + 68
	}
	u := w << control >> (64 - size)
	if u > 1<<(size-1) { // not ≥: the encoder writes 2^(size-1) as positive
		u -= 1 << size
	}
	return int64(u), pos + control + size
}

// readValue reads the value at pos with its control bits.
//
//	0   the value is as before
//	10  the bits between the known numbers of leading and trailing zeros
//	11  5 bits of leading zeros, 6 bits of size (0 for 64), the bits
func (d *XOR) readValue(pos uint64) uint64 {
	w := d.word(pos)
	switch {
	case w>>63 == 0:
		return pos + 1
	case w>>62 == 0b10:
		pos += 2
	default:
		size := w << 7 >> 58
		if size == 0 {
			size = 64
		}
		d.leading = w << 2 >> 59
		d.trailing = (64 - d.leading - size) & 0xff
		pos += 13
	}
	size := (64 - d.leading - d.trailing) & 0xff
	d.value ^= (d.word(pos) >> (64 - size)) << d.trailing
	return pos + size
}

// word returns the 64 bits from pos on. Behind the padding there are zeros: the
// caller notices that the stream has ended.
func (d *XOR) word(pos uint64) uint64 {
	at := pos >> 3
	if at+9 > uint64(len(d.buf)) {
		return 0
	}
	b := d.buf[at : at+9]
	shift := pos & 7
	return binary.BigEndian.Uint64(b)<<shift | uint64(b[8])>>(8-shift)
}
