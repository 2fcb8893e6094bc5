package ledger

import (
	"slices"

	"github.com/hindcast/hindcast/slo"
)

// Problem is damage that the ledger found in its store. The slots that it names
// count as gaps until they are written again.
type Problem struct {
	Stream slo.StreamKey // zero: every stream, or not one in particular
	Span   slo.Span      // the slots that are lost
	Row    int64         // the journal row that is damaged or missing, 0 for none
	Text   string        // what was found, fit for a user to read
}

// Problems lists the damage found since Open, oldest first. Damage inside a
// chunk is found when the chunk is first read.
func (l *Ledger) Problems() []Problem {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.problems)
}

// report lists and logs a problem, once. The caller holds mu for writing.
func (l *Ledger) report(p Problem) {
	if slices.Contains(l.problems, p) {
		return
	}
	l.problems = append(l.problems, p)
	l.log.Warn("ledger is damaged", "indicator", string(p.Stream.Indicator), "group", string(p.Stream.Group),
		"from", p.Span.Start(), "to", p.Span.End(), "err", p.Text)
}

// daySpan returns the slots of one day.
func daySpan(day int) slo.Span {
	return slo.Span{From: minuteAt(day, 0), To: minuteAt(day, slo.MinutesPerDay-1)}
}
