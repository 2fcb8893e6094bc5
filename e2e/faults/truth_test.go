//go:build faults

package faults

import (
	"fmt"
	"sync"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// The counters that every workload counts: what happened in each minute is a
// formula, so that the event log needs no file that could be lost as well.
const (
	jobs        = 8
	firstLive   = slo.Minute(20_000*slo.MinutesPerDay + 1300) // the day ends soon
	pastDays    = 2
	firstPast   = firstLive - pastDays*slo.MinutesPerDay
	lastMinute  = firstLive + 4*slo.MinutesPerDay
	newJobEvery = 12 // minutes
)

// events returns what happened in one minute of a job: even, because half of it
// is counted by the sample in the middle of the minute.
func events(job int, m slo.Minute) (bad, total float64) {
	x := int64(m)*7 + int64(job)*13
	total = float64(2 * (10 + x%50))
	if x%5 == 0 {
		bad = 2
	}
	return bad, total
}

// counters are the values of a job's counters at the end of each minute from
// firstPast on.
type counters struct{ bad, total []float64 }

// countersOf returns what the counters of each job say, made once.
var countersOf = sync.OnceValue(func() []counters {
	all := make([]counters, jobs)
	for j := range all {
		var bad, total float64
		for m := firstPast; m <= lastMinute; m++ {
			b, n := events(j, m)
			bad, total = bad+b, total+n
			all[j].bad, all[j].total = append(all[j].bad, bad), append(all[j].total, total)
		}
	}
	return all
})

// at returns the counters at the end of a minute.
func (c counters) at(m slo.Minute) (bad, total float64) {
	return c.bad[m-firstPast], c.total[m-firstPast]
}

// slotOf is what the ledger must say about a minute after firstPast.
func slotOf(job int, m slo.Minute) slo.Slot {
	bad, total := events(job, m)
	return slo.Slot{Good: total - bad, Total: total, State: slo.Measured}
}

// indicatorsOf returns the indicator of each job, made once.
var indicatorsOf = sync.OnceValue(func() []slo.Indicator {
	all := make([]slo.Indicator, jobs)
	for j := range all {
		metric := func(name string) *slo.Metric {
			return &slo.Metric{Type: "Prometheus", Spec: map[string]any{"query": fmt.Sprintf(`%s{job="j%d"}`, name, j)}}
		}
		ind, problems := prometheus.Builder{}.Build(slo.Definition{
			Name: fmt.Sprintf("j%d", j), Counter: true, Bad: metric("errors_total"), Total: metric("requests_total"),
		})
		if len(problems) > 0 {
			panic(fmt.Sprint(problems))
		}
		all[j] = ind
	}
	return all
})

// inForce returns how many jobs have an objective in a minute: a new one now
// and then, whose past has to be read.
func inForce(m slo.Minute) int { return min(jobs, 1+int(m-firstLive)/newJobEvery) }

// late reports whether the last sample of a minute is stored late, as after a slow
// scrape: the minute is counted wholly one cycle later, because
// settled minutes are read again.
func late(job int, m slo.Minute) bool { return job == 0 && m%5 == 3 }
