package model

import "github.com/hindcast/hindcast/slo"

// CompositeComponent is a part of a composite over the window of the whole.
type CompositeComponent struct {
	Of        *slo.SLO // the composite
	Slo       *slo.SLO // nil while there is none of that name
	SloName   string
	Objective string
	Weight    float64
	Share     float64
	Delayed   slo.WhenDelayed
}

// Composite is what an objective is made of.
type Composite struct {
	Method     slo.CompositeMethod
	Components []CompositeComponent
}
