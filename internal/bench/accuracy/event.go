package main

import (
	"math"
	"slices"
)

// The units of a log of events are seconds since the start of its window.
const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
	month  = 30 * day
)

// pod is one process, alive in [from, to), that counts what it serves from zero.
// Where two have the same name, the second is the first restarted.
type pod struct {
	name     string
	from, to int64
	phase    int64 // when it is scraped: at instants that are phase modulo the interval
}

// eventLog is what happened to a service and who looked: the events, from which
// the truth follows, and the scrapes, from which everything else does.
type eventLog struct {
	begin, start, end int64 // the window is (start, end]; from begin on there is a warm-up
	pods              []pod
	// serve tells what pod i served in the second that ends at sec.
	serve    func(sec int64, i int) (total, bad float64)
	interval func(sec int64) int64 // of scrapes; nil: 30
	down     func(sec int64) bool  // nobody scrapes; nil: never
}

// truth counts the events of the window, second by second.
func (l *eventLog) truth() (total, bad float64) {
	for i, p := range l.pods {
		for sec := max(p.from, l.start+1); sec < min(p.to, l.end+1); sec++ {
			t, b := l.serve(sec, i)
			total, bad = total+t, bad+b
		}
	}
	return total, bad
}

// observer is told what becomes visible from outside: the counters of pod i as
// a scrape at sec shows them, and that a scrape at sec found it gone.
type observer struct {
	scrape func(sec int64, i int, total, bad float64)
	gone   func(sec int64, i int)
}

// counters is the state of one pod while a log is run.
type counters struct {
	total, bad             float64 // counted since its start
	unseenTotal, unseenBad float64 // of them, within the window and not scraped yet
	shown                  bool    // scraped since the scraper's own last start
}

// run runs a log second by second. It returns how many events of the window the
// samples do not tell of: those that a pod counted after its last scrape, and
// those that are hidden behind a restart.
func (l *eventLog) run(o observer) (total, bad float64) {
	state := make([]counters, len(l.pods))
	var hidden hidden
	shown := o.scrape
	o.scrape = func(sec int64, i int, total, bad float64) {
		hidden.see(l.pods[i].name, i, total, bad)
		shown(sec, i, total, bad)
	}
	order := l.byStart()
	var alive []int
	for sec := l.begin; sec <= l.end; sec++ {
		for len(order) > 0 && l.pods[order[0]].from <= sec {
			alive, order = append(alive, order[0]), order[1:]
		}
		down := l.down != nil && l.down(sec)
		alive = slices.DeleteFunc(alive, func(i int) bool {
			if sec >= l.pods[i].to {
				return l.bury(sec, i, &state[i], down, o)
			}
			l.live(sec, i, &state[i], down, o)
			return false
		})
	}
	total, bad = hidden.total, hidden.bad
	for _, s := range state {
		total, bad = total+s.unseenTotal, bad+s.unseenBad
	}
	return total, bad
}

// hidden counts what restarts hide: a counter that stands no lower after a
// restart than before looks as if it had never begun again, and what it stood at
// before is missing from the difference.
type hidden struct {
	total, bad float64
	last       map[string]shown // by the name of the pod
}

// shown is what a pod showed at its last scrape.
type shown struct {
	pod        int
	total, bad float64
}

func (h *hidden) see(name string, i int, total, bad float64) {
	before, ok := h.last[name]
	if ok && before.pod != i && total >= before.total {
		h.total += before.total
	}
	if ok && before.pod != i && bad >= before.bad {
		h.bad += before.bad
	}
	if h.last == nil {
		h.last = map[string]shown{}
	}
	h.last[name] = shown{i, total, bad}
}

// byStart returns the pods in the order of their starts.
func (l *eventLog) byStart() []int {
	order := make([]int, len(l.pods))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(l.pods[a].from - l.pods[b].from) })
	return order
}

// live lets pod i serve for a second, and shows its counters where it is scraped.
func (l *eventLog) live(sec int64, i int, s *counters, down bool, o observer) {
	t, b := l.serve(sec, i)
	s.total, s.bad = s.total+t, s.bad+b
	if sec > l.start {
		s.unseenTotal, s.unseenBad = s.unseenTotal+t, s.unseenBad+b
	}
	switch {
	case down:
		s.shown = false // the scraper that comes back does not know what it showed
	case l.scraped(sec, i):
		o.scrape(sec, i, s.total, s.bad)
		s.shown, s.unseenTotal, s.unseenBad = true, 0, 0
	}
}

// bury reports whether pod i, which has ended, can be forgotten: when the scrape
// that would have come next has found it gone.
func (l *eventLog) bury(sec int64, i int, s *counters, down bool, o observer) bool {
	switch {
	case down || !s.shown:
		return true
	case !l.scraped(sec, i):
		return false
	}
	again := func(p pod) bool { return p.name == l.pods[i].name && p.from <= sec && sec < p.to }
	if !slices.ContainsFunc(l.pods, again) {
		o.gone(sec, i)
	}
	return true
}

// scraped reports whether pod i is scraped at sec.
func (l *eventLog) scraped(sec int64, i int) bool {
	every := int64(30)
	if l.interval != nil {
		every = l.interval(sec)
	}
	return (sec-l.pods[i].phase%every)%every == 0
}

// remaining is the remaining budget of a target: 1 − bad / ((1 − target) · total).
func remaining(target, total, bad float64) float64 {
	if total == 0 {
		return math.NaN()
	}
	return 1 - bad/((1-target)*total)
}
