package rules

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/slo"
)

// Windows longer than maxRaw are not read from the raw series at each evaluation,
// which costs as much as their length: their newest hour is, and the time before is
// the sum of what rules recorded of five minutes each.
//
// What is divided is such a sum of bad events by such a sum of all, which is not the
// mean of quotients that recorded ratios would give. A rate over five minutes shows
// an event late, two and a half minutes on average: too late for the newest events,
// which is why the raw series are read for those, and made good by an offset of as
// much before. Where the rules were not evaluated, both sums lack the same time.
const (
	maxRaw   = 6 * time.Hour
	newest   = time.Hour
	baseStep = 5 * time.Minute
)

// recordParts records the bad and all events that longer windows are made of.
func (w *writer) recordParts() {
	for _, window := range []time.Duration{baseStep, newest} {
		w.recording(badName+length(window), w.whole(window, onlyBad))
		w.recording(totalName+length(window), w.whole(window, onlyTotal))
	}
}

func onlyBad(bad, _ parser.Expr) parser.Expr { return bad }

func onlyTotal(_, total parser.Expr) parser.Expr { return total }

// long returns how many events a long window has: those of its newest hour and
// those before, or one of them where the other is not there.
func (w *writer) long(name string, window time.Duration) parser.Expr {
	before := w.selector(name + length(baseStep))
	before.OriginalOffset = newest - baseStep/2
	sum := overTime("sum_over_time", before, window-newest)
	each := w.interval().Seconds() // which an evaluation stands for
	if w.gauge() {
		each /= baseStep.Seconds()
	}
	older := binary(parser.MUL, sum, number(each))
	recent := w.amount(w.selector(name+length(newest)), newest)
	return binary(parser.LOR, binary(parser.LOR, binary(parser.ADD, recent, older), recent), older)
}

// amount turns what Windowed returns for a window into a number of events.
func (w *writer) amount(expr parser.Expr, window time.Duration) parser.Expr {
	if w.gauge() { // which is one already
		return expr
	}
	return binary(parser.MUL, expr, number(window.Seconds()))
}

// gauge reports whether what is counted are looks at a gauge.
func (w *writer) gauge() bool { return w.indicator.Unit() == slo.Seconds }
