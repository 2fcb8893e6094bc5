package slo

import "time"

// State is the verdict on a budget.
type State string

// The states of a budget, in the order in which they are decided: a stale or
// incomplete measurement is never called healthy or breached.
const (
	NoData    State = "NO_DATA"    // coverage is below the floor; figures are partial
	Stale     State = "STALE"      // the newest slot is older than the source may be late
	NoTraffic State = "NO_TRAFFIC" // fully measured, and nothing happened: no SLI exists
	Breached  State = "BREACHED"   // spent more than allowed
	AtRisk    State = "AT_RISK"    // a burn-rate window pair is above its factor, or little budget is left
	Healthy   State = "HEALTHY"    // none of these
)

// Excluded is what exclusions left out of a budget. Good and Total are absent
// where nothing of it was measured; they are events, whatever the budget counts.
type Excluded struct {
	Minutes     int
	Good, Total *float64
}

// Budget is the error budget of one objective over one window. Absent figures
// are nil: without traffic there is no SLI and no budget, without data nothing.
//
//	allowed   = (1 − target) · total
//	spent     = total − good
//	remaining = 1 − spent / allowed        signed, never clamped
//	burnRate  = (spent / total) / (1 − target)
type Budget struct {
	From, To  time.Time // the window (From, To]
	Target    Target
	Good      *float64
	Total     *float64
	SLI       *float64
	Allowed   *float64
	Spent     *float64
	Remaining *float64
	BurnRate  *float64
	Coverage  float64 // measured and estimated minutes / minutes of the window
	State     State
	// Excluded is what the exclusions left out.
	Excluded Excluded
	// ExhaustsAt is when the budget will be spent if the burn of the recent
	// past goes on; nil if it will not be, or nobody can tell.
	ExhaustsAt *time.Time
	AsOf       time.Time // end of the newest slot that the figures include
	Warnings   []string
}
