package remote

import (
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
)

// maxBuckets is how many buckets of a histogram are read; exponential ones have a
// few hundred.
const maxBuckets = 10_000

// histogramJSON is a native histogram as the HTTP API writes it: its non-empty
// buckets with their bounds. The schema is not among them.
type histogramJSON struct {
	count, sum float64
	buckets    []bucketJSON // ascending
}

type bucketJSON struct{ lower, upper, count float64 }

// rebuild returns the histogram that was written: the schema is the one whose
// bounds the bounds are, and the zero bucket the one that reaches from −b to b.
func (j histogramJSON) rebuild() (*histogram.FloatHistogram, error) {
	h := &histogram.FloatHistogram{Count: j.count, Sum: j.sum}
	known, clamped := false, math.NaN() // the bound of a zero bucket, which cuts into its neighbours
	for i, b := range j.buckets {
		if i > 0 && b.lower < j.buckets[i-1].upper || !(b.lower < b.upper || b.lower == 0 && b.upper == 0) {
			return nil, fmt.Errorf("the answer has a histogram whose buckets are not in order: %g to %g", b.lower, b.upper)
		}
		if b.isZero() {
			clamped = b.upper
		}
	}
	for _, b := range j.buckets {
		if b.isZero() || b.lower == clamped || b.upper == -clamped {
			continue
		}
		schema, ok := schemaOf(b)
		if !ok || known && schema != h.Schema {
			return nil, fmt.Errorf("the answer has a native histogram with the bucket %g to %g, which is not exponential: such histograms can be read by remote read only", b.lower, b.upper)
		}
		h.Schema, known = schema, true
	}
	if !known {
		// Observations of zero and NaN alone. The finest schema can become any
		// other; a coarser one that became finer would look like a reset.
		h.Schema = 8
	}
	h.ZeroThreshold = defaultZero
	for _, b := range slices.Backward(j.buckets) { // negative buckets count away from zero
		if b.upper < 0 || b.upper == 0 && b.lower < 0 {
			h.NegativeSpans, h.NegativeBuckets = add(h.NegativeSpans, h.NegativeBuckets, index(-b.lower, h.Schema), b.count)
		}
	}
	for _, b := range j.buckets {
		switch {
		case b.isZero():
			h.ZeroThreshold, h.ZeroCount = b.upper, b.count
		case b.lower > 0 || b.lower == 0 && b.upper > 0:
			h.PositiveSpans, h.PositiveBuckets = add(h.PositiveSpans, h.PositiveBuckets, index(b.upper, h.Schema), b.count)
		}
	}
	if err := h.Validate(); err != nil {
		return nil, fmt.Errorf("the answer has a histogram that is none: %w", err)
	}
	return h, nil
}

// defaultZero is how far an empty zero bucket, which is not written, reaches:
// what client libraries use unless told otherwise.
const defaultZero = 2.938735877055719e-39

func (b bucketJSON) isZero() bool { return b.upper == -b.lower }

// schemaOf returns the schema of an exponential bucket: upper / lower = 2^(2^−schema).
func schemaOf(b bucketJSON) (int32, bool) {
	upper, lower := b.upper, b.lower
	if upper <= 0 {
		upper, lower = -lower, -upper
	}
	if !(lower > 0) || math.IsInf(upper, 1) {
		return 0, false
	}
	width := math.Log2(upper) - math.Log2(lower)
	schema := math.Round(-math.Log2(width))
	if !(schema >= -4 && schema <= 8) || math.Abs(width*math.Exp2(schema)-1) > 1e-6 {
		return 0, false
	}
	return int32(schema), true
}

// index returns the index of the bucket with an upper bound: bound = 2^(index·2^−schema).
func index(bound float64, schema int32) int32 {
	return int32(math.Round(math.Log2(bound) * math.Exp2(float64(schema))))
}

// add appends a bucket to spans, whose offsets are the gaps between them.
func add(spans []histogram.Span, counts []float64, index int32, count float64) ([]histogram.Span, []float64) {
	next := int32(0) // the index behind the last span
	for _, s := range spans {
		next += s.Offset + int32(s.Length)
	}
	if n := len(spans); n > 0 && index == next {
		spans[n-1].Length++
	} else {
		spans = append(spans, histogram.Span{Offset: index - next, Length: 1})
	}
	return spans, append(counts, count)
}
