package slo

// Composite is an objective that is made of others.
type Composite struct {
	Method     CompositeMethod
	Components []CompositeComponent // at least two
}

// CompositeMethod says how the SLIs of a minute make one.
type CompositeMethod string

// The methods of composites.
const (
	// Weighted is the mean of the components' SLIs by weight.
	Weighted CompositeMethod = "WEIGHTED"
	// WorstOf is the lowest SLI.
	WorstOf CompositeMethod = "WORST_OF"
	// Additive is OpenSLO's: what is missing of each component, times its
	// weight, is missing of the composite; never less than 0.
	Additive CompositeMethod = "ADDITIVE"
)

// CompositeComponent is a part of a composite.
type CompositeComponent struct {
	SLO         string
	Objective   string // "" for the first
	Weight      float64
	WhenDelayed WhenDelayed
}

// WhenDelayed says what a minute of a component that has no figures is to the
// composite.
type WhenDelayed string

// The rules for missing minutes.
const (
	Hold        WhenDelayed = "HOLD"          // the composite has no figures either
	Ignore      WhenDelayed = "IGNORE"        // the others decide
	CountAsGood WhenDelayed = "COUNT_AS_GOOD" // estimated
	CountAsBad  WhenDelayed = "COUNT_AS_BAD"  // estimated
)
