package collector

import (
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// silenceKept is how far back a silence is measured again when it ended. What
// delivers to a source keeps hours of what it could not send, seldom days; and
// what was silent for weeks was more likely switched off.
const silenceKept = slo.MinutesPerDay

// heed remembers since when an indicator has nothing, and has that time measured
// again when something came: a source that was down is back before those who
// deliver to it have sent all that they kept, and what is read meanwhile ends in
// minutes that look as if nobody had observed them. c.mu is held.
func (c *Collector) heed(r result) {
	if r.err != nil {
		return
	}
	key := r.ind.Key()
	for _, w := range r.writes {
		since, was := c.silent[key]
		last, some := lastMeasured(w.Measurement)
		if some && was {
			delete(c.silent, key)
			from := max(since, last-silenceKept) - c.pace(r.ind.SourceName()).Overlap
			if at, ok := c.late[key]; !ok || from < at {
				c.late[key] = from
			}
		}
		switch to := w.Measurement.Span.To; {
		case some && last < to:
			c.silent[key] = last + 1
		case !some && !was && w.Measurement.Span.Len() > 0:
			c.silent[key] = w.Measurement.Span.From
		}
	}
}

// lastMeasured returns the last minute of the whole that is not a gap; some is
// false if there is none.
func lastMeasured(m slo.Measurement) (last slo.Minute, some bool) {
	for _, s := range m.Streams {
		if s.Group != "" {
			continue
		}
		for k, slot := range slices.Backward(s.Slots) {
			if slot.State != slo.Gap {
				return m.Span.From + slo.Minute(k), true
			}
		}
	}
	return 0, false
}
