//go:build faults

package faults

import (
	"encoding/binary"
	"math"

	"github.com/klauspost/compress/snappy"
)

// writeRequest encodes a remote write (version 1) of one sample by hand: the
// harness shares no code with what it tests.
func writeRequest(series string, ms int64, v float64) []byte {
	label := func(name, value string) []byte {
		return field(1, append(field(1, []byte(name)), field(2, []byte(value))...))
	}
	sample := binary.LittleEndian.AppendUint64([]byte{1<<3 | 1}, math.Float64bits(v))
	sample = binary.AppendUvarint(append(sample, 2<<3), uint64(ms))
	timeSeries := append(label("__name__", "written"), label("series", series)...)
	timeSeries = append(timeSeries, field(2, sample)...)
	return snappy.Encode(nil, field(1, timeSeries))
}

// field encodes a length-delimited field of a protocol buffer.
func field(number byte, content []byte) []byte {
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(content))), content...)
}
