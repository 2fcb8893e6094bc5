package main

import (
	"fmt"
	"time"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// noon is the instant as of which everything is asked: half a day is in the
// journal, everything before it is sealed.
var noon = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

var (
	lastMinute = slo.MinuteOf(noon)
	today      = lastMinute.Day()
	todayStart = slo.Minute(today) * slo.MinutesPerDay
)

// metric is the counter that every service exposes.
const metric = "http_requests_total"

// name returns the name of objective n.
func name(n int) string { return fmt.Sprintf("svc-%05d", n) }

// objectives returns n objectives of 99.9 % over a window of days, each on the
// counters of its own service.
func objectives(n, days int) ([]*slo.SLO, error) {
	window, err := slo.Rolling(time.Duration(days) * 24 * time.Hour)
	if err != nil {
		return nil, err
	}
	target, err := slo.ParseTarget("0.999")
	if err != nil {
		return nil, err
	}
	all := make([]*slo.SLO, n)
	for i := range all {
		ind, err := indicator(i)
		if err != nil {
			return nil, err
		}
		all[i] = &slo.SLO{Name: name(i), Service: name(i), Window: window, Objectives: []slo.Objective{{Name: name(i), Target: target, Indicator: ind}}}
	}
	return all, nil
}

// indicator returns the ratio of answers that are no server errors.
func indicator(n int) (slo.Indicator, error) {
	query := func(text string) *slo.Metric {
		return &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": text}}
	}
	ind, problems := prometheus.Builder{}.Build(slo.Definition{
		Name: name(n), Counter: true,
		Bad:   query(fmt.Sprintf(`%s{service=%q,code=~"5.."}`, metric, name(n))),
		Total: query(fmt.Sprintf(`%s{service=%q}`, metric, name(n))),
	})
	if len(problems) > 0 {
		return nil, fmt.Errorf("indicator %d: %v", n, problems)
	}
	return ind, nil
}
