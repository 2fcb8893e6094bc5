package collector

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// idle is how long the backfill waits when there is nothing to do, or when
// sources cannot be read.
const idle = 2 * time.Second

// batch is how many days of history are measured at once: one for each core of
// a small machine. They are committed in order, newest first.
const batch = 2

// history reads the past of new indicators until ctx ends, the sources beside
// one another: one that does not answer keeps no other waiting.
func (c *Collector) history(ctx context.Context) error {
	var reading sync.WaitGroup
	defer reading.Wait()
	for {
		for name, indicators := range c.bySource() {
			l := c.lane(name)
			if !l.backfilling.CompareAndSwap(false, true) {
				continue
			}
			reading.Go(func() {
				defer l.backfilling.Store(false)
				c.historyOf(ctx, indicators)
			})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(idle):
		}
	}
}

// historyOf reads a batch of days of each indicator of a source in turn, so
// that all of them show something early, until nothing gets on.
func (c *Collector) historyOf(ctx context.Context, indicators []slo.Indicator) {
	for worked := true; worked && ctx.Err() == nil; {
		worked = false
		for _, ind := range indicators {
			worked = c.Backfill(ctx, ind) || worked
		}
		if worked && ctx.Err() == nil {
			c.seal(ctx) // open days are held in memory
		}
	}
}

// Backfill reads a further batch of days of an indicator's history and reports
// whether it got anywhere. It does nothing before the first live cycle, whose
// slots the history is joined to, and waits while a live cycle asks the source.
func (c *Collector) Backfill(ctx context.Context, ind slo.Indicator) bool {
	cursor, known := c.o.Ledger.Cursor(ind.Key())
	src := c.o.Source(ind.SourceName())
	if !known || cursor.Done || src == nil || ctx.Err() != nil {
		return false
	}
	if c.doubted(ind.Key()) || c.lane(ind.SourceName()).yield(ctx) != nil {
		return false
	}
	began := c.o.Now()
	oldest, err := c.oldest(ctx, src, ind, cursor)
	if err != nil {
		c.historyFailed(ind, err)
		return false
	}
	spans := days(cursor.Backfilled, oldest)
	pieces := make([]slo.Measurement, len(spans))
	g, measuring := errgroup.WithContext(ctx)
	for i, span := range spans {
		g.Go(func() (err error) {
			pieces[i], err = src.Measure(measuring, ind, span)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		c.historyFailed(ind, err)
		return false
	}
	told := c.believed(ctx, ind, cursor, pieces)
	if told == 0 && len(pieces) > 0 {
		c.historyFailed(ind, fault.Unavailablef("the source has nothing before %s and something from there on: it is asked again for %s before that is believed", cursor.Backfilled.Start().Format("2006-01-02 15:04"), doubtFor))
		return false
	}
	cursor.Oldest, cursor.Done = oldest, len(spans) == 0 || told == len(spans) && spans[told-1].From <= oldest
	pieces = pieces[:told]
	cursor.BusySeconds += c.o.Now().Sub(began).Seconds()
	return c.keepHistory(ctx, ind, cursor, pieces)
}

// keepHistory commits measured days.
func (c *Collector) keepHistory(ctx context.Context, ind slo.Indicator, cursor ledger.Cursor, pieces []slo.Measurement) bool {
	var writes []ledger.Write
	for _, m := range pieces {
		cursor.Backfilled = m.Span.From
		cursor.Samples += m.Samples
		writes = append(writes, ledger.Write{Indicator: ind.Key(), Measurement: m, Reason: reasonBackfill, Cursor: &cursor})
	}
	if len(writes) == 0 {
		none := slo.Measurement{Span: slo.Span{From: cursor.Backfilled, To: cursor.Backfilled - 1}}
		writes = append(writes, ledger.Write{Indicator: ind.Key(), Measurement: none, Reason: reasonBackfill, Cursor: &cursor})
	}
	if err := c.put(ctx, ind.SourceName(), writes); err != nil {
		c.historyFailed(ind, err)
		return false
	}
	c.historyWorked(ind)
	return true
}

// oldest returns the first minute of which the source has anything, at most the
// first minute that the ledger has.
func (c *Collector) oldest(ctx context.Context, src slo.Source, ind slo.Indicator, cursor ledger.Cursor) (slo.Minute, error) {
	first, _, err := src.Reach(ctx, ind)
	if err == nil && first.IsZero() && c.hasFigure(ctx, ind, cursor.Backfilled) && c.doubt(ind.Key()) {
		err = fault.Unavailablef("the source says that it never had anything, although it had: it is asked again for %s before that is believed", doubtFor)
	}
	if err != nil || first.IsZero() {
		return cursor.Backfilled, err
	}
	return min(slo.MinuteOf(first), cursor.Backfilled), nil
}

// days returns the next UTC days before a minute, newest first, not reaching
// beyond oldest, at most a batch.
func days(before, oldest slo.Minute) []slo.Span {
	var spans []slo.Span
	for len(spans) < batch && before > oldest {
		from := max(dayStart(before-1), oldest)
		spans = append(spans, slo.Span{From: from, To: before - 1})
		before = from
	}
	return spans
}

// Progress is how far reading an indicator's history got.
type Progress struct {
	Done                bool
	Oldest, Newest      time.Time // of the history to read; zero before it is known
	DaysDone, DaysTotal int
	Samples             int64
	SamplesPerSecond    float64
	Error               string // of the last try, "" if it went well
}

// Progress returns how far the history of an indicator got; ok is false if the
// indicator was never collected.
func (c *Collector) Progress(ind slo.IndicatorKey) (p Progress, ok bool) {
	cursor, ok := c.o.Ledger.Cursor(ind)
	if !ok {
		return Progress{}, false
	}
	p = Progress{Done: cursor.Done, Samples: cursor.Samples}
	if cursor.BusySeconds > 0 {
		p.SamplesPerSecond = float64(cursor.Samples) / cursor.BusySeconds
	}
	if cursor.Oldest > 0 {
		p.Oldest, p.Newest = cursor.Oldest.Start(), cursor.Settled.End()
		p.DaysTotal = cursor.Settled.Day() - cursor.Oldest.Day() + 1
		p.DaysDone = min(p.DaysTotal, cursor.Settled.Day()-cursor.Backfilled.Day()+1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p.Error = c.stuck[ind]
	return p, true
}

// historyFailed keeps and logs why a backfill does not get on, when it changes.
func (c *Collector) historyFailed(ind slo.Indicator, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stuck[ind.Key()] != err.Error() {
		c.o.Logger.Warn("read history of indicator", "indicator", ind.Key(), "source", ind.SourceName(), "err", err)
	}
	c.stuck[ind.Key()] = err.Error()
}

func (c *Collector) historyWorked(ind slo.Indicator) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.stuck, ind.Key())
	delete(c.doubts, ind.Key())
}
