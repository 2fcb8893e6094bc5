package prometheus

// waiting is a sample of a float counter that is not folded yet.
type waiting struct {
	t int64
	v float64
}

// zigzag watches a counter that falls. A process that restarts makes its counter
// fall once. Where two servers that scrape the same process answer at one address
// in turn, its counter goes back and forth between two histories, each of which
// goes up: taken for restarts, every return would count a whole life again.
type zigzag struct {
	held  []waiting // low, high, low, … since the last sample that was folded
	mixed bool      // there are two histories, and the lower one is left out
}

const (
	// proven is how many samples in turn prove it: three falls, each followed by a
	// return, with both histories going up. Processes that restart at every second
	// scrape and happen to do that are measured too low, and marked.
	proven = 6
	// zigzagWithin is how far apart samples in turn are at most, in milliseconds:
	// the lookback of Prometheus.
	zigzagWithin = 5 * 60_000
)

// offer folds a sample of a counter that has fallen, or lets it wait for what
// comes next.
func (c *counter) offer(t int64, v float64) {
	z := &c.zigzag
	switch {
	case z.mixed && v < c.v:
		c.leaveOut(t)
		return
	case z.mixed:
		c.take(t, v)
		c.mark(t)
		return
	case len(z.held) == 0 && v >= c.v:
		c.take(t, v)
		return
	}
	held := append(z.held, waiting{t, v})
	if z.held = held; !c.inTurn() {
		z.held = nil
		c.take(held[0].t, held[0].v) // which was a restart
		for _, r := range held[1:] {
			c.offer(r.t, r.v)
		}
		return
	}
	if len(held) == proven {
		z.held, z.mixed = nil, true
		for _, r := range held {
			c.offer(r.t, r.v)
		}
	}
}

// inTurn reports whether the newest sample that waits goes on with the history
// that it would belong to.
func (c *counter) inTurn() bool {
	held, n := c.zigzag.held, len(c.zigzag.held)
	at := func(i int) waiting { // −1 is the last sample that was folded
		if i < 0 {
			return waiting{c.t, c.v}
		}
		return held[i]
	}
	now := at(n - 1)
	switch {
	case now.t-at(n-2).t > zigzagWithin:
		return false
	case n%2 == 0:
		return now.v >= at(n-3).v
	default:
		return now.v < at(n-2).v && (n == 1 || now.v >= at(n-3).v)
	}
}

// settleFalls takes what still waits for restarts, at the end of a series.
func (c *counter) settleFalls() {
	for _, r := range c.zigzag.held {
		c.take(r.t, r.v)
	}
	c.zigzag.held = nil
}

// take folds one sample.
func (c *counter) take(t int64, v float64) {
	if t > c.slotEnd {
		c.next(t, v, nil)
		return
	}
	c.sum = c.sum.plus(even(increase(c.v, v)))
	c.t, c.v = t, v
}

// leaveOut notes a sample of the other history.
func (c *counter) leaveOut(t int64) {
	c.f.notes.mixed++
	c.mark(t)
}

// mark marks the minute of a sample as estimated.
func (c *counter) mark(t int64) {
	i := c.f.index(t)
	if i < 0 || i >= c.f.n {
		return
	}
	for _, s := range c.sinks {
		s.marks[i] |= split
	}
}
