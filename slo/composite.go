package slo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Composite says what an objective is made of: other objectives, minute by
// minute. Nothing is measured for it and nothing kept: its slots are computed
// from theirs when they are read.
//
//	sli(i)    = good / total of component i in the minute
//	WEIGHTED  sli = Σ w·sli(i) / Σ w
//	WORST_OF  sli = min sli(i)
//	ADDITIVE  sli = max(0, 1 − Σ w·(1 − sli(i)))
//	slot      good = 60 · sli, total = 60        seconds
//
// so that every minute weighs the same, however many events it had, and a budget
// is counted in seconds. Sums are over the components that take part in the
// minute:
//   - one that was measured and had no events takes no part: nobody asked it;
//   - one whose own exclusions cover the minute takes no part;
//   - one without figures follows its rule, see WhenDelayed;
//   - before the first minute that it ever had, only HOLD has a say: the
//     composite has no figures then either. Others did not exist yet. A
//     composite begins with the last component that it holds for, or with the
//     first one if it holds for none;
//   - if none takes part, the minute is measured without events, or a gap if
//     nobody knows anything about it.
//
// A component's target, window and budgeting method play no part. A slot is
// estimated if one of its parts is. See docs/decisions/0030-composites.md for
// what other products do.
type Composite struct {
	Method     CompositeMethod
	Components []CompositeComponent // at least one
	// MaxDelay is how long a minute of a component that is not HOLD is waited
	// for before its rule applies; 0 means DefaultMaxDelay.
	MaxDelay time.Duration
}

// DefaultMaxDelay is longer than sources settle apart from one another: a
// minute that is merely late is not counted as bad.
const DefaultMaxDelay = 10 * time.Minute

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
	// Of and Part are the SLO and the objective that the names mean.
	Of   *SLO
	Part *Objective
}

// WhenDelayed says what a minute of a component that has no figures is to the
// composite.
type WhenDelayed string

// The rules for missing minutes.
const (
	Hold        WhenDelayed = "HOLD"          // the composite has no figures either
	Ignore      WhenDelayed = "IGNORE"        // the others decide
	CountAsGood WhenDelayed = "COUNT_AS_GOOD" // an SLI of 1, estimated
	CountAsBad  WhenDelayed = "COUNT_AS_BAD"  // an SLI of 0, estimated
)

// Indicator returns the indicator of an objective that is made like this, when
// the parts of all components are known. Its key is what it is made of, so that
// renaming a component changes nothing.
func (c *Composite) Indicator() Indicator {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s", c.Method, c.MaxDelay)
	for _, part := range c.Components {
		fmt.Fprintf(&text, "\n%s %g %q", part.WhenDelayed, part.Weight, part.Part.Indicator.Key())
	}
	sum := sha256.Sum256([]byte(text.String()))
	return compositeIndicator{c, IndicatorKey("composite:" + hex.EncodeToString(sum[:]))}
}

// compositeIndicator is an indicator that no source measures.
type compositeIndicator struct {
	*Composite
	key IndicatorKey
}

// Key implements Indicator.
func (i compositeIndicator) Key() IndicatorKey { return i.key }

// SourceName implements Indicator: it has none of its own.
func (compositeIndicator) SourceName() string { return "composite" }

// GroupBy implements Indicator: components count as wholes.
func (compositeIndicator) GroupBy() []string { return nil }

// Unit implements Indicator.
func (compositeIndicator) Unit() Unit { return Seconds }

// Queries implements Indicator: one for each component.
func (i compositeIndicator) Queries() []Query {
	queries := make([]Query, len(i.Components))
	for n, c := range i.Components {
		queries[n] = Query{
			Role: "component", Text: c.Of.Name + " · " + c.Part.Name,
			Note: fmt.Sprintf("weight %s, minutes without figures: %s", strconv.FormatFloat(c.Weight, 'g', -1, 64), c.WhenDelayed),
		}
	}
	return queries
}

// Measured lists the objectives that sources measure and that o is made of: o
// itself, or what its components are made of, however deep.
func (o *Objective) Measured() []*Objective {
	if o.Composite == nil {
		return []*Objective{o}
	}
	var all []*Objective
	for _, c := range o.Composite.Components {
		all = append(all, c.Part.Measured()...)
	}
	return all
}

// Indicators lists what sources have to measure for the SLOs, each once.
func Indicators(slos []*SLO) []Indicator {
	var all []Indicator
	seen := make(map[IndicatorKey]bool)
	for _, s := range slos {
		for i := range s.Objectives {
			for _, o := range s.Objectives[i].Measured() {
				if key := o.Indicator.Key(); !seen[key] {
					seen[key] = true
					all = append(all, o.Indicator)
				}
			}
		}
	}
	return all
}
