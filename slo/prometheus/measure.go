package prometheus

import (
	"context"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/tsdb/sample"
	"github.com/hindcast/hindcast/slo"
)

// measureCounters folds counters and histograms.
func (s *Source) measureCounters(ctx context.Context, in *Indicator, span slo.Span) (slo.Measurement, error) {
	return narrowed(planOf(in), func(p plan) (slo.Measurement, error) { return s.foldCounters(ctx, in, span, p) })
}

func (s *Source) foldCounters(ctx context.Context, in *Indicator, span slo.Span, p plan) (slo.Measurement, error) {
	f := newFold(in, span, s.carry())
	f.stream(f.streams, "")
	for i := range p.fetches {
		if err := s.read(ctx, f, p, i); err != nil {
			return slo.Measurement{}, err
		}
	}
	known, err := s.recall(ctx, f, p)
	if err != nil {
		return slo.Measurement{}, err
	}
	f.settleBirths(known)
	if err := s.foresee(ctx, f, p); err != nil {
		return slo.Measurement{}, err
	}
	if err := s.checkBoundary(ctx, f); err != nil {
		return slo.Measurement{}, err
	}
	if err := s.addServerSide(ctx, f); err != nil {
		return slo.Measurement{}, err
	}
	if err := s.addLeft(ctx, f, p); err != nil {
		return slo.Measurement{}, err
	}
	return f.measurement(span), nil
}

// read folds the samples of one fetch.
func (s *Source) read(ctx context.Context, f *fold, p plan, fetch int) error {
	var b sample.Batch
	return s.selectFetch(ctx, f, p, fetch, f.from(), f.to(), func(series sample.Series) error {
		lset := series.Labels()
		uses := satisfied(p.fetches[fetch].uses, lset)
		if len(uses) == 0 {
			return nil
		}
		var floats, histograms *counter
		for series.Next(&b) {
			f.samples += int64(b.Len())
			if len(b.H) == 0 {
				if floats == nil {
					floats = f.counterFor(lset, uses, false)
				}
				floats.fold(b.T, b.V)
				continue
			}
			if histograms == nil {
				histograms = f.counterFor(lset, uses, true)
			}
			histograms.foldHistograms(b.T, b.H)
		}
		for _, c := range []*counter{floats, histograms} {
			if c != nil {
				c.close()
			}
		}
		return series.Err()
	})
}

// satisfied returns the uses whose matchers all match.
func satisfied(uses []use, lset labels.Labels) []use {
	var out []use
	for _, u := range uses {
		if matchesAll(u.matchers, lset) {
			out = append(out, u)
		}
	}
	return out
}

func matchesAll(matchers []*labels.Matcher, lset labels.Labels) bool {
	for _, m := range matchers {
		if !m.Matches(lset.Get(m.Name)) {
			return false
		}
	}
	return true
}

// recall looks further back than the fold has read, where the meaning of first
// samples depends on it: for the last sample of each series that seems new, and
// for the last sign of life of any series if none is known.
func (s *Source) recall(ctx context.Context, f *fold, p plan) (map[uint64]past, error) {
	wanted, blind := f.questions()
	if len(wanted) == 0 {
		return nil, nil
	}
	known := map[uint64]past{}
	var b sample.Batch
	for i := range p.fetches {
		err := s.selectFetch(ctx, f, p, i, f.from()-f.carry, f.from(), func(series sample.Series) error {
			id := series.Labels().Hash()
			if _, asked := wanted[id]; !asked && !blind {
				return nil
			}
			last, n := lastSample(series, &b)
			f.samples += n
			if last.t > 0 {
				known[id] = last
				f.watch.past = max(f.watch.past, last.t)
			}
			return series.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// questions lists the series whose first samples matter, and whether for one of
// them an earlier sign of life of the source is wanted.
func (f *fold) questions() (wanted map[uint64]struct{}, blind bool) {
	wanted = map[uint64]struct{}{}
	for _, b := range f.births {
		i := f.index(b.t)
		if i < f.out-settle || f.in.First == Zero && b.v == 0 {
			continue
		}
		wanted[b.c.id] = struct{}{}
		blind = blind || f.watch.settled(i) == 0
	}
	return wanted, blind
}

// lastSample reads a series to its end and returns its last countable sample.
func lastSample(series sample.Series, b *sample.Batch) (last past, n int64) {
	for series.Next(b) {
		n += int64(b.Len())
		for k, v := range b.V {
			if v >= 0 {
				last = past{t: b.T[k], v: v}
			}
		}
		if k := len(b.H) - 1; k >= 0 {
			last = past{t: b.T[k], h: b.H[k].Copy()}
		}
	}
	return last, n
}

// foresee looks past the span for the series that paused before its end: the
// increase that shows when they come back belongs to the pause.
func (s *Source) foresee(ctx context.Context, f *fold, p plan) error {
	if len(f.open) == 0 {
		return nil
	}
	var b sample.Batch
	for i := range p.fetches {
		err := s.selectFetch(ctx, f, p, i, f.to(), f.to()+f.carry, func(series sample.Series) error {
			c := f.open[series.Labels().Hash()]
			if c == nil {
				return nil
			}
			f.resume(c, series, &b)
			return series.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// resume bridges the pause that a series came back from after the span.
func (f *fold) resume(c *counter, series sample.Series, b *sample.Batch) {
	for series.Next(b) {
		f.samples += int64(b.Len())
		for k, t := range b.T {
			var v float64
			var h *histogram.FloatHistogram
			if len(b.H) > 0 {
				h = b.H[k]
			} else {
				v = b.V[k]
			}
			if (h == nil) != (c.h == nil) || !(v >= 0) || h != nil && staleHistogram(h) {
				continue
			}
			if t-c.t <= f.carry {
				f.spread(c.sinks, c.t, t, f.gained(c.v, c.h, v, h))
			}
			return
		}
	}
}

// measurement cuts the span out of what was folded.
func (f *fold) measurement(span slo.Span) slo.Measurement {
	m := slo.Measurement{Span: span, Reopen: span.From, Samples: f.samples, Warnings: f.notes.warnings()}
	if f.reopen < f.out {
		m.Reopen = f.base + slo.Minute(f.reopen)
	}
	names := maps.Clone(f.streams)
	for g := range f.native {
		names[g] = nil
	}
	for _, g := range slices.Sorted(maps.Keys(names)) {
		m.Streams = append(m.Streams, slo.StreamSlots{Group: g, Slots: f.slots(g, span.Len())})
	}
	return m
}

// slots returns the slots of a group: where native histograms were present
// they count, and not the classic buckets that may be written beside them.
func (f *fold) slots(g slo.Group, n int) []slo.Slot {
	out := make([]slo.Slot, n)
	classic, native := f.streams[g], f.native[g]
	for k := range out {
		i := f.out + k
		if native != nil && native.marks[i]&(present|bridged) != 0 {
			out[k] = native.slot(i, false)
		} else if classic != nil {
			out[k] = classic.slot(i, len(f.in.Bad.Terms) > 0 || f.in.Bad.Server != nil)
		}
		if f.incomplete && out[k].State == slo.Measured {
			out[k].State = slo.Estimated
		}
	}
	return out
}

// slot returns slot i of a stream; bad says that part counts bad events.
func (s *stream) slot(i int, bad bool) slo.Slot {
	out := slo.Slot{Good: s.part[i], Total: s.whole[i], State: slo.Measured}
	if bad {
		out.Good = s.whole[i] - s.part[i]
	}
	switch {
	case s.marks[i]&(present|bridged) == 0:
		return slo.Slot{}
	case s.marks[i]&present == 0 || s.marks[i]&split != 0:
		out.State = slo.Estimated
	}
	return out
}
