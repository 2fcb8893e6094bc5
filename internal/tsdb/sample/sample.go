// Package sample is the vocabulary in which raw samples travel from a store of
// Prometheus samples to those who fold them into slots: slo/prometheus reads
// through Sampler, internal/tsdb and the HTTP clients of slo/prometheus answer
// it. It holds no logic.
//
// It is the one package that both sides may import. It imports Prometheus'
// labels, histograms and PromQL parser and nothing else, so that folding does
// not depend on the embedded TSDB.
package sample

import (
	"context"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// BatchSize is the most samples that one call of Series.Next returns.
const BatchSize = 1024

// Sampler answers questions about raw samples. All times are milliseconds since
// 1970. It is safe for concurrent use.
type Sampler interface {
	// Select calls visit once for each series that matches, with its samples in
	// (from, to] in time order. A series without a sample in the interval may
	// be visited or not. Series come in no particular order; the same labels are
	// visited once. An error of visit ends the selection and is returned as it
	// is. The Series is valid until visit returns.
	Select(ctx context.Context, matchers []*labels.Matcher, from, to int64, visit func(Series) error) error
	// Eval evaluates expr at from, from+step, … ≤ to by the server's engine. A
	// step of 0 means one evaluation, at from. Scalars come back as one result
	// without labels. Histogram-valued results are left out.
	Eval(ctx context.Context, expr parser.Expr, from, to, step int64) ([]Result, error)
	// Bounds returns the times of the oldest and of the newest sample of the
	// series that match, as far as the store can tell: no sample lies outside;
	// ok is false if there is none.
	Bounds(ctx context.Context, matchers []*labels.Matcher) (oldest, newest int64, ok bool, err error)
}

// Series hands out the samples of one series.
type Series interface {
	// Labels returns the label set of the series, its name included.
	Labels() labels.Labels
	// Next replaces the content of b with the next samples, at most BatchSize,
	// and reports whether there are any. Staleness markers are samples like all
	// others: their bits are kept, the reader decides.
	Next(b *Batch) bool
	// Err returns what ended the series early, nil at its proper end.
	Err() error
}

// Batch is a run of samples of one series in time order, reused by the caller
// from one Next to the next. It holds floats or histograms, never both: where a
// series changes from one to the other, a batch ends.
type Batch struct {
	T []int64   // milliseconds since 1970
	V []float64 // as long as T for floats, else empty
	// H is as long as T for histograms, else empty. Histograms are valid, and
	// may be reused, only until the next call of Next with the same Batch;
	// integer histograms arrive as floats.
	H []*histogram.FloatHistogram
}

// Len returns the number of samples.
func (b *Batch) Len() int { return len(b.T) }

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.T, b.V, b.H = b.T[:0], b.V[:0], b.H[:0]
}

// Result is one series of an evaluation: values at instants, in order. An
// instant at which the expression had no value is not there.
type Result struct {
	Labels labels.Labels
	T      []int64 // milliseconds since 1970
	V      []float64
}
