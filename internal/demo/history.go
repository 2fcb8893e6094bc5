package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// HistoryInterval is how far apart the samples of the history are.
const HistoryInterval = longStep * time.Second

// uptime is how long the processes have been running when the history begins:
// counters of a living service do not start at zero, and whoever counts their
// first sample as events will notice.
const uptime = 3 * day

// WriteHistory writes what scrapes at every full half minute of [from, to]
// would have stored, and leaves the processes as they are at the end, so that
// Start serves on from there. It must be called before Start, at most once.
// progress, if not nil, hears of scrapes done about a hundred times. An error of
// the writer, or the end of ctx, leaves a fleet that must be thrown away.
func (f *Fleet) WriteHistory(ctx context.Context, w HistoryWriter, from, to time.Time, progress func(done, total int64)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at != 0 {
		return fault.Conflictf("demo fleet: history can only be written before the services start")
	}
	first, last := (from.Unix()+f.step-1)/f.step*f.step, to.Unix()/f.step*f.step
	if first <= uptime || last < first {
		return fault.Invalidf("demo history from %s to %s: the interval is empty or before 1970", from, to)
	}
	if progress == nil {
		progress = func(int64, int64) {}
	}
	total := (last-first)/f.step + 1
	f.begin(first, uptime)
	for done := range total {
		if done%max(1, total/100) == 0 {
			progress(done, total)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		f.advance(first+done*f.step, f.step)
		if err := f.scrapeAll(w); err != nil {
			return fmt.Errorf("write demo history at %s: %w", time.Unix(f.at, 0).UTC().Format(time.RFC3339), err)
		}
	}
	progress(total, total)
	return nil
}

// scrapeAll writes one round of scrapes.
func (f *Fleet) scrapeAll(w HistoryWriter) error {
	if f.at > f.script.unwatched[0] && f.at <= f.script.unwatched[1] {
		return nil
	}
	s := scribe{w: w, ms: f.at * 1000}
	for _, service := range f.services {
		for _, in := range service.instances() {
			if err := s.scrape(in); err != nil {
				return err
			}
		}
	}
	return nil
}
