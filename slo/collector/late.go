package collector

import (
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Later is a source that knows when data arrived for minutes that were read
// already: a sender was cut off, and delivers now what it kept meanwhile.
type Later interface {
	// Late returns the time of the oldest data that arrived late since the last
	// call; ok is false if there were none. It may tell too much, never too
	// little: the first call in a process tells how far back data may have come
	// that nobody asked about.
	Late() (oldest time.Time, ok bool)
}

// askLate asks a source once, before anything is measured on it, so that what
// comes later is told in the next cycle. The answer is kept for each of its
// indicators until that was measured and committed.
func (c *Collector) askLate(source string, indicators []slo.Indicator) {
	from := c.lateMinute(source)
	if from == notLate {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ind := range indicators {
		if at, ok := c.late[ind.Key()]; !ok || from < at {
			c.late[ind.Key()] = from
		}
	}
}

// notLate is no minute that is measured.
const notLate = slo.Minute(0)

// lateMinute returns the first minute that late data of a source may change. The
// sample before the oldest one may be in an earlier minute: where that is within
// the overlap it is read, where it is not the source says Reopen.
func (c *Collector) lateMinute(source string) slo.Minute {
	src, ok := c.o.Source(source).(Later)
	if !ok {
		return notLate
	}
	oldest, ok := src.Late()
	if !ok {
		return notLate
	}
	return max(slo.MinuteOf(oldest)-c.pace(source).Overlap, notLate+1)
}

// lateFrom returns where measuring an indicator begins, from at the latest.
func (c *Collector) lateFrom(ind slo.IndicatorKey, from slo.Minute) slo.Minute {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.late[ind]; ok {
		return min(m, from)
	}
	return from
}

// settleLate forgets what was measured and committed.
func (c *Collector) settleLate(results []result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range results {
		if r.err == nil {
			delete(c.late, r.ind.Key())
		}
	}
}
