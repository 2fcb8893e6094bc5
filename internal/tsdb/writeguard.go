package tsdb

import (
	"bytes"
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/hindcast/hindcast/internal/fault"
)

// The limits of one remote write request. Prometheus sends 2,000 samples at a
// time, agents up to ten thousand.
const (
	maxWriteBody    = 8 << 20 // compressed
	maxWriteDecoded = 8 << 20
	maxWriteSeries  = 10_000
	maxWriteSamples = 100_000 // with histograms and exemplars
	maxWriteSymbols = 100_000
	maxWriteLabels  = 128   // of one series
	maxWriteName    = 1_024 // bytes of a label name
	maxWriteValue   = 4_096 // bytes of a label value
	// maxWriteWeight is about how many bytes a request may take once it is
	// unmarshalled. An empty series is two bytes on the wire and 200 in memory, and
	// a symbol of version 2 is written once and may be named a million times.
	maxWriteWeight = 24 << 20
)

// What parts of a request weigh in memory besides their text.
const (
	weightSeries    = 250
	weightLabel     = 40
	weightSample    = 32
	weightHistogram = 500
	weightSpan      = 40
	weightExemplar  = 120
	weightText      = 40
)

// writeScan walks through the wire format of a request, counts and checks, and
// allocates next to nothing. A request with anything in it that cannot be is
// refused as a whole, before anything is unmarshalled or stored: that is a defect
// of the sender, which has to be seen. Samples that come too late are no defect;
// the appender refuses them one by one.
type writeScan struct {
	latest  int64 // the newest time that is accepted
	weight  int
	series  int
	samples int
	symbols [][]byte // of version 2

	names [][]byte // of the labels of a series, reused
	refs  []uint64 // the same in version 2
}

// field is one field of a message: bytes if it has any, else the number.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bytes  []byte
	value  uint64
}

// each calls visit for every field of a message.
func (s *writeScan) each(message []byte, visit func(field) error) error {
	for len(message) > 0 {
		f := field{}
		var n int
		if f.number, f.kind, n = protowire.ConsumeTag(message); n < 0 {
			return fault.Invalidf("the request is no protobuf message: %w", protowire.ParseError(n))
		}
		message = message[n:]
		switch f.kind {
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(message)
		case protowire.Fixed64Type:
			f.value, n = protowire.ConsumeFixed64(message)
		case protowire.Fixed32Type:
			_, n = protowire.ConsumeFixed32(message)
		default:
			return fault.Invalidf("the request has a field %d of wire type %d, which no version has", f.number, f.kind)
		}
		if n < 0 {
			return fault.Invalidf("field %d of the request is cut off: %w", f.number, protowire.ParseError(n))
		}
		message = message[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// add adds to what the request weighs.
func (s *writeScan) add(weight int) error {
	if s.weight += weight; s.weight > maxWriteWeight {
		return fault.Invalidf("the request takes more than %d MiB of memory: send fewer series at a time", maxWriteWeight>>20)
	}
	return nil
}

// one counts a series.
func (s *writeScan) one() error {
	if s.series++; s.series > maxWriteSeries {
		return fault.Invalidf("the request has more than %d series: send fewer at a time", maxWriteSeries)
	}
	return s.add(weightSeries)
}

// sample counts a sample, a histogram or an exemplar.
func (s *writeScan) sample(weight int) error {
	if s.samples++; s.samples > maxWriteSamples {
		return fault.Invalidf("the request has more than %d samples: send fewer at a time", maxWriteSamples)
	}
	return s.add(weight)
}

// time checks the time of a sample.
func (s *writeScan) time(t int64) error {
	if t > s.latest {
		return fault.Invalidf("a sample has the time %d, more than %s ahead of the clock here: set the clock of the sender", t, maxAhead)
	}
	return nil
}

// stamped scans a sample (time in field 2) or an exemplar (field 3).
func (s *writeScan) stamped(message []byte, at protowire.Number) error {
	return s.each(message, func(f field) error {
		if f.number == at {
			return s.time(int64(f.value))
		}
		return s.add(len(f.bytes))
	})
}

// histogram scans a histogram, which both versions write alike.
func (s *writeScan) histogram(message []byte) error {
	if err := s.sample(weightHistogram); err != nil {
		return err
	}
	return s.each(message, func(f field) error {
		switch f.number {
		case 15:
			return s.time(int64(f.value))
		case 8, 11:
			return s.add(weightSpan + len(f.bytes))
		case 9, 12: // deltas: a byte or more each becomes eight
			return s.add(16 + 8*len(f.bytes))
		default:
			return s.add(8 + 2*len(f.bytes))
		}
	})
}

// label checks a label of a series or of an exemplar.
func (s *writeScan) label(name, value []byte) error {
	switch {
	case len(name) == 0:
		return fault.Invalidf("a series has a label without a name")
	case len(name) > maxWriteName:
		return fault.Invalidf("a label name has %d bytes, more than %d", len(name), maxWriteName)
	case len(value) > maxWriteValue:
		return fault.Invalidf("the value of label %q has %d bytes, more than %d", name, len(value), maxWriteValue)
	case !utf8.Valid(name) || !utf8.Valid(value):
		return fault.Invalidf("label %q or its value is not UTF-8", name)
	}
	return s.add(weightLabel + len(name) + len(value))
}

// metric is the label that every series has.
var metric = []byte("__name__")

// seriesLabels checks the names of a series' labels together.
func (s *writeScan) seriesLabels(names [][]byte) error {
	slices.SortFunc(names, bytes.Compare)
	for i := 1; i < len(names); i++ {
		if bytes.Equal(names[i-1], names[i]) {
			return fault.Invalidf("a series has the label %q twice", names[i])
		}
	}
	if _, found := slices.BinarySearchFunc(names, metric, bytes.Compare); !found {
		return fault.Invalidf("a series has no metric name, the label __name__")
	}
	return nil
}

// keep notes the name of a label of the series being scanned.
func (s *writeScan) keep(name, value []byte) error {
	if len(s.names) == maxWriteLabels {
		return fault.Invalidf("a series has more than %d labels", maxWriteLabels)
	}
	if len(value) == 0 && bytes.Equal(name, metric) {
		return fault.Invalidf("a series has an empty metric name")
	}
	s.names = append(s.names, name)
	return s.label(name, value)
}

// scanV1 scans a prometheus.WriteRequest.
func (s *writeScan) scanV1(body []byte) error {
	return s.each(body, func(f field) error {
		if f.number == 1 && f.kind == protowire.BytesType {
			return s.seriesV1(f.bytes)
		}
		return s.add(weightText + 2*len(f.bytes))
	})
}

func (s *writeScan) seriesV1(message []byte) error {
	if err := s.one(); err != nil {
		return err
	}
	s.names = s.names[:0]
	err := s.each(message, func(f field) error {
		switch f.number {
		case 1:
			return s.labelV1(f.bytes, s.keep)
		case 2:
			return first(s.sample(weightSample), func() error { return s.stamped(f.bytes, 2) })
		case 3:
			return s.exemplarV1(f.bytes)
		case 4:
			return s.histogram(f.bytes)
		default:
			return s.add(weightText + 2*len(f.bytes))
		}
	})
	return first(err, func() error { return s.seriesLabels(s.names) })
}

func (s *writeScan) labelV1(message []byte, use func(name, value []byte) error) error {
	var name, value []byte
	err := s.each(message, func(f field) error {
		switch f.number {
		case 1:
			name = f.bytes
		case 2:
			value = f.bytes
		}
		return s.add(len(f.bytes))
	})
	return first(err, func() error { return use(name, value) })
}

func (s *writeScan) exemplarV1(message []byte) error {
	if err := s.sample(weightExemplar); err != nil {
		return err
	}
	return s.each(message, func(f field) error {
		switch f.number {
		case 1:
			return s.labelV1(f.bytes, s.label)
		case 3:
			return s.time(int64(f.value))
		default:
			return s.add(len(f.bytes))
		}
	})
}

// scanV2 scans an io.prometheus.write.v2.Request: first its symbols, wherever they
// are, then what refers to them.
func (s *writeScan) scanV2(body []byte) error {
	err := s.each(body, func(f field) error {
		if f.number != 4 || f.kind != protowire.BytesType {
			return nil
		}
		if len(s.symbols) == maxWriteSymbols {
			return fault.Invalidf("the request has more than %d symbols: send fewer series at a time", maxWriteSymbols)
		}
		s.symbols = append(s.symbols, f.bytes)
		return s.add(weightText + len(f.bytes))
	})
	if err != nil {
		return err
	}
	return s.each(body, func(f field) error {
		switch {
		case f.number == 4 && f.kind == protowire.BytesType:
			return nil
		case f.number == 5 && f.kind == protowire.BytesType:
			return s.seriesV2(f.bytes)
		default:
			return s.add(weightText + 2*len(f.bytes))
		}
	})
}

func (s *writeScan) seriesV2(message []byte) error {
	if err := s.one(); err != nil {
		return err
	}
	s.refs, s.names = s.refs[:0], s.names[:0]
	before := s.samples
	exemplars := 0
	err := s.each(message, func(f field) error {
		switch f.number {
		case 1:
			return s.addRefs(f)
		case 2:
			return first(s.sample(weightSample), func() error { return s.stamped(f.bytes, 2) })
		case 3:
			return s.histogram(f.bytes)
		case 4:
			exemplars++
			return nil // reuses refs, so after the labels
		case 5:
			return s.metadataV2(f.bytes)
		default:
			return s.add(weightText + 2*len(f.bytes))
		}
	})
	if err != nil {
		return err
	}
	if s.samples == before {
		return fault.Invalidf("a series has neither samples nor histograms")
	}
	if err := s.resolve(s.keep); err != nil {
		return err
	}
	if err := s.seriesLabels(s.names); err != nil || exemplars == 0 {
		return err
	}
	return s.each(message, func(f field) error {
		if f.number == 4 {
			return s.exemplarV2(f.bytes)
		}
		return nil
	})
}

// addRefs takes in references, packed or not.
func (s *writeScan) addRefs(f field) error {
	if f.kind != protowire.BytesType {
		f.bytes = protowire.AppendVarint(nil, f.value)
	}
	for rest := f.bytes; len(rest) > 0; {
		ref, n := protowire.ConsumeVarint(rest)
		if n < 0 {
			return fault.Invalidf("the references to labels are cut off: %w", protowire.ParseError(n))
		}
		if len(s.refs) == 2*maxWriteLabels {
			return fault.Invalidf("a series has more than %d labels", maxWriteLabels)
		}
		s.refs, rest = append(s.refs, ref), rest[n:]
	}
	return s.add(8 * len(f.bytes))
}

// resolve looks up the references taken in, as names and values.
func (s *writeScan) resolve(use func(name, value []byte) error) error {
	if len(s.refs)%2 != 0 {
		return fault.Invalidf("a series has %d references to labels: names and values come in pairs", len(s.refs))
	}
	for i := 0; i < len(s.refs); i += 2 {
		name, value := s.refs[i], s.refs[i+1]
		if err := s.known(max(name, value)); err != nil {
			return err
		}
		if err := use(s.symbols[name], s.symbols[value]); err != nil {
			return err
		}
	}
	return nil
}

// known checks a reference.
func (s *writeScan) known(ref uint64) error {
	if ref > math.MaxUint32 || ref >= uint64(len(s.symbols)) {
		return fault.Invalidf("a reference to symbol %d goes beyond the %d of the request", ref, len(s.symbols))
	}
	return nil
}

func (s *writeScan) exemplarV2(message []byte) error {
	if err := s.sample(weightExemplar); err != nil {
		return err
	}
	s.refs = s.refs[:0]
	err := s.each(message, func(f field) error {
		switch f.number {
		case 1:
			return s.addRefs(f)
		case 3:
			return s.time(int64(f.value))
		default:
			return s.add(len(f.bytes))
		}
	})
	return first(err, func() error { return s.resolve(s.label) })
}

func (s *writeScan) metadataV2(message []byte) error {
	return s.each(message, func(f field) error {
		if f.number == 3 || f.number == 4 {
			return s.known(f.value)
		}
		return s.add(len(f.bytes))
	})
}

// first goes on with next unless there is an error.
func first(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}
