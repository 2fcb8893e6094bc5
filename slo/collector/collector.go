package collector

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// Ledger is what the collector needs of slo/ledger.
type Ledger interface {
	// WriteMany commits the writes as one; nil means that they are durable.
	WriteMany(ctx context.Context, writes []ledger.Write) error
	// Cursor returns how far the collector got with an indicator.
	Cursor(ind slo.IndicatorKey) (ledger.Cursor, bool)
	// Slots returns what is kept of a stream, gaps as zero slots.
	Slots(ctx context.Context, key slo.StreamKey, span slo.Span) ([]slo.Slot, error)
	// Seal compacts all days before the given one.
	Seal(ctx context.Context, before int) (int, error)
	// Checkpoint keeps what is in memory for the next start, if it is worth it.
	Checkpoint(ctx context.Context) (bool, error)
	// Thin lets go of the minutes of all days before the given one.
	Thin(ctx context.Context, before int) (int, error)
}

// Options say what is collected, from where and when.
type Options struct {
	Registry *slo.Registry
	Ledger   Ledger
	// Source returns the source that a specification names, nil if there is no
	// such source.
	Source func(name string) slo.Source
	Now    func() time.Time
	Logger *slog.Logger
	// Delay is how long after its end a minute is read, where the source is no
	// slo.Pacer that says otherwise; 0 means DefaultDelay.
	Delay time.Duration
	// Barrier, if set, is called after measuring on a source and before committing:
	// nil means that what was measured on will still be there after a power cut.
	// A source that keeps its own samples is its own barrier. Without it,
	// a ledger that is durable would outlive samples that are not: slots that were
	// acknowledged would be measured again after the restart, in the overlap, and
	// turn into gaps. If it fails, nothing is committed.
	Barrier func(ctx context.Context, source string) error
	// Around runs each cycle of a source, so that somebody can time and trace it;
	// nil just runs it.
	Around func(ctx context.Context, source string, cycle func(context.Context))
	// Parallel is how many indicators of one source are measured at once; 0
	// means 4.
	Parallel int
	// KeepMinutes is for how many days minutes are kept; after that only the
	// totals of days are. 0 keeps them for ever.
	KeepMinutes int
	// Limit ends a cycle; 0 means DefaultLimit. Indicators that did not get
	// their turn go first in the next one.
	Limit time.Duration
}

// DefaultDelay lets a scrape that began in a minute end: Prometheus' default
// timeout is ten seconds. What is later still is found by the overlap.
const DefaultDelay = 10 * time.Second

// DefaultLimit leaves the sources that answer their minute, whatever the others
// do: a cycle begins every minute.
const DefaultLimit = 50 * time.Second

// overlap is how many settled minutes each cycle reads again, where the source is
// no slo.Pacer that says otherwise. A scrape that was slow, or a gauge whose next
// sample was outstanding, changes them.
const overlap = 2

// Collector keeps a ledger up to date. Make one with New.
type Collector struct {
	o Options

	writing sync.Mutex // serialises reading a cursor and writing it back

	mu     sync.Mutex
	health map[string]Health               // by source name
	failed map[slo.IndicatorKey]string     // last error of an indicator, "" if none
	warned map[slo.IndicatorKey][]string   // last warnings of an indicator
	stuck  map[slo.IndicatorKey]string     // why the history of an indicator does not get on
	late   map[slo.IndicatorKey]slo.Minute // from where on an indicator has to be measured again
	doubts map[slo.IndicatorKey]doubt      // of histories that end where figures begin
	lanes  map[string]*lane                // by source name
}

// Health is what the last cycle saw of a source.
type Health struct {
	Source      string
	Indicators  int       // that measure on it
	Failing     int       // of those, how many failed in the last cycle
	LastSuccess time.Time // of any of them
	LastAttempt time.Time
	Error       string // of the last failure in the last cycle, "" if none
	Samples     int64  // read in the last cycle
	Waiting     int    // how many indicators did not get their turn in the last cycle
}

// New returns a collector; it does nothing before Run or Cycle is called.
func New(o Options) *Collector {
	o.Delay = cmp.Or(o.Delay, DefaultDelay)
	o.Parallel = cmp.Or(o.Parallel, 4)
	o.Limit = cmp.Or(o.Limit, DefaultLimit)
	if o.Around == nil {
		o.Around = func(ctx context.Context, _ string, cycle func(context.Context)) { cycle(ctx) }
	}
	return &Collector{
		o: o, health: map[string]Health{},
		failed: map[slo.IndicatorKey]string{}, warned: map[slo.IndicatorKey][]string{},
		stuck: map[slo.IndicatorKey]string{}, late: map[slo.IndicatorKey]slo.Minute{}, doubts: map[slo.IndicatorKey]doubt{}, lanes: map[string]*lane{},
	}
}

// sealEvery is how often closed days are compacted.
const sealEvery = 5 * time.Minute

// Run collects until ctx ends, and then returns nil. Errors of sources are
// states, not reasons to stop.
func (c *Collector) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.live(ctx) })
	g.Go(func() error { return c.history(ctx) })
	g.Go(func() error { return c.sealing(ctx) })
	return g.Wait()
}

// live runs a cycle at once, when a minute of a source may be read, and whenever
// the objectives in force change.
func (c *Collector) live(ctx context.Context) error {
	changed, stop := c.o.Registry.Watch()
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	for why := wanted; ; {
		c.start(ctx, &running, why)
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			why = renewed
		case <-time.After(c.untilNext()):
			why = timed
		}
	}
}

// sealing compacts closed days now and then. An error is logged and tried again:
// the journal holds everything meanwhile.
func (c *Collector) sealing(ctx context.Context) error {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		c.seal(ctx)
		c.thin(ctx)
		c.checkpoint(ctx)
	}
}

// checkpoint shortens the next start now and then. Without it nothing is wrong.
func (c *Collector) checkpoint(ctx context.Context) {
	if _, err := c.o.Ledger.Checkpoint(ctx); err != nil && ctx.Err() == nil {
		c.o.Logger.WarnContext(ctx, "keep a checkpoint of the ledger for the next start", "err", err)
	}
}

// thin lets go of minutes that are older than they are kept. An error is logged
// and tried again: nothing depends on it but space.
func (c *Collector) thin(ctx context.Context) {
	if c.o.KeepMinutes <= 0 {
		return
	}
	today := slo.MinuteOf(c.o.Now()).Day()
	n, err := c.o.Ledger.Thin(ctx, today-c.o.KeepMinutes)
	if err != nil && ctx.Err() == nil {
		c.o.Logger.ErrorContext(ctx, "thin ledger days", "err", err)
	}
	if n > 0 {
		c.o.Logger.InfoContext(ctx, "minutes of old days were let go, their totals stay", "days", n, "keep_days", c.o.KeepMinutes)
	}
}

// seal compacts the days before today.
func (c *Collector) seal(ctx context.Context) {
	if _, err := c.o.Ledger.Seal(ctx, slo.MinuteOf(c.o.Now()).Day()); err != nil && ctx.Err() == nil {
		c.o.Logger.ErrorContext(ctx, "seal ledger days", "err", err)
	}
}

// Cycle measures every indicator in force up to the last closed minute. It is
// what Run does once a minute. Each source has a lane of its own: what it
// answered is committed when its lane is through, and at the latest every two
// seconds, so that neither another source nor another indicator of the same one
// delays it. The cycle ends when all lanes are through or Options.Limit has
// passed; what was measured by then is kept.
func (c *Collector) Cycle(ctx context.Context) {
	var running sync.WaitGroup
	c.start(ctx, &running, wanted)
	running.Wait()
}

// occasion is why cycles begin.
type occasion uint8

const (
	timed   occasion = iota // a minute of some sources may be read
	wanted                  // all sources are to be read
	renewed                 // there is something new to measure, on those that are busy too
)

// start begins a cycle on every source that is due and whose last one is over.
// Those that are late miss a turn, and make nobody late; if there is something new
// to measure, they run once more as soon as they are through.
func (c *Collector) start(ctx context.Context, running *sync.WaitGroup, why occasion) {
	sources := c.bySource()
	c.forget(sources)
	for name, indicators := range sources {
		l := c.lane(name)
		if why == timed && !c.due(l) || !l.enter(why == renewed) {
			continue
		}
		l.begun.Store(int64(c.closed(name)))
		running.Go(func() {
			c.o.Around(ctx, name, func(ctx context.Context) { l.run(ctx, c, indicators) })
			for l.leave(ctx) {
				if now := c.bySource()[name]; len(now) > 0 {
					c.o.Around(ctx, name, func(ctx context.Context) { l.run(ctx, c, now) })
				}
			}
		})
	}
}

// commit writes what was measured and returns why that did not work.
func (c *Collector) commit(ctx context.Context, results []result) error {
	var writes []ledger.Write
	for _, r := range results {
		writes = append(writes, r.writes...)
	}
	if len(writes) == 0 {
		return nil
	}
	err := c.put(ctx, results[0].ind.SourceName(), writes)
	if err == nil {
		c.settleLate(results)
	} else if ctx.Err() == nil {
		c.o.Logger.ErrorContext(ctx, "write collected slots", "err", err)
	}
	return err
}

// The reasons that revisions give.
const (
	reasonLive     = "live"
	reasonBackfill = "backfill"
)

// put commits what was measured on a source. Live collection and backfill go on
// at the same time, and each moves its own part of an indicator's cursor.
func (c *Collector) put(ctx context.Context, source string, writes []ledger.Write) error {
	if c.o.Barrier != nil {
		if err := c.o.Barrier(ctx, source); err != nil {
			return err
		}
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for i := range writes {
		now, ok := c.o.Ledger.Cursor(writes[i].Indicator)
		if !ok {
			continue
		}
		at := *writes[i].Cursor
		if writes[i].Reason == reasonBackfill {
			at.Settled = now.Settled
		} else {
			now.Settled = at.Settled
			at = now
		}
		writes[i].Cursor = &at
	}
	return c.o.Ledger.WriteMany(ctx, writes)
}
