package prometheus

import (
	"fmt"
	"math"
	"slices"
)

// tally counts series and the events that their first samples held.
type tally struct {
	series int
	events float64
}

func (t *tally) add(inSpan bool, v float64) {
	if inSpan {
		t.series++
		t.events += v
	}
}

// notes are what a sceptic should know about a fold.
type notes struct {
	zero, skipped, blind, huge tally
	odds, mixed                int
	groups                     int
	interpolated               bool
	texts                      []string
}

func (n *notes) counted(inSpan bool, v float64)     { n.zero.add(inSpan, v) }
func (n *notes) ignored(inSpan bool, v float64)     { n.skipped.add(inSpan, v) }
func (n *notes) unseen(inSpan bool, v float64)      { n.blind.add(inSpan, v) }
func (n *notes) implausible(inSpan bool, v float64) { n.huge.add(inSpan, v) }

// staleNaN is the value that Prometheus writes when a series ends.
const staleNaN uint64 = 0x7ff0000000000002

// odd notes a value that no counter can have; the mark of a series' end is none.
func (n *notes) odd(v float64) {
	if math.Float64bits(v) != staleNaN {
		n.odds++
	}
}

// warnings returns the notes as sentences.
func (n *notes) warnings() []string {
	var w []string
	add := func(t tally, format string) {
		if t.series > 0 && t.events > 0 {
			w = append(w, fmt.Sprintf(format, t.series, t.events))
		}
	}
	add(n.skipped, "firstSample: ignore left out the first samples of %d new series, %g events")
	add(n.blind, "the first samples of %d series were left out (%g events): nothing was observed before them, so nobody can tell when those events happened")
	add(n.huge, "the first samples of %d series were left out (%g events): they look like counters that had been running unobserved; set firstSample: zero to count them")
	if n.odds > 0 {
		w = append(w, fmt.Sprintf("%d samples were left out: no counter can be negative, NaN or infinite", n.odds))
	}
	if n.mixed > 0 {
		w = append(w, fmt.Sprintf("%d samples were left out, and the minutes are estimated: counters go back and forth as if two servers that scrape the same targets answered at one address in turn; ask one of them, or let Thanos or Mimir deduplicate", n.mixed))
	}
	if n.groups > 0 {
		w = append(w, fmt.Sprintf("%d series beyond the first %d groups count in the whole only", n.groups, MaxGroups))
	}
	if n.interpolated {
		w = append(w, "the latency lies inside a bucket of the native histogram: the events of that bucket are shared out by interpolation")
	}
	return append(w, n.texts...)
}

// once adds a sentence that is said once however often its cause occurs.
func (n *notes) once(text string) {
	if !slices.Contains(n.texts, text) {
		n.texts = append(n.texts, text)
	}
}
