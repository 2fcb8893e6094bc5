package slotest

import "github.com/hindcast/hindcast/slo"

// Indicator is an indicator of events that is nothing but its key.
type Indicator string

var _ slo.Indicator = Indicator("")

// Key returns the indicator itself.
func (i Indicator) Key() slo.IndicatorKey { return slo.IndicatorKey(i) }

// SourceName returns "script".
func (Indicator) SourceName() string { return "script" }

// GroupBy returns no labels: groups come from what was written.
func (Indicator) GroupBy() []string { return nil }

// Unit returns slo.Events.
func (Indicator) Unit() slo.Unit { return slo.Events }

// Queries returns one query that says where the figures come from.
func (i Indicator) Queries() []slo.Query {
	return []slo.Query{{Role: "total", Text: string(i), Note: "written by a test"}}
}
