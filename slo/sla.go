package slo

import "time"

// SLA is a service level agreement: what is promised to customers about
// streams that SLOs measure, with a target, a calendar window and terms of its
// own. The same slots stand behind both.
type SLA struct {
	Name        string
	DisplayName string
	Description string
	Service     string // "" where it is about several
	Labels      map[string][]string
	Annotations map[string]string
	Streams     []Promise // at least one
	Combination Combination
	Target      Target
	Window      Window // calendar
	Terms       Terms
	Customers   []Customer // at least one
	Credits     []Credit   // the highest Below first
	Origin      Origin     // zero for what was made in the page
}

// Title returns the display name, or the name where there is none.
func (a SLA) Title() string {
	if a.DisplayName != "" {
		return a.DisplayName
	}
	return a.Name
}

// Promise names an objective of an SLO whose indicator is promised; the target
// is the agreement's.
type Promise struct {
	SLO       string
	Objective string // "" for the first
}

// Combination says how several streams make one figure.
type Combination string

// The combinations.
const (
	// Worst takes the stream with the lowest SLI: every stream is promised.
	Worst Combination = "WORST"
	// Total adds good and total of all streams: the sum is promised.
	Total Combination = "TOTAL"
)

// Customer is a party of an agreement.
type Customer struct {
	Name        string
	DisplayName string
	// Fee is what the customer pays for a window, an exact decimal such as
	// "1200.00", "" where credits are shown in percent only.
	Fee      string
	Currency string // ISO 4217, e.g. "EUR"
}

// Title returns the display name, or the name where there is none.
func (c Customer) Title() string {
	if c.DisplayName != "" {
		return c.DisplayName
	}
	return c.Name
}

// Credit is a band: what is due while less than Below was achieved, and no
// lower band applies.
type Credit struct {
	Below   Target
	Percent string // of the fee, an exact decimal such as "10"
}

// SLAFigures are the figures of an agreement in one period.
type SLAFigures struct {
	SLA      *SLA
	Period   string // "2026-10", "2026-Q4", …
	From, To time.Time
	Budget   Budget          // of all streams, combined
	Streams  []StreamFigures // in the order of SLA.Streams
	// Credit is the band that applies, nil if none does or if nobody can tell.
	Credit *Credit
	// Settled says that nothing of the period is still to come.
	Settled bool
}

// StreamFigures are those of one stream of an agreement.
type StreamFigures struct {
	Promise    Promise
	Budget     Budget
	Exclusions []Occurrence // that counted
}
