package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/bench/report"
	"github.com/hindcast/hindcast/slo"
)

// goal is how far from the truth Hindcast may be, in points of the budget.
const goal = 0.1

// line is what was measured of one row.
type line struct {
	row    row
	truth  figures
	budget slo.Budget
	peers  []float64 // by the order of competitors; NaN: no figure
}

// table is everything that one run measured.
type table struct {
	lines   []line
	at      time.Time
	took    time.Duration
	version string // of Prometheus' module
	samples uint64
}

// true is the true remaining budget.
func (l line) true() float64 { return remaining(l.row.target(), l.truth.Total, l.truth.Bad) }

// bound is how far from the truth the remaining budget is that counts every
// event which the samples tell of, in points.
func (l line) bound() float64 {
	seen := remaining(l.row.target(), l.truth.Total-l.truth.UnseenTotal, l.truth.Bad-l.truth.UnseenBad)
	return 100 * math.Abs(seen-l.true())
}

// hindcast is the remaining budget that Hindcast computed, NaN if it has none.
func (l line) hindcast() float64 {
	if l.budget.Remaining == nil {
		return math.NaN()
	}
	return *l.budget.Remaining
}

// results are all columns of a line, Hindcast first.
func (l line) results() []float64 { return append([]float64{l.hindcast()}, l.peers...) }

// names are the heads of the columns.
func (t *table) names() []string {
	names := []string{"Hindcast"}
	for _, c := range (row{}).competitors() {
		names = append(names, c.name)
	}
	return names
}

// off is how far a result is from the truth, in points; a figure that is missing
// is as far off as can be.
func (l line) off(result float64) float64 {
	if math.IsNaN(result) {
		return math.Inf(1)
	}
	return 100 * (result - l.true())
}

// String writes the table in Markdown: the remaining budgets, then how far they
// are from the truth.
func (t *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`make bench-accuracy`, %s, module prometheus %s, %d rows, %.1f million samples, %s.\n\n",
		t.at.UTC().Format(time.DateOnly), t.version, len(t.lines), float64(t.samples)/1e6, t.took.Round(time.Second))
	b.WriteString("Remaining budget in percent; a dash is no figure (NaN or nothing).\n\n")
	t.head(&b, "truth")
	for _, l := range t.lines {
		cells := []string{l.row.Name, l.row.Target, percent(100 * l.true())}
		for _, v := range l.results() {
			cells = append(cells, percent(100*v))
		}
		report.Row(&b, cells...)
	}
	b.WriteString("\nDifference to the truth in points of the budget. \"Not in the samples\" is what is lost to everybody who reads a\n" +
		"counter: events that a process took with it after its last scrape, and those before a restart after which the\n" +
		"counter stood no lower than before, so that no reset shows.\n\n")
	t.head(&b, "not in the samples")
	for _, l := range t.lines {
		cells := []string{l.row.Name, l.row.Target, points(l.bound())}
		for _, v := range l.results() {
			cells = append(cells, points(l.off(v)))
		}
		report.Row(&b, cells...)
	}
	t.worst(&b)
	b.WriteString("\n")
	t.verdicts(&b)
	return b.String()
}

func (t *table) head(b *strings.Builder, third string) {
	cells := append([]string{"row", "target", third}, t.names()...)
	report.Row(b, cells...)
	report.Row(b, slices.Repeat([]string{"---:"}, len(cells))...)
}

// worst writes the largest difference of each column, and where it is.
func (t *table) worst(b *strings.Builder) {
	cells := []string{"**worst**", "", ""}
	for i := range t.names() {
		var worst float64
		var where string
		for _, l := range t.lines {
			if d := l.off(l.results()[i]); math.Abs(d) > math.Abs(worst) || where == "" {
				worst, where = d, l.row.Name
			}
		}
		cells = append(cells, points(worst)+" ("+where+")")
	}
	report.Row(b, cells...)
}

// verdicts says of each row what it is and whether the goal is reached.
func (t *table) verdicts(b *strings.Builder) {
	reached := 0
	for _, l := range t.lines {
		d, bound := math.Abs(l.off(l.hindcast())), l.bound()
		verdict := "reached"
		switch {
		case d <= goal:
			reached++
		case math.Abs(d-bound) <= goal:
			verdict = fmt.Sprintf("MISSED by the %s points that are not in the samples, and by no more than %g beside them", points(bound), goal)
		default:
			verdict = "MISSED"
		}
		fmt.Fprintf(b, "- %s, %s: %s of %s events bad; coverage %.4f, %s. %s\n",
			l.row.Name, l.row.What, count(l.truth.Bad), count(l.truth.Total), l.budget.Coverage, l.budget.State, verdict)
	}
	fmt.Fprintf(b, "\nHindcast within %g points of the truth: %d of %d rows.\n", goal, reached, len(t.lines))
}

// percent writes a budget.
func percent(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%+.2f", v)
}

// points writes a difference.
func points(v float64) string {
	switch {
	case math.IsInf(v, 0):
		return "no figure"
	case math.Abs(v) < 0.0005:
		return "0"
	default:
		return fmt.Sprintf("%+.3f", v)
	}
}

// count writes a number of events.
func count(v float64) string { return fmt.Sprintf("%.0f", v) }
