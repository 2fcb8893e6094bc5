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
	// proven is how many returns to the higher history prove it, where both go up
	// all the while. A process that restarts begins below where it was before its
	// last return, and does not.
	proven = 3
	// mostHeld is how many samples wait for proof: of ten minutes, at a scrape every
	// 15 seconds, which is what is read before every span.
	mostHeld = 40
	// zigzagWithin is how far apart samples are at most, in milliseconds: the
	// lookback of Prometheus.
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
	z.held = held
	returns, two := c.histories()
	switch {
	case !two || len(held) > mostHeld:
		z.held = nil
		c.take(held[0].t, held[0].v) // which was a restart
	case returns == proven:
		z.held, z.mixed = nil, true
		c.offer(held[0].t, held[0].v)
	default:
		return
	}
	for _, r := range held[1:] {
		c.offer(r.t, r.v)
	}
}

// histories reports whether the samples that wait can be those of two histories
// that both go up, and how often they returned to the higher one.
func (c *counter) histories() (returns int, two bool) {
	high, low, last, below := c.v, 0.0, c.t, false
	for _, r := range c.zigzag.held {
		switch {
		case r.t-last > zigzagWithin || r.v < low:
			return 0, false
		case r.v < high:
			low, below = r.v, true
		default:
			if high = r.v; below {
				returns++
			}
			below = false
		}
		last = r.t
	}
	return returns, true
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
