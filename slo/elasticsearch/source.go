package elasticsearch

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// What Options mean when they say nothing.
const (
	// DefaultDelay is what shippers need that send every few seconds, an ingest
	// pipeline and a refresh of the index, with room; and it leaves an event less
	// than two minutes until it is in a budget, whenever in its minute it was.
	DefaultDelay = 50 * time.Second
	// DefaultOverlap reads again what a retry of a shipper, or the restart of a
	// node, held back.
	DefaultOverlap slo.Minute = 10
	// DefaultTimeout is that of all sources.
	DefaultTimeout = 30 * time.Second
	// DefaultLookback is how far back documents are looked for that came while
	// nobody asked, once in a process, and how long a pause that filled up is
	// measured again.
	DefaultLookback = 24 * time.Hour
)

// Options say where the documents are. URL, Transport and Now are needed.
type Options struct {
	URL       *url.URL          // of the cluster, with its path if it has one
	Transport http.RoundTripper // which knows the credentials and the limits
	Now       func() time.Time
	Delay     time.Duration // how long a minute is left to settle; 0 means DefaultDelay
	Overlap   slo.Minute    // how many settled minutes are read again; 0 means DefaultOverlap
	Timeout   time.Duration // of one request; 0 means DefaultTimeout
	Lookback  time.Duration // 0 means DefaultLookback
}

// Source measures indicators on an Elasticsearch cluster. It is safe for
// concurrent use. Make one with New.
type Source struct {
	o Options

	mu     sync.Mutex
	asked  bool                                 // Late was called
	paused map[slo.IndicatorKey]slo.Minute      // first minute told as a gap because nothing came after it
	names  map[slo.IndicatorKey]rememberedNames // groups that were seen lately
}

var (
	_ slo.Source = (*Source)(nil)
	_ slo.Prober = (*Source)(nil)
	_ slo.Pacer  = (*Source)(nil)
)

// New returns a source; it asks nothing yet.
func New(o Options) *Source {
	o.Delay, o.Overlap, o.Lookback = cmp.Or(o.Delay, DefaultDelay), cmp.Or(o.Overlap, DefaultOverlap), cmp.Or(o.Lookback, DefaultLookback)
	return &Source{o: o, paused: map[slo.IndicatorKey]slo.Minute{}, names: map[slo.IndicatorKey]rememberedNames{}}
}

// Pace implements slo.Pacer.
func (s *Source) Pace() slo.Pace { return slo.Pace{Delay: s.o.Delay, Overlap: s.o.Overlap} }

// Late tells the collector, once in a process, how far back documents may have
// come since the last one; afterwards the overlap and Reopen find them. See
// collector.Later.
func (s *Source) Late() (oldest time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked {
		return time.Time{}, false
	}
	s.asked = true
	return s.o.Now().Add(-s.o.Lookback), true
}

// of returns the indicator if it is one of this package.
func of(ind slo.Indicator) (*Indicator, error) {
	in, ok := ind.(*Indicator)
	if !ok {
		return nil, fault.Invalidf("indicator %s is not for an Elasticsearch source", ind.Key())
	}
	return in, nil
}

// Reach implements slo.Source: the dates of the first and the last document that
// the indicator counts, as of now.
func (s *Source) Reach(ctx context.Context, ind slo.Indicator) (oldest, newest time.Time, err error) {
	in, err := of(ind)
	if err != nil {
		return oldest, newest, err
	}
	until := object{"range": object{in.Time: object{"lt": s.o.Now().UnixMilli() + 1, "format": "epoch_millis"}}}
	first, ok, err := s.edge(ctx, in, edge(in.Time, "asc", in.either(until)))
	if err != nil || !ok {
		return oldest, newest, s.explained(ctx, in, err)
	}
	last, ok, err := s.edge(ctx, in, edge(in.Time, "desc", in.either(until)))
	if err != nil || !ok {
		return oldest, newest, s.explained(ctx, in, err)
	}
	return time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC(), nil
}

// edge returns the date of the one document that a search finds.
func (s *Source) edge(ctx context.Context, in *Indicator, body search) (milli int64, found bool, err error) {
	a, err := s.search(ctx, in, body)
	if err != nil {
		return 0, false, err
	}
	if a.Aggs.Minutes != nil || a.Aggs.Groups != nil { // "there is no document" would end the reading of history for good
		return 0, false, fault.Unavailablef("search of %s: the answer has aggregations that were not asked for: does a cache stand between?", in.Index)
	}
	if len(a.Hits.Hits) == 0 {
		return 0, false, nil
	}
	if len(a.Hits.Hits[0].Sort) == 1 {
		milli, err = epoch(a.Hits.Hits[0].Sort[0])
	}
	if err != nil || len(a.Hits.Hits[0].Sort) != 1 {
		return 0, false, fault.Unavailablef("search of %s: the date of a document is not in milliseconds: is %s a date?", in.Index, in.Time)
	}
	return milli, true, nil
}

// epoch reads milliseconds since 1970, as a number or as a text, in which dates
// with nanoseconds have a fraction.
func epoch(raw json.RawMessage) (int64, error) {
	text, _, _ := strings.Cut(strings.Trim(string(raw), `"`), ".")
	return strconv.ParseInt(text, 10, 64)
}
