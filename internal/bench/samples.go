package main

import (
	"strconv"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/slo"
)

// scrapeStep is the scrape interval, in milliseconds.
const scrapeStep = 30_000

// counters are the cumulative values of one service: two pods, answers with and
// without a server error. The events of a minute are shared out among pods and
// scrapes, so that the sums over minutes are those of the ledger.
type counters struct{ values [4]float64 }

// labelsOf returns the series of a service, in the order of the values.
func labelsOf(n int) (all [4]labels.Labels) {
	for i := range all {
		code := "200"
		if i%2 == 1 {
			code = "500"
		}
		all[i] = labels.FromStrings(labels.MetricName, metric, "service", name(n), "code", code, "pod", strconv.Itoa(i/2))
	}
	return all
}

// scrape advances the counters by half of a minute: the first (0) or the second.
func (c *counters) scrape(s slo.Slot, half int) {
	for i, n := range []float64{s.Good, s.Total - s.Good} {
		first := float64(int(n) / 2)
		if half == 1 {
			first = n - first
		}
		pod := float64(int(first) / 2)
		c.values[i] += pod
		c.values[2+i] += first - pod
	}
}
