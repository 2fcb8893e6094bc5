package slo

import "time"

// SLO is a service level objective as a specification defines it: what is
// measured for which service, over which window, and how good it has to be.
type SLO struct {
	Name        string
	DisplayName string
	Description string
	Service     string
	Labels      map[string][]string
	Annotations map[string]string
	Method      Budgeting
	Window      Window
	Objectives  []Objective // at least one
	// AlertPolicies say when somebody is told about it.
	AlertPolicies []AlertPolicy
	Origin        Origin
}

// Title returns the display name, or the name where there is none.
func (s SLO) Title() string {
	if s.DisplayName != "" {
		return s.DisplayName
	}
	return s.Name
}

// Objective is one target on one indicator.
type Objective struct {
	// Name tells the objectives of an SLO apart: the display name of the
	// specification, else "objective-1", "objective-2", …
	Name      string
	Target    Target
	Indicator Indicator
	// SliceTarget is the SLI that a slice must reach to be good; used by
	// Timeslices only.
	SliceTarget Target
	// SliceLength is the length of a slice, a whole number of minutes; used by
	// Timeslices and RatioTimeslices.
	SliceLength time.Duration
	// Composite says what Indicator is made of, nil for one that a source measures.
	Composite *Composite
}

// Budgeting is how a window's budget is counted.
type Budgeting uint8

// The budgeting methods of OpenSLO.
const (
	// Occurrences counts events: spent = total − good.
	Occurrences Budgeting = iota
	// Timeslices counts slices: a slice is good if its SLI reaches SliceTarget.
	Timeslices
	// RatioTimeslices averages the SLI of the slices, each with equal weight.
	RatioTimeslices
)

// String returns the method as OpenSLO spells it.
func (b Budgeting) String() string {
	switch b {
	case Timeslices:
		return "Timeslices"
	case RatioTimeslices:
		return "RatioTimeslices"
	default:
		return "Occurrences"
	}
}

// Origin says where a definition was written, for people who want to change it.
type Origin struct {
	File string // path below the specification folder
	Line int    // 1-based
}
