package slo

// Definition is an indicator as a specification writes it, before the kind of
// source that it names has read its queries. Exactly one form is filled:
//
//	Total with Good or Bad   a ratio of events
//	Raw                      a ratio that the source computed already
//	Threshold                a comparison that holds or not, with Op and Value
type Definition struct {
	Name    string
	Counter bool
	// Half says that this is one source's half of a ratio of two: Good and Total
	// may be the same query, which would mean nothing otherwise.
	Half bool

	Good, Bad, Total *Metric

	Raw        *Metric
	RawFailure bool // Raw is the bad fraction, not the good one

	Threshold *Metric
	Op        Op
	Value     float64
}

// Metric is one metricSource of a specification.
type Metric struct {
	SourceName string         // metricSourceRef, "" for the default source
	Type       string         // "Prometheus", "Elasticsearch"
	Spec       map[string]any // JSON-like: strings, float64, bool, []any, map[string]any
}

// Op is a comparison of a threshold indicator.
type Op string

// The comparisons of OpenSLO.
const (
	LessOrEqual    Op = "lte"
	Less           Op = "lt"
	GreaterOrEqual Op = "gte"
	Greater        Op = "gt"
)

// Holds reports whether "v op limit" is true; NaN never holds.
func (o Op) Holds(v, limit float64) bool {
	switch o {
	case LessOrEqual:
		return v <= limit
	case Less:
		return v < limit
	case GreaterOrEqual:
		return v >= limit
	case Greater:
		return v > limit
	default:
		return false
	}
}

// Builder turns definitions into indicators of one kind of source.
type Builder interface {
	// Build returns the indicator, or every problem found in the definition.
	Build(def Definition) (Indicator, []FieldProblem)
}

// FieldProblem is an error in one field of a definition. Path leads from the
// SLI's spec to the field, e.g. ["ratioMetric","good","metricSource","spec",
// "query"]; Text is fit for a user and names the value and the remedy.
type FieldProblem struct {
	Path []string
	Text string
}
