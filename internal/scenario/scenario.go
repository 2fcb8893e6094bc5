package scenario

import (
	"fmt"
	"math"
	"math/rand" //nolint:depguard // the reference was drawn by this generator, and v2 draws others
	"time"
)

// The common construction: thirty days, scraped every thirty seconds.
const (
	Step  = 30 * time.Second
	Days  = 30
	ticks = Days * 2880
)

// Start is the instant of the first tick.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// End is the instant of the last tick, at which the budgets are asked for.
var End = Start.Add((ticks - 1) * Step)

// Scenario is one construction with its truth.
type Scenario struct {
	Name   string
	What   string
	Target string // exact decimal
	// Bad and Total are PromQL selectors.
	Bad, Total string
	// Truth is known by construction.
	TruthBad, TruthTotal float64
	// generate emits the samples of tick i.
	generate func() func(i int, emit Emit)
}

// Emit receives one sample: name and label pairs of its series, milliseconds
// since 1970, value.
type Emit func(series []string, ms int64, v float64)

// Remaining is the true remaining budget: 1 − bad / ((1 − target) · total).
func (s Scenario) Remaining() float64 {
	var target float64
	if _, err := fmt.Sscan(s.Target, &target); err != nil {
		return math.NaN()
	}
	return 1 - s.TruthBad/((1-target)*s.TruthTotal)
}

// Generate emits all samples in the order of their instants.
func (s Scenario) Generate(emit Emit) {
	tick := s.generate()
	for i := range ticks {
		tick(i, emit)
	}
}

// ms is the instant of tick i.
func ms(i int) int64 { return Start.UnixMilli() + int64(i)*Step.Milliseconds() }

func day(i int) int  { return i / 2880 }
func hour(i int) int { return i / 120 % 24 }

// All returns the five scenarios.
func All() []Scenario {
	s3bad, s3total := churnTruth()
	s5bad, s5total := quietTruth()
	return []Scenario{
		{"S1", "an hour of 50 % errors at the daily peak", "0.999", "errors_total", "requests_total", 180_000, 130_895_970, peak(14)},
		{"S2", "the same hour at night, with a hundredth of the traffic", "0.999", "errors_total", "requests_total", 1_800, 130_895_970, peak(2)},
		{"S3", "pods replaced daily, the first error creates the series", "0.99999", "errors_total", "requests_total", s3bad, s3total, churn},
		{"S4", "the scraper is down for the two hours of an outage", "0.999", "errors_total", "requests_total", 36_000, 25_919_700, blind},
		{"S5", "twenty requests an hour, one in a hundred fails", "0.98", "errors_total", "requests_total", s5bad, s5total, quiet},
	}
}

var (
	requests = []string{"__name__", "requests_total", "job", "a"}
	errors   = []string{"__name__", "errors_total", "job", "a"}
)

// peak has 100 requests per second from 8 to 20 h and 1 otherwise; in one hour of
// day 10 half of them fail.
func peak(badHour int) func() func(int, Emit) {
	return func() func(int, Emit) {
		var total, bad float64
		return func(i int, emit Emit) {
			rate := 1.0
			if h := hour(i); h >= 8 && h < 20 {
				rate = 100
			}
			total += 30 * rate
			if day(i) == 10 && hour(i) == badHour {
				bad += 15 * rate
			}
			emit(requests, ms(i), total)
			emit(errors, ms(i), bad)
		}
	}
}

// blind has ten requests per second; for the first two hours of day 10 half of
// them fail and nobody scrapes.
func blind() func(int, Emit) {
	var total, bad float64
	return func(i int, emit Emit) {
		total += 300
		if i >= 28_800 && i < 29_040 {
			bad += 150
			return
		}
		emit(requests, ms(i), total)
		emit(errors, ms(i), bad)
	}
}

// pods is how many pods run in the churn scenario.
const pods = 10

// churnErrors draws the ticks of the errors of every pod and day: a Poisson(1)
// number of them each, by Knuth's method.
func churnErrors() map[[2]int][]int {
	rng := rand.New(rand.NewSource(1))
	all := map[[2]int][]int{}
	for d := range Days {
		for pod := range pods {
			n := 0
			for p := rng.Float64(); p >= math.Exp(-1); p *= rng.Float64() {
				n++
			}
			for range n {
				key := [2]int{pod, d}
				all[key] = append(all[key], d*2880+rng.Intn(2879))
			}
		}
	}
	return all
}

// churn has ten pods at one request per second, replaced every day; no series
// ever holds a zero.
func churn() func(int, Emit) {
	at := churnErrors()
	counts := map[[2]int]float64{}
	return func(i int, emit Emit) {
		for pod := range pods {
			key := [2]int{pod, day(i)}
			name := fmt.Sprintf("p%d-%d", pod, day(i))
			emit([]string{"__name__", "requests_total", "pod", name}, ms(i), float64(30*(i%2880+1)))
			for _, tick := range at[key] {
				if tick == i {
					counts[key]++
				}
			}
			if n := counts[key]; n > 0 {
				emit([]string{"__name__", "errors_total", "pod", name, "code", "500"}, ms(i), n)
			}
		}
	}
}

// churnTruth counts what happened.
func churnTruth() (bad, total float64) {
	for _, errors := range churnErrors() {
		bad += float64(len(errors))
	}
	return bad, pods * ticks * 30
}

// quietTick draws one tick of the quiet service.
func quietTick(rng *rand.Rand) (request, failed bool) {
	if rng.Float64() >= 1.0/6 {
		return false, false
	}
	return true, rng.Float64() < 0.01
}

// quiet has at most one request a tick.
func quiet() func(int, Emit) {
	rng := rand.New(rand.NewSource(2))
	var total, bad float64
	return func(i int, emit Emit) {
		request, failed := quietTick(rng)
		if request {
			total++
		}
		if failed {
			bad++
		}
		emit(requests, ms(i), total)
		emit(errors, ms(i), bad)
	}
}

// quietTruth counts what happened after the first tick.
func quietTruth() (bad, total float64) {
	rng := rand.New(rand.NewSource(2))
	for i := range ticks {
		request, failed := quietTick(rng)
		if i == 0 {
			continue
		}
		if request {
			total++
		}
		if failed {
			bad++
		}
	}
	return bad, total
}

// Spec returns the OpenSLO document of the scenario.
func (s Scenario) Spec() string {
	return fmt.Sprintf(`apiVersion: openslo/v1
kind: SLO
metadata:
  name: %s
spec:
  description: %s
  service: scenario
  indicator:
    metadata:
      name: %[1]s
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec:
              query: sum(%[3]s)
        total:
          metricSource:
            type: Prometheus
            spec:
              query: sum(%[4]s)
  timeWindow:
    - duration: 30d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: %[5]s
`, "scenario-"+string('0'+s.Name[1]-'0'), s.What, s.Bad, s.Total, s.Target)
}
