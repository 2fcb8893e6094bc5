package collector

import (
	"context"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// result is what a cycle found out about one indicator.
type result struct {
	ind      slo.Indicator
	writes   []ledger.Write
	samples  int64
	warnings []string
	err      error
}

// catchUp measures an indicator from where the ledger ends to the last closed
// minute, a day at a time. What was measured before an error counts.
func (c *Collector) catchUp(ctx context.Context, ind slo.Indicator) result {
	r := result{ind: ind}
	src := c.o.Source(ind.SourceName())
	if src == nil {
		r.err = fault.NotFoundf("there is no data source %q; define it, or correct the name", ind.SourceName())
		return r
	}
	last := c.closed(ind.SourceName())
	cursor, known := c.o.Ledger.Cursor(ind.Key())
	if !known {
		cursor = ledger.Cursor{Indicator: ind.Key(), Settled: dayStart(last) - 1, Backfilled: dayStart(last)}
	}
	// A clock that was ahead and is right again has settled what is still to come.
	cursor.Settled = min(cursor.Settled, last)
	from := c.lateFrom(ind.Key(), cursor.Settled+1-c.pace(ind.SourceName()).Overlap)
	if !known {
		from = cursor.Backfilled
	}
	piece := c.lane(ind.SourceName()).piece(ind.Key())
	begun := from
	for from <= last && r.err == nil {
		span := slo.Span{From: from, To: min(last, from+piece-1)}
		m, err := measure(ctx, src, ind, span)
		if err != nil {
			r.err = err
			break
		}
		if first, found := c.hole(ctx, m, ind, cursor); found && first < begun {
			begun, from = first, first
			continue
		}
		cursor.Settled = max(cursor.Settled, m.Span.To)
		at := cursor
		r.writes = append(r.writes, ledger.Write{Indicator: ind.Key(), Measurement: m, Reason: reasonLive, Cursor: &at})
		r.samples += m.Samples
		r.warnings = m.Warnings
		from = span.To + 1
	}
	return r
}

// measure asks a source about a span and, where the answer tells more about the
// minutes before it, about those too.
func measure(ctx context.Context, src slo.Source, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	m, err := src.Measure(ctx, ind, span)
	if err != nil || m.Reopen >= span.From {
		return m, err
	}
	again, err := src.Measure(ctx, ind, slo.Span{From: m.Reopen, To: span.To})
	again.Samples += m.Samples
	return again, err
}

// dayStart returns the first minute of the UTC day of m.
func dayStart(m slo.Minute) slo.Minute { return slo.Minute(m.Day()) * slo.MinutesPerDay }

// count adds one indicator's result.
func (h *Health) count(r result, failure error, now time.Time) {
	h.Samples += r.samples
	if err := cmpErr(r.err, failure); err != nil {
		h.Failing++
		h.Error = err.Error()
		return
	}
	h.LastSuccess = now
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// note keeps and logs what is wrong with an indicator, when it changes.
func (c *Collector) note(r result) {
	key, text := r.ind.Key(), ""
	if r.err != nil {
		text = r.err.Error()
	}
	if c.failed[key] != text && text != "" {
		c.o.Logger.Warn("measure indicator", "indicator", key, "source", r.ind.SourceName(), "err", r.err)
	}
	c.failed[key] = text
	if r.err == nil {
		c.warned[key] = r.warnings
	}
}

// Health returns what the last cycle saw of each source.
func (c *Collector) Health() []Health {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Health, 0, len(c.health))
	for _, h := range c.health {
		all = append(all, h)
	}
	return all
}

// Trouble returns the error of an indicator's last measurement, "" if there was
// none, and what its source remarked.
func (c *Collector) Trouble(ind slo.IndicatorKey) (problem string, warnings []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed[ind], c.warned[ind]
}
