package main

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/histogram"

	"github.com/hindcast/hindcast/internal/bench/peer"
)

// row is one line of the table: what happened, its truth, and the samples that
// tell of it.
type row struct {
	Name   string
	What   string
	Target string // exact decimal
	From   time.Time
	To     time.Time // the budget is asked for here
	Zone   string    // of a calendar month; empty: a rolling window of 30 days
	// NoRules is when the ruler was down, in seconds since From: rules were not
	// evaluated, scrapes went on.
	NoRules [2]int64

	bad, total peer.Metric
	latency    time.Duration
	truth      func() figures
	samples    iter.Seq[sample]
}

// figures are the true counts of a row.
type figures struct {
	Total, Bad             float64
	UnseenTotal, UnseenBad float64 // of them, those that the samples do not tell of
}

// sample is one sample of a series, a float or a histogram.
type sample struct {
	series *series
	ms     int64
	v      float64
	h      *histogram.Histogram
}

// series is a label set; its writer keeps its own reference in it.
type series struct {
	pairs []string
	ref   int // 0: not known to the writer yet
}

func (r row) service() string { return strings.ToLower(r.Name) }

// target is the objective as a number.
func (r row) target() float64 {
	var t float64
	_, _ = fmt.Sscan(r.Target, &t)
	return t
}

// objective is the row as its peers are given it. They know rolling windows of
// 30 days only.
func (r row) objective() peer.Objective {
	return peer.Objective{
		Name: r.service(), Service: r.service(), Target: r.target(), Window: month * time.Second,
		Bad: r.bad, Total: r.total, Latency: r.latency,
	}
}

// spec is the OpenSLO document of the row.
func (r row) spec() string {
	o := r.objective()
	window := "duration: 30d\n      isRolling: true"
	if r.Zone != "" {
		window = "duration: 1M\n      calendar: {startTime: 2026-01-01 00:00:00, timeZone: " + r.Zone + "}"
	}
	role, query, more := "bad", "sum("+o.Selector(r.bad)+")", ""
	if r.latency > 0 {
		role, query, more = "good", "sum("+o.Selector(r.total)+")", "\n              latency: "+r.latency.String()
	}
	return fmt.Sprintf(`apiVersion: openslo/v1
kind: SLO
metadata:
  name: %s
spec:
  service: %[1]s
  indicator:
    metadata:
      name: %[1]s
    spec:
      ratioMetric:
        counter: true
        %[2]s:
          metricSource:
            type: Prometheus
            spec:
              query: %[3]s%[4]s
        total:
          metricSource:
            type: Prometheus
            spec:
              query: %[5]s
  timeWindow:
    - %[6]s
  budgetingMethod: Occurrences
  objectives:
    - target: %[7]s
`, r.service(), role, query, more, "sum("+o.Selector(r.total)+")", window, r.Target)
}
