package slo

import (
	"time"
)

// Evaluator turns what a Meter measured into budgets, burn rates, series and
// explanations. It is a function of its inputs: the clock and the meter are
// given, nothing is cached that a rewrite of the ledger could make wrong.
type Evaluator struct {
	Meter Meter
	Now   func() time.Time
	// Exclusions are left out of every figure; nil for none.
	Exclusions Excluder
	// Annotations explain statements; nil for none.
	Annotations Annotator
	// Floor is the coverage below which a budget's state is NO_DATA; 0 means
	// DefaultFloor.
	Floor float64
	// Patience is how far the newest settled slot may lie behind the clock
	// before a budget as of now is STALE; 0 means DefaultPatience.
	Patience time.Duration
	// Silence is how far the newest measured slot may lie behind the clock
	// before a budget as of now is STALE although the source answers; 0 means
	// DefaultSilence.
	Silence time.Duration
}

// DefaultFloor is the coverage floor of the design: OpenObserve freezes at the
// same value; below it a single bad hour can be hidden in what was not seen.
const DefaultFloor = 0.9

// DefaultPatience is five collection cycles: one or two may fail without any
// meaning, five in a row are worth a word.
const DefaultPatience = 5 * time.Minute

// DefaultSilence is three scrapes at the longest interval that Prometheus'
// lookback of five minutes makes sense with. A service that fell silent is not
// healthy, even while its window is still covered well enough.
const DefaultSilence = 15 * time.Minute

// Question says which figure is wanted. The zero Question asks for the
// objective's own window, the whole, as of now.
type Question struct {
	Window Window    // zero: the SLO's own
	AsOf   time.Time // zero: now
	Group  Group     // "": the whole
	Terms  Terms     // zero: every exclusion in force counts
}

// BurnRate is one multi-window pair of the SRE workbook for one objective,
// scaled to its window.
type BurnRate struct {
	Severity       string // "page" or "ticket"
	LongWindow     time.Duration
	ShortWindow    time.Duration
	Factor         float64 // fires when both rates reach it
	BudgetFraction float64 // share of the budget spent in LongWindow at Factor
	Long, Short    *float64
	LongCoverage   float64
	ShortCoverage  float64
	Firing         bool
}

// SeriesKind is what a series shows.
type SeriesKind string

// The kinds of series, with their columns.
const (
	BurnDown       SeriesKind = "BURN_DOWN" // remaining, ideal
	SLISeries      SeriesKind = "SLI"       // sli, target
	BurnRateSeries SeriesKind = "BURN_RATE" // burn rate over each point's step
	Volume         SeriesKind = "VOLUME"    // good, bad
)

// SeriesQuestion says which points are wanted. Zero times mean the window of
// the Question; MaxPoints 0 means 300.
type SeriesQuestion struct {
	Question
	Kind      SeriesKind
	From, To  time.Time
	MaxPoints int
}

// Series is a row of points for a plot.
type Series struct {
	Kind     SeriesKind
	From, To time.Time
	Step     time.Duration
	Columns  []string
	Points   []Point
}

// Point is one point of a series: nil values are unknown, never 0.
type Point struct {
	At        time.Time // end of the step that the point stands for
	Values    []*float64
	Coverage  float64
	Estimated bool // at least one slot behind the point is estimated
}

// Explanation is what stands behind a budget.
type Explanation struct {
	At, From, To                           time.Time
	Formula                                string // the arithmetic with the actual figures
	Queries                                []Query
	Source                                 string
	Minutes, Measured, Estimated, GapCount int
	Gaps                                   []Interval // longest first, at most MaxGaps
	Revisions                              []Revision // newest first, at most MaxRevisions
	WorstDays                              []DaySpend // worst first, at most MaxWorstDays
	FirstMeasured, LastMeasured, Settled   *time.Time
	Warnings                               []string
}

// Limits of an Explanation: enough for a sceptic, bounded for a server.
const (
	MaxGaps      = 50
	MaxRevisions = 50
	MaxWorstDays = 10
)

// Interval is the time (From, To].
type Interval struct{ From, To time.Time }

// DaySpend is what one UTC day took from the budget.
type DaySpend struct {
	Day                string // YYYY-MM-DD
	Good, Total, Spent float64
	Share              *float64 // of the window's allowed budget
}

// GroupBudget is the budget of one member of a grouped SLO.
type GroupBudget struct {
	Group  Group
	Budget Budget
}

// steady returns e with the exclusions as they are at this moment: a change that
// comes while an answer is made reaches the next answer, not half of this one.
func (e Evaluator) steady() Evaluator {
	if x, ok := e.Exclusions.(*Exclusions); ok {
		e.Exclusions = nil // without any, nothing is asked for each sum
		if set := x.current(); len(set.all) > 0 {
			e.Exclusions = set
		}
	}
	return e
}
