package collector

import (
	"context"
	"slices"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// farthestHole is how far back a hole is looked for at once: a source that
// answered with nothing for a week is found out in one step, and what lies before
// in further ones.
const farthestHole = 7 * slo.MinutesPerDay

// hole returns the first minute that has to be measured again because a source
// said that it had nothing and now has something: the minute that m begins with
// is settled as a gap, with all before it back to there. A source that answers
// with less than it has, an index that lags behind, a proxy that hands out empty
// pages, cannot be told from a service that is gone; when it tells the truth
// again, what it denied must not stay missing for ever.
func (c *Collector) hole(ctx context.Context, m slo.Measurement, ind slo.Indicator, cursor ledger.Cursor) (first slo.Minute, found bool) {
	from := m.Span.From
	if from > cursor.Settled || from <= cursor.Backfilled || !begins(m) {
		return 0, false
	}
	whole := slo.StreamKey{Indicator: ind.Key()}
	held, err := c.o.Ledger.Slots(ctx, whole, slo.Span{From: from - 1, To: from})
	if err != nil || held[0].State != slo.Gap || held[1].State != slo.Gap {
		return 0, false // what cannot be read now is found in a later cycle, or by a check of the ledger
	}
	span := slo.Span{From: max(cursor.Backfilled, from-farthestHole), To: from}
	if held, err = c.o.Ledger.Slots(ctx, whole, span); err != nil {
		return 0, false
	}
	for i, slot := range slices.Backward(held) {
		if slot.State != slo.Gap {
			return span.From + slo.Minute(i) + 1, true
		}
	}
	return span.From, true
}

// begins reports whether a measurement has a figure for the first minute of its
// span.
func begins(m slo.Measurement) bool {
	for _, s := range m.Streams {
		if s.Group == "" && len(s.Slots) > 0 {
			return s.Slots[0].State != slo.Gap
		}
	}
	return false
}
