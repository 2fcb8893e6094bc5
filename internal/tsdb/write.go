package tsdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/snappy"
	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage/remote"

	"github.com/hindcast/hindcast/internal/fault"
)

// maxAhead is how far in the future a sample may be, as in Prometheus.
const maxAhead = 10 * time.Minute

// maxWrites is how many requests are in memory at a time, and writeWait how long
// others wait for their turn. They are decoded side by side and stored in turn.
const (
	maxWrites = 4
	writeWait = 5 * time.Second
)

// writeHandler receives remote writes.
type writeHandler struct {
	db      *DB
	next    http.Handler
	places  turnstile
	turn    sync.Mutex // of one appender at a time
	samples *prometheus.CounterVec
	refused *prometheus.CounterVec
}

// WriteHandler returns the receiver of Prometheus' remote write protocol, versions
// 1 and 2. It is Prometheus' own handler behind limits that are checked before
// anything is unmarshalled.
//
// 204 means that every sample of the request is on disk. 400 means that something
// in it can never be stored: if the request itself is malformed, nothing of it is,
// and if samples of it came too late, all the others are. Both say so in the text,
// and neither is worth sending again. 413 and 415 refuse sizes and types. 503 and
// 500 say that sending again, later, helps.
func (db *DB) WriteHandler() http.Handler {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.writes == nil {
		db.writes = db.newWriteHandler()
	}
	return db.writes
}

func (db *DB) newWriteHandler() *writeHandler {
	h := &writeHandler{
		db: db, places: newTurnstile(maxWrites),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hindcast_remote_write_samples_total", Help: "Samples that were stored by remote write, by type.",
		}, []string{"type"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hindcast_remote_write_refused_samples_total", Help: "Samples of accepted remote write requests that were not stored, by reason.",
		}, []string{"reason"}),
	}
	db.registry.MustRegister(h.samples, h.refused)
	accepted := remoteapi.MessageTypes{remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType}
	// What the handler would log, senders are told and metrics count.
	h.next = remote.NewWriteHandler(slog.New(slog.DiscardHandler), db.registry, writeIntake{h}, accepted, false, false, false)
	return h
}

// ServeHTTP answers a request.
func (h *writeHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "samples are posted here, by remote write", http.StatusMethodNotAllowed)
		return
	}
	version, err := writeVersion(r.Header)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnsupportedMediaType)
		return
	}
	ctx, leave, err := h.enter(r.Context())
	if err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer leave()
	body, err := h.body(w, r, version)
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	h.store(ctx, w, r, body)
}

// writeVersion returns the message that the headers announce.
func writeVersion(header http.Header) (remoteapi.WriteMessageType, error) {
	if e := header.Get("Content-Encoding"); e != "" && e != "snappy" {
		return "", fault.Invalidf("content encoding %q is not accepted: send snappy", e)
	}
	kind := header.Get("Content-Type")
	if kind == "" {
		return remoteapi.WriteV1MessageType, nil
	}
	return remoteapi.ParseProtoMsg(kind)
}

// enter waits for a place, unless no samples are accepted anyway.
func (h *writeHandler) enter(ctx context.Context) (context.Context, func(), error) {
	if h.db.ReadOnly() {
		return nil, nil, fault.Forbiddenf("%s was opened for reading only", h.db.Dir())
	}
	ctx, leave, err := h.db.enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := h.db.durable.admit(); err != nil {
		leave()
		return nil, nil, err
	}
	wait, cancel := context.WithTimeout(ctx, writeWait)
	defer cancel()
	if _, err := h.places.Insert(wait, ""); err != nil {
		leave()
		return nil, nil, fault.Unavailablef("%d remote writes are being stored already: send again later", maxWrites)
	}
	return ctx, func() { h.places.Delete(0); leave() }, nil
}

// errTooLarge is that a body is beyond a limit of size.
var errTooLarge = errors.New("the request is too large")

func statusOf(err error) int {
	if errors.Is(err, errTooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// body reads the compressed body and checks what is in it. The length that snappy
// announces is looked at before anything of that length is allocated.
func (h *writeHandler) body(w http.ResponseWriter, r *http.Request, version remoteapi.WriteMessageType) ([]byte, error) {
	if r.ContentLength > maxWriteBody {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", errTooLarge, r.ContentLength, maxWriteBody)
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, maxWriteBody))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLarge, maxWriteBody)
	}
	if err != nil {
		return nil, fault.Invalidf("the request was cut off: %w", err)
	}
	n, err := snappy.DecodedLen(b.Bytes())
	if err != nil {
		return nil, fault.Invalidf("the request is not compressed by snappy: %w", err)
	}
	if n > maxWriteDecoded {
		return nil, fmt.Errorf("%w: %d bytes when decompressed, more than %d", errTooLarge, n, maxWriteDecoded)
	}
	decoded, err := snappy.Decode(nil, b.Bytes())
	if err != nil {
		return nil, fault.Invalidf("the request is not compressed by snappy: %w", err)
	}
	return b.Bytes(), h.scan(decoded, version)
}

func (h *writeHandler) scan(decoded []byte, version remoteapi.WriteMessageType) error {
	s := &writeScan{latest: math.MaxInt64}
	if now := h.db.opts.Now; now != nil {
		s.latest = now().Add(maxAhead).UnixMilli()
	}
	if version == remoteapi.WriteV2MessageType {
		return s.scanV2(decoded)
	}
	return s.scanV1(decoded)
}

// store lets Prometheus' handler store the samples, and tells the sender of those
// that it did not.
func (h *writeHandler) store(ctx context.Context, w http.ResponseWriter, r *http.Request, body []byte) {
	tally := &writeTally{}
	defer tally.done()
	inner := r.WithContext(context.WithValue(ctx, tallyKey{}, tally))
	inner.Body = io.NopCloser(bytes.NewReader(body))
	answer := &writeAnswer{ResponseWriter: w, status: http.StatusOK}
	h.next.ServeHTTP(answer, inner)
	if answer.status/100 != 2 {
		http.Error(w, answer.text.String(), answer.status)
		return
	}
	h.count(tally)
	if w.Header().Get(headerSamples) != "" {
		w.Header().Set(headerSamples, strconv.Itoa(tally.floats))
		w.Header().Set(headerHistograms, strconv.Itoa(tally.histograms))
		w.Header().Set(headerExemplars, strconv.Itoa(tally.exemplars))
	}
	if tally.refused > 0 {
		http.Error(w, fmt.Sprintf("%d samples cannot be stored, all others are: %v", tally.refused, tally.why), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// The headers by which version 2 tells what was stored.
const (
	headerSamples    = "X-Prometheus-Remote-Write-Samples-Written"
	headerHistograms = "X-Prometheus-Remote-Write-Histograms-Written"
	headerExemplars  = "X-Prometheus-Remote-Write-Exemplars-Written"
)

func (h *writeHandler) count(t *writeTally) {
	h.samples.WithLabelValues("float").Add(float64(t.floats))
	h.samples.WithLabelValues("histogram").Add(float64(t.histograms))
	h.samples.WithLabelValues("exemplar").Add(float64(t.exemplars))
	for reason, n := range t.lost {
		h.refused.WithLabelValues(reason).Add(float64(n))
	}
}

// writeAnswer holds back what Prometheus' handler answers.
type writeAnswer struct {
	http.ResponseWriter
	status int
	text   bytes.Buffer
}

// WriteHeader notes the status.
func (a *writeAnswer) WriteHeader(status int) { a.status = status }

// Write notes the text.
func (a *writeAnswer) Write(p []byte) (int, error) { return a.text.Write(p) }
