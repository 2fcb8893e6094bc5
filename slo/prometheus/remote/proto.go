package remote

import (
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of prometheus/prompb/remote.proto are written and read by hand:
// generated code copies every chunk, and lets a small frame of empty labels
// become a large structure.

// maxLabels is how many labels a series may have.
const maxLabels = 512

var errMessage = errors.New("a frame of the answer is no message of remote read")

// piece is a chunk of samples of one series; min and max are the times of the
// first and the last one, as the server tells them.
type piece struct {
	min, max int64
	encoding chunkenc.Encoding
	data     []byte
}

// samples returns how many samples the piece says that it holds.
func (p piece) samples() int64 {
	if len(p.data) < 2 {
		return 0
	}
	return int64(p.data[0])<<8 | int64(p.data[1])
}

// readRequest returns the message that asks for the samples in [from, to].
func readRequest(matchers []*labels.Matcher, from, to int64) []byte {
	var query []byte
	query = protowire.AppendTag(query, 1, protowire.VarintType)
	query = protowire.AppendVarint(query, uint64(from))
	query = protowire.AppendTag(query, 2, protowire.VarintType)
	query = protowire.AppendVarint(query, uint64(to))
	for _, m := range matchers {
		var matcher []byte
		matcher = protowire.AppendTag(matcher, 1, protowire.VarintType)
		matcher = protowire.AppendVarint(matcher, uint64(m.Type)) // EQ, NEQ, RE, NRE as in labels
		matcher = protowire.AppendTag(matcher, 2, protowire.BytesType)
		matcher = protowire.AppendString(matcher, m.Name)
		matcher = protowire.AppendTag(matcher, 3, protowire.BytesType)
		matcher = protowire.AppendString(matcher, m.Value)
		query = protowire.AppendTag(query, 3, protowire.BytesType)
		query = protowire.AppendBytes(query, matcher)
	}
	const streamedXORChunks = 1
	request := protowire.AppendTag(nil, 1, protowire.BytesType)
	request = protowire.AppendBytes(request, query)
	request = protowire.AppendTag(request, 2, protowire.VarintType)
	return protowire.AppendVarint(request, streamedXORChunks)
}

// field is one field of a message.
type field struct {
	number protowire.Number
	bytes  []byte // of a length-delimited field
	value  uint64 // of a varint
}

// cut takes the next field that is a varint or length-delimited off a message;
// fields of other types, which remote read does not use, come without a value.
func cut(message []byte) (f field, rest []byte, err error) {
	number, kind, n := protowire.ConsumeTag(message)
	if n < 0 {
		return field{}, nil, errMessage
	}
	message, f.number = message[n:], number
	switch kind {
	case protowire.VarintType:
		f.value, n = protowire.ConsumeVarint(message)
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(message)
	default:
		n = protowire.ConsumeFieldValue(number, kind, message)
	}
	if n < 0 {
		return field{}, nil, errMessage
	}
	return f, message[n:], nil
}

// nextPiece takes the next chunk off a ChunkedSeries; ok is false at its end.
func nextPiece(message []byte) (p piece, rest []byte, ok bool, err error) {
	for len(message) > 0 {
		var f field
		if f, message, err = cut(message); err != nil {
			return piece{}, nil, false, err
		}
		if f.number == 2 {
			p, err = readPiece(f.bytes)
			return p, message, err == nil, err
		}
	}
	return piece{}, nil, false, nil
}

func readPiece(message []byte) (p piece, err error) {
	for len(message) > 0 {
		var f field
		if f, message, err = cut(message); err != nil {
			return piece{}, err
		}
		switch f.number {
		case 1:
			p.min = int64(f.value)
		case 2:
			p.max = int64(f.value)
		case 3:
			p.encoding = chunkenc.Encoding(min(f.value, math.MaxUint8)) // no encoding has so high a number
		case 4:
			p.data = f.bytes
		}
	}
	if p.min > p.max || len(p.data) < 2 {
		return piece{}, fmt.Errorf("a chunk from %d to %d of %d bytes is none", p.min, p.max, len(p.data))
	}
	return p, nil
}

// labelReader builds label sets, with memory that is used again.
type labelReader struct {
	b     labels.ScratchBuilder
	names map[string]struct{}
}

// read returns the labels of a ChunkedSeries.
func (l *labelReader) read(message []byte) (labels.Labels, error) {
	l.begin()
	for len(message) > 0 {
		var f field
		var err error
		if f, message, err = cut(message); err != nil {
			return labels.EmptyLabels(), err
		}
		if f.number != 1 {
			continue
		}
		if err := l.label(f.bytes); err != nil {
			return labels.EmptyLabels(), err
		}
	}
	return l.end(), nil
}

func (l *labelReader) label(message []byte) error {
	var name, value string
	for len(message) > 0 {
		var f field
		var err error
		if f, message, err = cut(message); err != nil {
			return err
		}
		switch f.number {
		case 1:
			name = string(f.bytes)
		case 2:
			value = string(f.bytes)
		}
	}
	return l.add(name, value)
}

func (l *labelReader) begin() {
	l.b.Reset()
	if l.names == nil {
		l.names = map[string]struct{}{}
	}
	clear(l.names)
}

// add takes one label; a label with an empty value is none.
func (l *labelReader) add(name, value string) error {
	if _, twice := l.names[name]; twice {
		return fmt.Errorf("a series has the label %q twice", oneLine(name))
	}
	if len(l.names) == maxLabels {
		return fmt.Errorf("a series has more than %d labels", maxLabels)
	}
	l.names[name] = struct{}{}
	if value != "" {
		l.b.Add(name, value)
	}
	return nil
}

func (l *labelReader) end() labels.Labels {
	l.b.Sort()
	return l.b.Labels()
}
