package slo

import (
	"time"
)

// Exclusion is time that does not count: slots that lie in one of its
// occurrences are left out of good, total and coverage of the SLOs in its
// scope. The slots stay in the ledger, so that adding, changing and removing an
// exclusion reaches every figure at once, of the past and of the future.
type Exclusion struct {
	Name   string // unique, a DNS label
	Title  string
	Reason string
	Kind   ExclusionKind
	Scope  Scope
	// Start and Length are those of the first occurrence: (Start, Start+Length].
	Start  time.Time
	Length time.Duration
	// Recurrence repeats it; zero for once.
	Recurrence Recurrence
	Author     string
	CreatedAt  time.Time // zero where nobody knows: a file that does not say
	Approval   Approval
	Origin     Origin // zero for what was made in the page
}

// InForce reports whether the exclusion counts.
func (x Exclusion) InForce() bool {
	return x.Approval.State == ApprovalNotNeeded || x.Approval.State == Approved
}

// Retroactive reports whether it excludes time that had begun when it was
// made. Whoever knows the figures can then choose what to leave out, so that it
// needs a second person.
func (x Exclusion) Retroactive() bool { return x.Start.Before(x.CreatedAt) }

// ExclusionKind says what an exclusion is for.
type ExclusionKind string

// The kinds of exclusions.
const (
	MaintenanceExclusion ExclusionKind = "MAINTENANCE" // announced work
	DependencyExclusion  ExclusionKind = "DEPENDENCY"  // a failure that the contract puts on somebody else
	MeasurementExclusion ExclusionKind = "MEASUREMENT" // the measurement was wrong, not the service
	OtherExclusion       ExclusionKind = "OTHER"
)

// ExclusionKinds lists the kinds.
var ExclusionKinds = []ExclusionKind{MaintenanceExclusion, DependencyExclusion, MeasurementExclusion, OtherExclusion}

// ApprovalState is what a second person said.
type ApprovalState string

// The states of an approval.
const (
	ApprovalNotNeeded ApprovalState = "NOT_NEEDED" // it was announced before it began, or it is in a reviewed file
	ApprovalPending   ApprovalState = "PENDING"
	Approved          ApprovalState = "APPROVED"
	Rejected          ApprovalState = "REJECTED"
)

// Approval is the decision about a retroactive exclusion.
type Approval struct {
	State ApprovalState
	By    string
	At    time.Time
	Note  string
}

// Occurrence is one time of an exclusion, whole minutes of it.
type Occurrence struct {
	Exclusion *Exclusion
	Span      Span
}

// Excluder knows what is excluded. Exclusions implements it.
type Excluder interface {
	// Occurrences returns what excludes slots of span from s under the terms, by
	// start and then by name. They may overlap; parts outside of span are cut.
	Occurrences(s *SLO, span Span, terms Terms) []Occurrence
	// Mask returns the same slots as runs that are sorted, disjoint and not
	// adjacent.
	Mask(s *SLO, span Span, terms Terms) []Span
}

// Terms say which exclusions count, so that a contract can allow less than a
// team allows itself. They are comparable; the zero Terms allow all that are in
// force.
type Terms struct {
	// Ignore leaves every exclusion out of account: what was measured.
	Ignore bool
	// Kinds are those that count, joined by commas in the order of
	// ExclusionKinds; "" for all.
	Kinds string
	// Notice is how long before its start an occurrence must have been made known.
	Notice time.Duration
	// Most is how much time may be excluded in each period of the calendar window
	// Per, the earliest minutes first; 0 for no limit.
	Most time.Duration
	Per  Window
}
