package remote

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

const (
	// shareSpan is the longest interval whose samples are shared: what a cycle of
	// the collector reads, with its look back and ahead of six hours. Longer
	// ones are history, which is read once.
	shareSpan = 7 * time.Hour
	// shareFor is how long a fetch serves others. Cycles are a minute apart and
	// ask for other intervals; those that ask for the same one within seconds
	// would get the same answer.
	shareFor = 20 * time.Second
	// errorFor is how long others get the error of a fetch instead of trying
	// the same at once.
	errorFor = 3 * time.Second
	// popularAt is how many different selections of a metric make it worth
	// fetching as a whole, and popularFor how long they count: two cycles.
	popularAt  = 3
	popularFor = 3 * time.Minute
)

// fetcher reads a selection into memory.
type fetcher func(ctx context.Context, matchers []*labels.Matcher, from, to int64) (*held, error)

// share lets selections of the same moment share fetches: identical ones, and
// different ones of one metric. What a selection gets is what a fetch of its own,
// at the time of the shared one, would have given.
type share struct {
	now   func() time.Time
	limit int64 // bytes held in all

	mu      sync.Mutex
	fetches []*fetch // oldest first
	metrics map[string]*metric
}

// metric is what is known about the selections of one metric.
type metric struct {
	asked map[string]time.Time // selections, up to popularAt
	own   time.Time            // until when the metric as a whole is too wide
}

// fetch is one that is under way or was made.
type fetch struct {
	key      string // of the selection
	metric   string // of which all series are fetched, "" for one selection
	from, to int64
	done     chan struct{}

	// Set when done is closed.
	until time.Time
	h     *held
	err   error
	left  bool // whoever made it gave up, which says nothing about the server
}

func newShare(now func() time.Time, limit int64) *share {
	return &share{now: now, limit: limit, metrics: map[string]*metric{}}
}

// get returns the samples of a selection, among others of its metric.
func (s *share) get(ctx context.Context, matchers []*labels.Matcher, from, to int64, read fetcher) (*held, error) {
	key, name := selectorNode(matchers).String(), metricName(matchers)
	for {
		f, mine := s.join(key, name, from, to)
		if mine {
			wanted := matchers
			if f.metric != "" {
				wanted = []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, name)}
			}
			h, err := read(ctx, wanted, from, to)
			s.settle(f, h, err, ctx.Err() != nil)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case f.err == nil:
			return f.h, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !mine && f.left:
			continue
		case f.metric != "" && isTooWide(f.err):
			continue // on its own now, as settle has noted
		default:
			return nil, f.err
		}
	}
}

func isTooWide(err error) bool {
	_, wide := errors.AsType[*sample.TooWide](err)
	return wide || errors.Is(err, errHeld)
}

// join returns the fetch that serves a selection, a new one if there is none.
func (s *share) join(key, name string, from, to int64) (f *fetch, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	whole := s.note(name, key)
	for _, f := range s.fetches {
		if f.metric != "" && f.metric == name && f.from <= from && to <= f.to || f.key == key && f.from == from && f.to == to {
			return f, false
		}
	}
	f = &fetch{key: key, from: from, to: to, done: make(chan struct{})}
	if whole {
		f.metric = name
	}
	s.fetches = append(s.fetches, f)
	return f, true
}

// note counts a selection and reports whether its metric is worth fetching as a
// whole.
func (s *share) note(name, key string) bool {
	if name == "" {
		return false
	}
	now := s.now()
	m := s.metrics[name]
	if m == nil {
		m = &metric{asked: map[string]time.Time{}}
		s.metrics[name] = m
	}
	for k, at := range m.asked {
		if now.Sub(at) > popularFor {
			delete(m.asked, k)
		}
	}
	if _, known := m.asked[key]; known || len(m.asked) < popularAt {
		m.asked[key] = now
	}
	return len(m.asked) >= popularAt && !now.Before(m.own)
}

// settle ends a fetch.
func (s *share) settle(f *fetch, h *held, err error, left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	f.h, f.err, f.left, f.until = h, err, err != nil && left, now.Add(shareFor)
	if err != nil {
		f.until = now.Add(errorFor)
	}
	if f.left || f.metric != "" && isTooWide(err) {
		f.until = now
		s.fetches = slices.DeleteFunc(s.fetches, func(o *fetch) bool { return o == f })
	}
	if m := s.metrics[f.metric]; m != nil && isTooWide(err) {
		m.own = now.Add(wideFor)
	}
	close(f.done)
}

// forget drops what has served its time, and the oldest where there is too much.
func (s *share) forget() {
	now := s.now()
	settled := func(f *fetch) bool {
		select {
		case <-f.done:
			return true
		default:
			return false
		}
	}
	s.fetches = slices.DeleteFunc(s.fetches, func(f *fetch) bool { return settled(f) && !now.Before(f.until) })
	var bytes int64
	var kept []*fetch // newest first
	for _, f := range slices.Backward(s.fetches) {
		if settled(f) && f.h != nil {
			bytes += f.h.bytes
		}
		if !settled(f) || bytes <= s.limit {
			kept = append(kept, f)
		}
	}
	slices.Reverse(kept)
	s.fetches = kept
	if len(s.metrics) > maxMetrics {
		clear(s.metrics)
	}
}

// maxMetrics is how many metrics are watched; beyond it counting starts again.
const maxMetrics = 10_000
