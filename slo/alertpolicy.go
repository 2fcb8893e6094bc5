package slo

import (
	"fmt"
	"strconv"
	"time"
)

// AlertPolicy says when somebody is told about an objective, as OpenSLO writes
// it.
type AlertPolicy struct {
	Name        string
	DisplayName string
	Description string
	Labels      map[string][]string
	Annotations map[string]string
	// WhenNoData tells of a budget that nobody can judge; WhenBreaching of a
	// condition that holds; WhenResolved of its end.
	WhenNoData, WhenBreaching, WhenResolved bool
	Condition                               AlertCondition
	Targets                                 []NotificationTarget
	Origin                                  Origin
}

// AlertCondition is a condition on the burn rate. It holds while the burn rate
// over Lookback, and over Short if it is set, compares to Threshold as Op says,
// and fires after it held for After.
type AlertCondition struct {
	Name     string
	Severity string // as written: page, ticket, critical, …
	Op       Op
	// Threshold is a burn rate: 1 spends exactly the budget of the window.
	Threshold float64
	Lookback  time.Duration
	Short     time.Duration // 0: Lookback alone
	After     time.Duration
	// MinEvents is how many events Lookback must hold; with fewer, the condition
	// does not hold.
	MinEvents float64
}

// NotificationTarget is whom a policy tells.
type NotificationTarget struct {
	Name        string
	DisplayName string
	Description string
	Target      string // what it is: the name of a target in hindcast.yaml
	Annotations map[string]string
}

// Text returns the condition in words.
func (c AlertCondition) Text() string {
	text := fmt.Sprintf("burn rate %s %s over %s", comparisons[c.Op], strconv.FormatFloat(c.Threshold, 'f', -1, 64), shorthandOf(c.Lookback))
	if c.Short > 0 {
		text += " and over " + shorthandOf(c.Short)
	}
	if c.After > 0 {
		text += ", for " + shorthandOf(c.After)
	}
	if c.MinEvents > 0 {
		text += fmt.Sprintf(", with at least %s events", strconv.FormatFloat(c.MinEvents, 'f', -1, 64))
	}
	return text
}

var comparisons = map[Op]string{LessOrEqual: "at most", Less: "below", GreaterOrEqual: "at least", Greater: "above"}

// shorthandOf writes whole minutes, in hours where they are whole hours.
func shorthandOf(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}
