package collector

import (
	"context"
	"slices"
	"time"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// doubt is a day of history, or all of it, of which a source says that it has
// nothing, although it has figures from the minute after it on. History is read
// once: a source that answered with nothing by mistake would have it missing for
// ever.
type doubt struct {
	until time.Time // from when on it is believed
	again time.Time // when it is asked next
}

const (
	// doubtFor is how long an empty day is asked for again: an outage of a store
	// behind the source is over by then, or seen by somebody. Services that really
	// began with a day wait as long for the end of their history, and lack nothing.
	doubtFor   = 15 * time.Minute
	doubtAgain = time.Minute
)

// doubted reports whether an indicator's history waits to be asked for again.
func (c *Collector) doubted(ind slo.IndicatorKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.o.Now().Before(c.doubts[ind].again)
}

// believed returns how many of the days that were measured, newest first, are
// taken: those before the first one that is empty although figures begin after it.
func (c *Collector) believed(ctx context.Context, ind slo.Indicator, cursor ledger.Cursor, days []slo.Measurement) int {
	after := c.hasFigure(ctx, ind, cursor.Backfilled)
	for i, m := range days {
		if after && !hasFigures(m) && c.doubt(ind.Key()) {
			return i
		}
		after = begins(m)
	}
	return len(days)
}

// hasFigure reports whether the ledger has a figure for a minute of the whole.
func (c *Collector) hasFigure(ctx context.Context, ind slo.Indicator, m slo.Minute) bool {
	held, err := c.o.Ledger.Slots(ctx, slo.StreamKey{Indicator: ind.Key()}, slo.Span{From: m, To: m})
	return err == nil && held[0].State != slo.Gap
}

// doubt notes an empty day and reports whether it is not to be believed yet.
func (c *Collector) doubt(ind slo.IndicatorKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, known := c.doubts[ind]
	now := c.o.Now()
	if !known {
		d.until = now.Add(doubtFor)
	}
	d.again = now.Add(doubtAgain)
	c.doubts[ind] = d
	return now.Before(d.until)
}

func hasFigures(m slo.Measurement) bool {
	return slices.ContainsFunc(m.Streams, func(s slo.StreamSlots) bool {
		return slices.ContainsFunc(s.Slots, func(x slo.Slot) bool { return x.State != slo.Gap })
	})
}
