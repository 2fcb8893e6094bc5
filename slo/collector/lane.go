package collector

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

const (
	// commitEvery is how long a measurement waits for others of its source
	// before it is committed. A commit costs a few milliseconds whatever is in it.
	commitEvery = 2 * time.Second
	// commitSlots is how many measured slots of a source are held at most before
	// they are committed, 6 MiB: a server that was away for a day reads a day of
	// every indicator, which need not be in memory together.
	commitSlots = 1 << 18
	// shortestPiece is how far the pieces shrink in which an indicator catches
	// up whose source does not answer in time.
	shortestPiece = 10
)

// lane is the collection from one source: what it has to do with no other.
type lane struct {
	name        string
	begun       atomic.Int64 // the last minute that the last cycle may read
	backfilling atomic.Bool

	mu     sync.Mutex
	live   bool                            // a cycle runs
	again  bool                            // and another has to, as what is measured changed
	turn   int                             // counts cycles, from 1
	served map[slo.IndicatorKey]int        // the last turn that each indicator got
	pieces map[slo.IndicatorKey]slo.Minute // of those that do not catch up in days
	idle   chan struct{}                   // closed while no cycle runs
}

// lane returns the lane of a source, a new one at first.
func (c *Collector) lane(name string) *lane {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lanes[name]
	if l == nil {
		l = &lane{name: name, served: map[slo.IndicatorKey]int{}, pieces: map[slo.IndicatorKey]slo.Minute{}, idle: make(chan struct{})}
		close(l.idle)
		c.lanes[name] = l
	}
	return l
}

// bySource groups the indicators in force by their source.
func (c *Collector) bySource() map[string][]slo.Indicator {
	all := map[string][]slo.Indicator{}
	for _, ind := range slo.Indicators(c.o.Registry.All()) {
		all[ind.SourceName()] = append(all[ind.SourceName()], ind)
	}
	return all
}

// forget drops what is known about sources that nobody measures on any more.
func (c *Collector) forget(in map[string][]slo.Indicator) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.health {
		if in[name] == nil {
			delete(c.health, name)
		}
	}
}

// enter reports whether a cycle may begin, which leave ends. While another one
// runs, anew asks for one more after it.
func (l *lane) enter(anew bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live {
		l.again = l.again || anew
		return false
	}
	l.live = true
	return true
}

// leave reports whether one more cycle was asked for; otherwise the lane is free.
func (l *lane) leave(ctx context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live = l.again && ctx.Err() == nil
	l.again = false
	return l.live
}

// begin starts a cycle and returns the indicators in the order of their turns:
// those that waited longest first.
func (l *lane) begin(indicators []slo.Indicator) []slo.Indicator {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn++
	l.idle = make(chan struct{})
	queue := slices.Clone(indicators)
	slices.SortStableFunc(queue, func(a, b slo.Indicator) int { return cmp.Compare(l.served[a.Key()], l.served[b.Key()]) })
	return queue
}

// end ends a cycle and forgets indicators that are not in force any more.
func (l *lane) end(indicators []slo.Indicator) {
	l.mu.Lock()
	defer l.mu.Unlock()
	served := make(map[slo.IndicatorKey]int, len(indicators))
	for _, ind := range indicators {
		served[ind.Key()] = l.served[ind.Key()]
	}
	l.served = served
	close(l.idle)
}

// yield waits until no cycle asks the source: the minute that just ended is
// wanted sooner than the past.
func (l *lane) yield(ctx context.Context) error {
	l.mu.Lock()
	idle := l.idle
	l.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// piece returns in what pieces an indicator catches up, in minutes.
func (l *lane) piece(key slo.IndicatorKey) slo.Minute {
	l.mu.Lock()
	defer l.mu.Unlock()
	return cmp.Or(l.pieces[key], slo.MinutesPerDay)
}

// serve measures one indicator in its turn. Where time runs out it asks for less
// at a time next time, so that a long absence is made up for in the end.
func (l *lane) serve(ctx context.Context, c *Collector, ind slo.Indicator) result {
	piece := l.piece(ind.Key())
	r := c.catchUp(ctx, ind)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.served[ind.Key()] = l.turn
	switch {
	case r.err == nil:
		delete(l.pieces, ind.Key())
	case ctx.Err() != nil:
		l.pieces[ind.Key()] = max(shortestPiece, piece/4)
		r.err = fault.Unavailablef("source %q did not answer within a cycle of %s: %w", l.name, c.o.Limit, r.err)
	}
	return r
}

// run is one cycle of a source.
func (l *lane) run(ctx context.Context, c *Collector, indicators []slo.Indicator) {
	queue := l.begin(indicators)
	defer l.end(indicators)
	c.askLate(l.name, indicators)
	timely, cancel := context.WithTimeout(ctx, c.o.Limit)
	defer cancel()
	// Whoever measures waits while results are committed: the disk sets the pace.
	results := make(chan result)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(c.o.Parallel, len(queue)) {
		wg.Go(func() {
			for timely.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(queue) {
					return
				}
				results <- l.serve(timely, c, queue[i])
			}
		})
	}
	go func() { wg.Wait(); close(results) }()
	t := tally{c: c, health: Health{Source: l.name, Indicators: len(queue), Waiting: len(queue), LastAttempt: c.o.Now()}}
	t.gather(ctx, results)
}

// tally commits the results of a lane and remembers how they went.
type tally struct {
	c      *Collector
	held   []result
	slots  int
	health Health
}

// gather takes results until there are no more.
func (t *tally) gather(ctx context.Context, results <-chan result) {
	t.health.LastSuccess = t.c.lastSuccess(t.health.Source)
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case r, ok := <-results:
			if !ok {
				t.commit(ctx)
				t.remember(ctx)
				return
			}
			t.held = append(t.held, r)
			for _, w := range r.writes {
				t.slots += w.Measurement.Span.Len() * max(1, len(w.Measurement.Streams))
			}
			if t.slots >= commitSlots {
				t.commit(ctx)
			}
		case <-tick.C:
			t.commit(ctx)
		}
	}
}

// commit writes what is held, unless the collector ends.
func (t *tally) commit(ctx context.Context) {
	if ctx.Err() != nil || len(t.held) == 0 {
		return
	}
	failure := t.c.commit(ctx, t.held)
	if ctx.Err() != nil {
		return
	}
	now := t.c.o.Now()
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	for _, r := range t.held {
		t.health.Waiting--
		t.health.count(r, failure, now)
		t.c.note(r)
	}
	t.held, t.slots = nil, 0
}

// remember keeps how the cycle went, for Health.
func (t *tally) remember(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if h := &t.health; h.Waiting > 0 && h.Error == "" {
		h.Error = fault.Unavailablef("%d of %d indicators did not get their turn within %s: the source is too slow for them", h.Waiting, h.Indicators, t.c.o.Limit).Error()
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.c.health[t.health.Source] = t.health
}

// lastSuccess returns when a source last answered.
func (c *Collector) lastSuccess(source string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.health[source].LastSuccess
}
