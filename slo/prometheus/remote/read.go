package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// errNoRead says that the server has no streamed remote read.
var errNoRead = errors.New("the server has no streamed remote read")

const (
	protobuf         = "application/x-protobuf"
	streamedProtobuf = "application/x-streamed-protobuf"
)

// openRead asks for the samples in (from, to] by streamed remote read.
func (s *Sampler) openRead(ctx context.Context, matchers []*labels.Matcher, from, to int64) (*reply, error) {
	header := http.Header{
		"Content-Type":                     {protobuf},
		"Content-Encoding":                 {"snappy"},
		"X-Prometheus-Remote-Read-Version": {"0.1.0"},
	}
	// Both ends are included there.
	r, err := s.do(ctx, http.MethodPost, "read", header, snappy.Encode(nil, readRequest(matchers, from+1, to)))
	if err != nil {
		return nil, err
	}
	if err := s.checkRead(r); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// checkRead reports whether an answer to remote read is a stream of frames.
func (s *Sampler) checkRead(r *reply) error {
	switch r.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadRequest, http.StatusUnsupportedMediaType:
		// The question is well-formed: who finds fault with it does not know it.
		return errNoRead
	default:
		refusal := r.refusal()
		if tooMuch.MatchString(refusal.text) {
			return &sample.TooWide{Limit: "the server says: " + refusal.text}
		}
		return s.refused(refusal)
	}
	switch kind := r.mediaType(); {
	case kind == protobuf, strings.Contains(kind, "json"): // raw samples in one piece; servers that answer everything in JSON
		return errNoRead
	case kind != streamedProtobuf:
		return s.odd("remote read is answered with %q instead of a stream of samples: a proxy, or a sign-in page", oneLine(kind))
	case r.ContentLength < 0 && len(r.TransferEncoding) == 0 && r.ProtoMajor == 1 && !r.Uncompressed:
		// Frames end anywhere: without a marked end a lost connection would look
		// like a complete answer.
		return s.odd("the end of the answer is not marked (neither Content-Length nor chunked): a proxy speaks HTTP/1.0; let it speak HTTP/1.1")
	}
	return nil
}

// stream passes a selection on as it comes.
func (s *Sampler) stream(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	r, err := s.openRead(ctx, matchers, from, to)
	if err != nil {
		return err
	}
	defer r.close()
	in := newStream(r.body, matchers, from, to, s.o)
	read := newSeries(from, to)
	for in.nextSeries() {
		if err := ctx.Err(); err != nil {
			return err
		}
		read.reset(in.labels, in.nextPiece)
		err := visit(read)
		if read.err != nil || in.err != nil { // what visit makes of it matters less
			return s.failed(errors.Join(read.err, in.err))
		}
		if err != nil {
			return err
		}
	}
	return s.failed(in.err)
}

// pieces keeps the chunks of a selection as they are.
func (s *Sampler) pieces(ctx context.Context, matchers []*labels.Matcher, from, to int64, h *held) error {
	r, err := s.openRead(ctx, matchers, from, to)
	if err != nil {
		return err
	}
	defer r.close()
	in := newStream(r.body, matchers, from, to, s.o)
	for in.nextSeries() {
		if err := ctx.Err(); err != nil {
			return err
		}
		series := h.series(in.labels)
		for {
			p, ok := in.nextPiece()
			if !ok {
				break
			}
			if err := h.keep(series, p); err != nil {
				return err
			}
		}
	}
	return s.failed(in.err)
}

// failed explains what was wrong with an answer.
func (s *Sampler) failed(err error) error {
	_, wide := errors.AsType[*sample.TooWide](err)
	_, much := errors.AsType[*tooMuchAtOnce](err)
	long, isTooLong := isLong(err)
	switch {
	case err == nil:
		return nil
	case wide, much, errors.Is(err, errHeld):
		return err
	case isTooLong:
		return &sample.TooWide{Limit: long.Error()}
	default:
		return s.broken(err)
	}
}

// stream reads series from the frames of an answer.
type stream struct {
	frames   frameReader
	matchers []*labels.Matcher
	from, to int64
	o        Options

	frame   []byte // what is left of the frame
	message []byte // what is left of the ChunkedSeries
	labels  labels.Labels
	early   bool // the last chunk of the series lies before what was asked for
	waits   bool // message belongs to the next series, whose labels are ahead
	ahead   labels.Labels
	reader  labelReader
	seen    map[uint64]struct{}
	samples int64
	done    bool // the answer has ended
	err     error
}

func newStream(r io.Reader, matchers []*labels.Matcher, from, to int64, o Options) *stream {
	return &stream{frames: frameReader{r: bufio.NewReaderSize(r, 64<<10)}, matchers: matchers, from: from, to: to, o: o, seen: map[uint64]struct{}{}}
}

// nextSeries turns to the next series; what was not read of this one is skipped.
func (s *stream) nextSeries() bool {
	for {
		if _, ok := s.nextPiece(); !ok {
			break
		}
	}
	if s.err != nil || !s.waits {
		return false
	}
	s.labels, s.waits, s.early = s.ahead, false, false
	s.err = s.admit()
	return s.err == nil
}

// admit checks a series that begins.
func (s *stream) admit() error {
	hash := s.labels.Hash()
	if _, twice := s.seen[hash]; twice {
		return fmt.Errorf("the answer has the series %s twice", oneLine(s.labels.String()))
	}
	if len(s.seen) == s.o.MaxSeries {
		return tooManySeries(s.o.MaxSeries)
	}
	s.seen[hash] = struct{}{}
	return checkAsked(s.matchers, s.labels)
}

// checkAsked refuses a series that the selection does not have.
func checkAsked(matchers []*labels.Matcher, lset labels.Labels) error {
	for _, m := range matchers {
		if !m.Matches(lset.Get(m.Name)) {
			return fmt.Errorf("the answer has the series %s, which %s does not select: an answer to another question, or an external label of the server that the selector excludes", oneLine(lset.String()), m)
		}
	}
	return nil
}

func tooManySeries(limit int) error {
	return &sample.TooWide{Limit: fmt.Sprintf("more than %s series", grouped(int64(limit)))}
}

func tooManySamples(limit int64) error {
	return &sample.TooWide{Limit: fmt.Sprintf("more than %s samples", grouped(limit))}
}

// nextPiece returns the next chunk of the series; its data are valid until the
// next call.
func (s *stream) nextPiece() (piece, bool) {
	for s.err == nil && !s.waits && !s.done {
		p, rest, ok, err := nextPiece(s.message)
		s.message = rest
		if err != nil {
			s.err = err
			break
		}
		if !ok {
			s.nextMessage()
			continue
		}
		if s.err = s.place(p); s.err != nil {
			break
		}
		if s.samples += p.samples(); s.samples > s.o.MaxSamples {
			s.err = tooManySamples(s.o.MaxSamples)
			break
		}
		return p, true
	}
	return piece{}, false
}

// place refuses a chunk that a sound server does not send: one that begins after
// what was asked for, and one that ends before it although another follows. The
// last one may, as the chunk that a server is still writing has no end; and a
// server that sends others answers another question, or has another clock.
func (s *stream) place(p piece) error {
	if s.early || p.min > s.to {
		return fmt.Errorf("the answer has a chunk of %s that lies outside of what was asked for, %s to %s: is the answer old, or are the clocks apart?", oneLine(s.labels.String()), clock(s.from), clock(s.to))
	}
	s.early = p.max <= s.from
	return nil
}

// nextMessage turns to the next ChunkedSeries: more of this series, or another.
func (s *stream) nextMessage() {
	for len(s.frame) == 0 {
		frame, err := s.frames.next()
		if errors.Is(err, io.EOF) {
			s.done = true
			return
		}
		if err != nil {
			s.err = err
			return
		}
		s.frame = frame
	}
	var f field
	if f, s.frame, s.err = cut(s.frame); s.err != nil || f.number != 1 {
		return
	}
	s.ahead, s.err = s.reader.read(f.bytes)
	s.message = f.bytes
	s.waits = len(s.seen) == 0 || !labels.Equal(s.ahead, s.labels)
}
