package prometheus

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/hindcast/hindcast/slo"
)

// Form is the way in which an indicator gets its figures out of samples.
type Form uint8

// The forms of an indicator.
const (
	Ratio     Form = iota // counters: Total with Good or Bad
	Latency               // a histogram in Total: observations up to Indicator.Latency of all
	Threshold             // a gauge in Value, compared with Indicator.Limit by Indicator.Op
	RawRatio              // a gauge in Value that is a ratio already
)

// FirstSample says what the first sample of a new series counts.
type FirstSample uint8

// The policies for first samples.
const (
	Auto   FirstSample = iota // from zero where the absence of the series before was observed
	Zero                      // always from zero
	Ignore                    // never: only differences to an earlier sample count
)

// String returns the policy as a specification spells it.
func (f FirstSample) String() string {
	switch f {
	case Zero:
		return "zero"
	case Ignore:
		return "ignore"
	default:
		return "auto"
	}
}

// Indicator is an indicator on Prometheus data whose queries were parsed and
// understood. A Builder makes it; it is not changed afterwards and is safe for
// concurrent use.
type Indicator struct {
	Form Form
	// Good, Bad and Total are filled for a Ratio: Total, and either Good or
	// Bad. Latency fills Total alone, Threshold and RawRatio fill Value alone.
	Good, Bad, Total, Value Expr
	By                      []string // sorted labels of a grouped indicator
	First                   FirstSample
	Latency                 float64 // seconds; Latency only
	Op                      slo.Op  // Threshold only
	Limit                   float64 // Threshold only
	Failure                 bool    // RawRatio only: Value is the bad fraction
	Tenant                  string  // whose series are read; "": as the source is set up

	source string
	key    slo.IndicatorKey
}

var _ slo.Indicator = (*Indicator)(nil)

// Expr is a linear combination of selectors, or an expression that only the
// server can evaluate.
type Expr struct {
	Terms  []Term
	Server parser.Expr // non-nil: evaluate on the server, Terms is empty
}

// IsZero reports whether there is no expression.
func (e Expr) IsZero() bool { return e.Server == nil && len(e.Terms) == 0 }

// Term is one selector of a linear combination.
type Term struct {
	Matchers []*labels.Matcher // the metric name is among them
	Sign     float64           // +1 or −1
}

// Key identifies what is measured.
func (in *Indicator) Key() slo.IndicatorKey { return in.key }

// SourceName names the data source, "" for the default one.
func (in *Indicator) SourceName() string { return in.source }

// GroupBy lists the labels of a grouped indicator, nil if it is not grouped.
func (in *Indicator) GroupBy() []string { return slices.Clone(in.By) }

// Unit says what is counted: seconds for gauges, events for counters.
func (in *Indicator) Unit() slo.Unit {
	if in.Form == Threshold || in.Form == RawRatio {
		return slo.Seconds
	}
	return slo.Events
}
