package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// foldHistograms adds a run of native histograms.
func (c *counter) foldHistograms(ts []int64, hs []*histogram.FloatHistogram) {
	for k, t := range ts {
		h := hs[k]
		if staleHistogram(h) {
			continue
		}
		if t > c.slotEnd {
			c.next(t, 0, h.Copy())
			continue
		}
		c.sum = c.sum.plus(c.f.gainedHistogram(c.h, h))
		c.t = t
		h.CopyTo(c.h) // a copy of c's own: next made it
	}
}

// staleHistogram reports whether h is the mark of a series' end.
func staleHistogram(h *histogram.FloatHistogram) bool {
	return math.Float64bits(h.Sum) == staleNaN
}

// gainedHistogram returns the observations between two states of a native
// histogram: those up to the latency, and all. A nil or reset predecessor means
// that h counts from zero.
func (f *fold) gainedHistogram(prev, h *histogram.FloatHistogram) gain {
	below, inside := observationsUpTo(h, f.in.Latency)
	g := gain{part: below, whole: h.Count}
	if prev != nil && !h.DetectReset(prev) {
		var ok bool
		if g, inside, ok = f.difference(prev, h, g, inside); !ok {
			f.notes.once("native histograms of one series changed their kind of buckets: counted anew from there")
		}
	}
	if inside > 0 {
		f.notes.interpolated = true
	}
	return g
}

// difference returns what h gained over prev, given its own figures. With equal
// boundaries the difference of the figures is the figure of the difference;
// otherwise the histograms are brought to common boundaries first.
func (f *fold) difference(prev, h *histogram.FloatHistogram, own gain, ownInside float64) (g gain, inside float64, ok bool) {
	if prev.Schema == h.Schema && prev.ZeroThreshold == h.ZeroThreshold && slices.Equal(prev.CustomValues, h.CustomValues) {
		below, before := observationsUpTo(prev, f.in.Latency)
		return gain{part: own[part] - below, whole: own[whole] - prev.Count}, ownInside - before, true
	}
	delta, _, _, err := h.Copy().Sub(prev)
	if err != nil { // exponential and custom buckets do not mix
		return own, ownInside, false
	}
	below, inside := observationsUpTo(delta, f.in.Latency)
	return gain{part: below, whole: delta.Count}, inside, true
}

// observationsUpTo returns how many observations of h are at most limit, and
// how many of those are a share of the bucket that limit lies in. In that
// bucket observations are taken to be spread evenly on the scale of the buckets
// (logarithmic for exponential buckets, linear for custom ones and for the zero
// bucket), as histogram_fraction of PromQL does.
//
// Special cases: without observations the result is 0; a limit at or above all
// buckets gives all observations; observations that are NaN are in no bucket and
// so never at most limit.
func observationsUpTo(h *histogram.FloatHistogram, limit float64) (below, inside float64) {
	it := h.AllBucketIterator()
	for it.Next() {
		b := it.At()
		switch {
		case b.Count <= 0 || b.Lower >= limit:
		case b.Upper <= limit:
			below += b.Count
		default:
			share := b.Count * shareBelow(b.Lower, b.Upper, limit, h.UsesCustomBuckets())
			below += share
			inside += share
		}
	}
	return below, inside
}

// shareBelow returns which part of the bucket (lower, upper] lies below limit.
func shareBelow(lower, upper, limit float64, linear bool) float64 {
	switch {
	case math.IsInf(upper, 1):
		return 0
	case math.IsInf(lower, -1):
		return 1
	case linear || lower <= 0:
		return (limit - lower) / (upper - lower)
	default:
		return math.Log2(limit/lower) / math.Log2(upper/lower)
	}
}

// checkBoundary refuses a latency that no classic bucket bounds. It costs a
// query only when a histogram's count was found without such a bucket.
func (s *Source) checkBoundary(ctx context.Context, f *fold) error {
	if f.in.Form != Latency || !f.countedWithoutBucket() {
		return nil
	}
	for _, t := range f.in.Total.Terms {
		name := classicBase(t.Matchers) + "_bucket"
		bounds, err := s.boundaries(ctx, renamed(t.Matchers, name), f)
		if err != nil {
			return err
		}
		if len(bounds) > 0 && !slices.Contains(bounds, f.in.Latency) {
			return fault.Invalidf("latency %gs is not a bucket boundary of %s: it has le = %s; choose one of them", f.in.Latency, name, boundaryList(bounds))
		}
	}
	return nil
}

// countedWithoutBucket reports whether classic histograms were counted in the
// span and not one observation was at most the latency.
func (f *fold) countedWithoutBucket() bool {
	s := f.streams[""]
	var all, below float64
	for i := f.out; i < f.n; i++ {
		all += s.whole[i]
		below += s.part[i]
	}
	return all > 0 && below == 0
}

// boundaries lists the upper bounds of the buckets that match, ascending.
func (s *Source) boundaries(ctx context.Context, matchers []*labels.Matcher, f *fold) ([]float64, error) {
	var bounds []float64
	err := s.Sampler.Select(ctx, matchers, f.from(), f.to(), func(series sample.Series) error {
		if le, err := strconv.ParseFloat(series.Labels().Get(labels.BucketLabel), 64); err == nil {
			bounds = append(bounds, le)
		}
		return nil
	})
	if _, wide := errors.AsType[*sample.TooWide](err); wide {
		return nil, nil // the check is a service, and not worth a refusal
	}
	slices.Sort(bounds)
	return slices.Compact(bounds), s.judge(f, -1, err)
}

// boundaryList writes bounds for a person, at most a dozen.
func boundaryList(bounds []float64) string {
	text := fmt.Sprint(bounds[:min(12, len(bounds))])
	if len(bounds) > 12 {
		text += " …"
	}
	return text
}
