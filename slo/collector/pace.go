package collector

import (
	"cmp"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// pace returns when the minutes of a source are read, and how many again. A
// scraped sample is there when its scrape is over; a document may be on its way
// through a queue and an index for minutes.
func (c *Collector) pace(source string) slo.Pace {
	var own slo.Pace
	if p, ok := c.o.Source(source).(slo.Pacer); ok {
		own = p.Pace()
	}
	return slo.Pace{Delay: cmp.Or(own.Delay, c.o.Delay), Overlap: cmp.Or(own.Overlap, overlap)}
}

// closed returns the last minute of a source that may be read.
func (c *Collector) closed(source string) slo.Minute {
	return slo.MinuteOf(c.o.Now().Add(-c.pace(source).Delay).Truncate(time.Minute))
}

// due reports whether a minute of a source may be read that its last cycle did
// not. A clock that went back is no reason to wait until it is where it was.
func (c *Collector) due(l *lane) bool { return slo.Minute(l.begun.Load()) != c.closed(l.name) }

// untilNext returns the time until the next minute of any source may be read.
func (c *Collector) untilNext() time.Duration {
	now, least := c.o.Now(), time.Minute
	for name := range c.bySource() {
		at := now.Add(-c.pace(name).Delay)
		least = min(least, at.Truncate(time.Minute).Add(time.Minute).Sub(at))
	}
	return least
}
