package slo

import (
	"context"
	"encoding/json"
	"time"
)

// IndicatorKey identifies what an indicator measures, never what it is called:
// two specifications with the same queries on the same source share a key and
// so share their slots, and a changed query is another indicator with a history
// of its own.
type IndicatorKey string

// Unit is what an indicator counts.
type Unit uint8

// The units of an indicator.
const (
	Events  Unit = iota // good and total are numbers of events
	Seconds             // good and total are seconds in which something held
)

// String returns the unit in the plural, lower case.
func (u Unit) String() string {
	if u == Seconds {
		return "seconds"
	}
	return "events"
}

// Indicator is a service level indicator that was parsed and is valid: its
// queries cannot be malformed any more. Implementations live beside the Source
// that measures them.
type Indicator interface {
	// Key identifies what is measured.
	Key() IndicatorKey
	// SourceName names the data source, "" for the default one.
	SourceName() string
	// GroupBy lists the labels of a grouped indicator, nil if it is not grouped.
	GroupBy() []string
	// Unit says what is counted.
	Unit() Unit
	// Queries lists what is asked of the source, for people to read and repeat.
	Queries() []Query
}

// Query is one question that an indicator asks of its source.
type Query struct {
	Role string // "good", "bad", "total", "threshold", "raw"
	Text string // as the source understands it
	Note string // how it is used: folded from raw samples, evaluated by the server, …
}

// Group is the label set of one member of a grouped indicator in canonical form
// (a JSON object with sorted keys); "" is the whole.
type Group string

// GroupOf returns the canonical form of labels, "" for an empty map.
func GroupOf(labels map[string]string) Group {
	if len(labels) == 0 {
		return ""
	}
	text, err := json.Marshal(labels)
	if err != nil { // a map of strings always has a JSON form
		panic(err)
	}
	return Group(text)
}

// Labels returns the label set, nil for the whole.
func (g Group) Labels() map[string]string {
	if g == "" {
		return nil
	}
	var labels map[string]string
	if err := json.Unmarshal([]byte(g), &labels); err != nil {
		return map[string]string{"": string(g)}
	}
	return labels
}

// StreamKey names one stream of slots: one indicator, on the source that the
// indicator names, for one group.
type StreamKey struct {
	Indicator IndicatorKey
	Group     Group
}

// Source measures indicators. It is implemented over any Prometheus-compatible
// API and over the embedded TSDB (slo/prometheus) and Elasticsearch.
type Source interface {
	// Measure returns the slots of ind in span. It is a function of the data
	// that the source holds: asked again, it returns the same slots unless
	// samples arrived in between. It never invents: a minute that the source
	// did not observe is a Gap. Errors are fault.Unavailable (ask later) or
	// fault.Invalid (the source refuses the query).
	Measure(ctx context.Context, ind Indicator, span Span) (Measurement, error)
	// Reach returns the interval for which the source has any data for ind,
	// as far as it can tell, for backfill; zero times if it has none.
	Reach(ctx context.Context, ind Indicator) (oldest, newest time.Time, err error)
}

// Measurement is the answer of a Source.
type Measurement struct {
	Span    Span
	Streams []StreamSlots // the whole (Group "") and each group seen
	// Reopen, if it is before Span.From, is the first minute whose slots can
	// be told better with what is known now: a series came back after a pause
	// and its increase belongs to the minutes of the pause. The caller measures
	// again from there.
	Reopen   Minute
	Warnings []string // what a sceptic should know, fit for a user to read
	Samples  int64    // raw samples read, for throughput
}

// StreamSlots is one stream's slots, one for each minute of the measurement's
// span, in order.
type StreamSlots struct {
	Group Group
	Slots []Slot
}
