package realtest

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// A streamed answer to remote read is a row of frames: the length of a message as a
// varint, its checksum, the message (prompb.ChunkedReadResponse). What follows
// rewrites messages on the level of the wire, and makes the checksums right again:
// a fault is to look like the truth.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func isStream(a *answer) bool {
	return strings.HasPrefix(a.header.Get("Content-Type"), "application/x-streamed-protobuf") && len(a.body) > 0
}

// readFrames rewrites each frame of a stream as a whole.
func readFrames(change func(frame []byte) []byte) func(*answer) bool {
	return func(a *answer) bool {
		if !isStream(a) {
			return false
		}
		var out []byte
		for rest := a.body; len(rest) > 0; {
			size, n := binary.Uvarint(rest)
			end := n + 4 + int(size)
			if n <= 0 || size > uint64(len(rest)) || end > len(rest) {
				return false // this is no stream of frames
			}
			out = append(out, change(rest[:end])...)
			rest = rest[end:]
		}
		a.body = out
		return true
	}
}

// readMessages rewrites the message of each frame.
func readMessages(change func(message []byte) []byte) func(*answer) bool {
	return readFrames(func(frame []byte) []byte {
		_, n := binary.Uvarint(frame)
		message := change(frame[n+4:])
		out := binary.AppendUvarint(nil, uint64(len(message)))
		out = binary.BigEndian.AppendUint32(out, crc32.Checksum(message, castagnoli))
		return append(out, message...)
	})
}

// Numbers of fields in prompb.
const (
	responseSeries = 1
	seriesLabels   = 1
	seriesChunks   = 2
	chunkFrom      = 1
	chunkTo        = 2
	chunkType      = 3
	chunkData      = 4
	xor            = 1 // the type of chunks of floats
)

// fields rewrites the fields of a message that have a number: change returns the
// field anew, with its tag, or nothing to leave it out.
func fields(message []byte, number protowire.Number, change func(field []byte) []byte) []byte {
	var out []byte
	for len(message) > 0 {
		num, _, n := protowire.ConsumeField(message)
		if n < 0 {
			return append(out, message...)
		}
		if field := message[:n]; num == number {
			out = append(out, change(field)...)
		} else {
			out = append(out, field...)
		}
		message = message[n:]
	}
	return out
}

// inside rewrites the content of fields that hold bytes.
func inside(message []byte, number protowire.Number, change func(content []byte) []byte) []byte {
	return fields(message, number, func(field []byte) []byte {
		_, kind, n := protowire.ConsumeTag(field)
		content, m := protowire.ConsumeBytes(field[n:])
		if kind != protowire.BytesType || m < 0 {
			return field
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), change(content))
	})
}

// bytesOf returns the content of the last field of a number.
func bytesOf(message []byte, number protowire.Number) []byte {
	var content []byte
	inside(message, number, func(b []byte) []byte { content = b; return b })
	return content
}

// readLabels rewrites the labels of series, or drops those that are not kept.
func readLabels(change func(name, value string) (string, bool)) func(*answer) bool {
	return readMessages(func(message []byte) []byte {
		return inside(message, responseSeries, func(series []byte) []byte {
			return fields(series, seriesLabels, func(field []byte) []byte {
				_, _, n := protowire.ConsumeTag(field)
				label, _ := protowire.ConsumeBytes(field[n:])
				name := string(bytesOf(label, 1))
				value, kept := change(name, string(bytesOf(label, 2)))
				if !kept {
					return nil
				}
				anew := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
				anew = protowire.AppendString(protowire.AppendTag(anew, 2, protowire.BytesType), value)
				return protowire.AppendBytes(protowire.AppendTag(nil, seriesLabels, protowire.BytesType), anew)
			})
		})
	})
}

// readChunks rewrites the chunks of floats.
func readChunks(change func(chunk []byte) []byte) func(*answer) bool {
	return readMessages(func(message []byte) []byte {
		return inside(message, responseSeries, func(series []byte) []byte {
			return inside(series, seriesChunks, func(chunk []byte) []byte {
				floats := false
				fields(chunk, chunkType, func(field []byte) []byte {
					_, _, n := protowire.ConsumeTag(field)
					v, _ := protowire.ConsumeVarint(field[n:])
					floats = v == xor
					return field
				})
				if !floats {
					return chunk
				}
				return change(chunk)
			})
		})
	})
}

// first rewrites the first time and value of a chunk, which are written in full: a
// count in two bytes, a varint, eight bytes. All others are written as differences
// to the one before, times by subtraction and values bit by bit.
func first(chunk []byte, change func(at int64, bits uint64) (int64, uint64)) []byte {
	return inside(chunk, chunkData, func(data []byte) []byte {
		if len(data) < 2 {
			return data
		}
		at, n := binary.Varint(data[2:])
		if n <= 0 || len(data) < 2+n+8 {
			return data
		}
		at, bits := change(at, binary.BigEndian.Uint64(data[2+n:]))
		out := binary.AppendVarint([]byte{data[0], data[1]}, at)
		out = binary.BigEndian.AppendUint64(out, bits)
		return append(out, data[2+n+8:]...)
	})
}

// readBits changes the bits of values: what becomes of the first in each chunk
// becomes of the same bits in all of them.
func readBits(change func(bits uint64) uint64) func(*answer) bool {
	return readChunks(func(chunk []byte) []byte {
		return first(chunk, func(at int64, bits uint64) (int64, uint64) { return at, change(bits) })
	})
}

// readStamps moves all samples in time.
func readStamps(by time.Duration) func(*answer) bool {
	return readChunks(func(chunk []byte) []byte {
		for _, number := range []protowire.Number{chunkFrom, chunkTo} {
			chunk = fields(chunk, number, func(field []byte) []byte {
				_, _, n := protowire.ConsumeTag(field)
				at, _ := protowire.ConsumeVarint(field[n:])
				return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), at+uint64(by.Milliseconds()))
			})
		}
		return first(chunk, func(at int64, bits uint64) (int64, uint64) { return at + by.Milliseconds(), bits })
	})
}
