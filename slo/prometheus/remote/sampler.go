package remote

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// Options bound what a server may cost us; zero values are sensible.
type Options struct {
	// Name is what messages call the server; "" means its URL.
	Name string
	// MaxSeries is the most series that one selection may have; 0 means 50,000.
	MaxSeries int
	// MaxSamples is the most samples of one selection; 0 means 50 million,
	// Prometheus' own limit for a query.
	MaxSamples int64
	// MaxBytes is the most bytes, decompressed, of one answer; 0 means 60 MiB,
	// which lies below the 64 MiB that an HTTP client of this program takes.
	MaxBytes int64
	// MaxHeld is the most bytes of samples, compressed, that are held for one
	// selection, where they cannot be passed on as they come, and a quarter of
	// what is held in all; 0 means 32 MiB, some ten million samples.
	MaxHeld int64
	// Timeout ends one request with its answer; 0 means two minutes.
	Timeout time.Duration
	// RangeVectors leaves remote read alone.
	RangeVectors bool
	// Now is the clock; it is needed.
	Now func() time.Time
}

func (o Options) withDefaults(base *url.URL) Options {
	o.Name = cmp.Or(o.Name, base.Redacted())
	o.MaxSeries = cmp.Or(o.MaxSeries, 50_000)
	o.MaxSamples = cmp.Or(o.MaxSamples, 50_000_000)
	o.MaxBytes = cmp.Or(o.MaxBytes, 60<<20)
	o.MaxHeld = cmp.Or(o.MaxHeld, 32<<20)
	o.Timeout = cmp.Or(o.Timeout, 2*time.Minute)
	return o
}

// Sampler reads the samples of one server. Make one with New; it is safe for
// concurrent use.
type Sampler struct {
	base  *url.URL
	doer  Doer
	o     Options
	share *share
	// tenant is whose series are read; "" leaves that to the doer.
	tenant string

	mu       sync.Mutex
	tenants  map[string]*Sampler
	noRead   time.Time          // until when remote read is not tried again
	tooWide  map[string]wide    // selections known to be too wide
	horizons map[string]horizon // of selections, for Bounds
}

var _ sample.Sampler = (*Sampler)(nil)

// New returns a Sampler of the server whose API lies below base, as
// base/api/v1/query.
func New(base *url.URL, doer Doer, o Options) *Sampler {
	o = o.withDefaults(base)
	s := &Sampler{base: base, doer: doer, o: o, tooWide: map[string]wide{}, horizons: map[string]horizon{}}
	s.share = newShare(o.Now, 4*o.MaxHeld)
	return s
}

// tenantHeader is how Mimir, Cortex and Thanos' receivers tell tenants apart.
const tenantHeader = "X-Scope-OrgID"

// For returns a Sampler of the same server that reads the series of one tenant,
// the same one for the same tenant: what is shared and remembered is never of
// another.
func (s *Sampler) For(tenant string) sample.Sampler {
	s.mu.Lock()
	defer s.mu.Unlock()
	theirs := s.tenants[tenant]
	if theirs == nil {
		theirs = New(s.base, s.doer, s.o)
		theirs.tenant = tenant
		if s.tenants == nil {
			s.tenants = map[string]*Sampler{}
		}
		s.tenants[tenant] = theirs
	}
	return theirs
}

// Unmarked reports whether samples come without staleness markers, as the last
// answer of the server told: range vectors leave them out.
func (s *Sampler) Unmarked() bool { return !s.reads() }

// readAgain is how long a server that has no remote read is not asked for it: a
// server may be upgraded while we run.
const readAgain = time.Hour

// Select calls visit for each series that matches; see sample.Sampler.
func (s *Sampler) Select(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	if from >= to {
		return nil
	}
	if len(matchers) == 0 {
		return fault.Invalidf("a selector without matchers would select everything")
	}
	key := selectorNode(matchers).String()
	if err := s.knownWide(key, to-from); err != nil {
		return err
	}
	err := s.selectFresh(ctx, matchers, from, to, visit)
	if limit, is := errors.AsType[*sample.TooWide](err); is {
		s.noteWide(key, to-from, limit)
	}
	return err
}

// selectFresh reads a selection: of a moment through what is shared, of a longer
// time as it comes.
func (s *Sampler) selectFresh(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(sample.Series) error) error {
	if to-from <= shareSpan.Milliseconds() {
		h, err := s.share.get(ctx, matchers, from, to, s.hold)
		if err == nil {
			return h.visit(ctx, matchers, from, to, visit)
		}
		if !errors.Is(err, errHeld) {
			return err
		}
	}
	if s.reads() {
		err := s.stream(ctx, matchers, from, to, visit)
		if !errors.Is(err, errNoRead) {
			return err
		}
		s.readMissing()
	}
	h, err := s.ranges(ctx, matchers, from, to)
	if errors.Is(err, errHeld) {
		return &sample.TooWide{Limit: "more than " + mebibytes(s.o.MaxHeld) + " of compressed samples, and the server has no streamed remote read"}
	}
	if err != nil {
		return err
	}
	return h.visit(ctx, matchers, from, to, visit)
}

// hold reads a selection into memory.
func (s *Sampler) hold(ctx context.Context, matchers []*labels.Matcher, from, to int64) (*held, error) {
	if s.reads() {
		h := newHeld(s.o)
		err := s.pieces(ctx, matchers, from, to, h)
		if !errors.Is(err, errNoRead) {
			return h, err
		}
		s.readMissing()
	}
	return s.ranges(ctx, matchers, from, to)
}

// reads reports whether remote read is worth a try.
func (s *Sampler) reads() bool {
	if s.o.RangeVectors {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.o.Now().Before(s.noRead)
}

func (s *Sampler) readMissing() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noRead = s.o.Now().Add(readAgain)
}

// wide is what is remembered of a selection that was too wide.
type wide struct {
	until  time.Time
	length int64 // of the interval, in milliseconds
	err    *sample.TooWide
}

// wideFor is how long a selection that was too wide is not tried again: finding
// it out again every minute would cost the server what the limit saves it.
const wideFor = 10 * time.Minute

// knownWide returns the error that a selection over so long an interval ended
// with a while ago.
func (s *Sampler) knownWide(key string, length int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, known := s.tooWide[key]
	if !known || length < w.length {
		return nil
	}
	if s.o.Now().After(w.until) {
		delete(s.tooWide, key)
		return nil
	}
	return w.err
}

func (s *Sampler) noteWide(key string, length int64, err *sample.TooWide) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tooWide) > maxMetrics {
		clear(s.tooWide)
	}
	s.tooWide[key] = wide{until: s.o.Now().Add(wideFor), length: length, err: err}
}
