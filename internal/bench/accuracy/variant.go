package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

const second = time.Second

// variant is a row that is simulated from a log of events.
type variant struct {
	name, what, target string
	log                func() *eventLog
	expose             exposition
	from               time.Time
	zone               string
	noRules            [2]int64
}

// start is the beginning of most windows.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// row builds the row.
func (v variant) row() row {
	if v.from.IsZero() {
		v.from = start
	}
	r := row{
		Name: v.name, What: v.what, Target: v.target, From: v.from, Zone: v.zone, NoRules: v.noRules,
		To:  v.from.Add(time.Duration(v.log().end) * second),
		bad: v.expose.bad, total: v.expose.total, latency: v.expose.latency,
	}
	r.truth = func() (f figures) {
		l := v.log()
		f.Total, f.Bad = l.truth()
		f.UnseenTotal, f.UnseenBad = l.run(observer{func(int64, int, float64, float64) {}, func(int64, int) {}})
		return f
	}
	r.samples = v.expose.samples(r.service(), v.from, v.log())
	return r
}

// variants are the rows that stress what happens in practice.
func variants() []row {
	var rows []row
	for _, v := range allVariants() {
		rows = append(rows, v.row())
	}
	return rows
}

func allVariants() []variant {
	berlin := time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC)
	return []variant{
		{name: "V1", what: "three rolling restarts of 20 pods within an hour of 10 % errors", target: "0.999", log: rollouts, expose: coded},
		{name: "V2", what: "all requests fail for 20 s between two scrapes: the first errors ever, 600 in three new series", target: "0.99999", log: burstBirth, expose: coded},
		{name: "V3", what: "60 routes, each shows code=\"500\" with its first of a few errors", target: "0.9999", log: routes, expose: coded},
		{name: "V4", what: "a bad canary crashes after 40 s and starts again as a new pod every 5 min for 3 h", target: "0.999", log: crashLoop, expose: coded},
		{name: "V5", what: "the scraper is down for 7 min of a burst of 40 % errors", target: "0.9995", log: gapInBurst, expose: split},
		{name: "V6", what: "a bad version restarts the pods, counters from zero, in a scrape gap of 12 min", target: "0.9995", log: func() *eventLog { return resetInGap(25) }, expose: split},
		{name: "V7", what: "one request in 10 min", target: "0.99", log: sparse, expose: split},
		{name: "V8", what: "an autoscaler adds 2 pods a minute for an hour a day, each fails while it warms up", target: "0.999", log: scaleOut, expose: coded},
		{name: "V9", what: "scraped every 15 s, from day 14 on every 60 s; outages of 45 s", target: "0.999", log: slowerScrapes, expose: split},
		{name: "V10", what: "latency on a native histogram, pods replaced nightly, two slow hours at the daily peak", target: "0.995", log: slowPeak, expose: native},
		{name: "V11", what: "calendar month with the change to summer time, outages at its first and its shortest day", target: "0.995", log: shortMonth, expose: split, from: berlin, zone: "Europe/Berlin"},
		{name: "V12", what: "an outage of 6 min while the ruler is down for 12; every scrape is there", target: "0.999", log: rulerDown, expose: split, noRules: [2]int64{20 * day, 20*day + 12*minute}},
		{name: "V13", what: "as V6, but early: errors_total stands higher after the restart than before, as if there had been none", target: "0.9995", log: func() *eventLog { return resetInGap(10) }, expose: split},
	}
}

// warmUp is how long services run before their windows.
const warmUp = hour

// steady are n pods that live throughout, scraped one after the other.
func steady(n int) []pod {
	pods := make([]pod, n)
	for i := range pods {
		pods[i] = pod{name: fmt.Sprintf("pod-%d", i), from: -warmUp, to: 2 * month, phase: int64(i*7+3) % 30}
	}
	return pods
}

// newLog is a log of 30 days.
func newLog(pods []pod, serve func(sec int64, i int) (total, bad float64)) *eventLog {
	return &eventLog{begin: -warmUp, end: month, pods: pods, serve: serve}
}

// rare is 1 in one second of every, which differs between pods: a background of
// errors that are whole numbers.
func rare(sec int64, i int, every int64) float64 {
	if (sec+int64(i)*37)%every == 0 {
		return 1
	}
	return 0
}

// between reports whether sec lies in (from, from+length].
func between(sec, from, length int64) bool { return sec > from && sec <= from+length }

// daily is a rate with a daily cycle: one until 8 h and from 20 h on, day times
// of it in between.
func daily(sec int64, night, day float64) float64 {
	if h := (sec - 1 + 24*hour) / hour % 24; h >= 8 && h < 20 {
		return day
	}
	return night
}

// rollouts: 20 pods with 10 requests a second each. At 10:00 of day 12 an hour of
// 10 % errors begins; three times, 20 min apart, all pods are replaced one after
// the other every 20 s. A new pod is given requests after 15 s, an old one none
// in its last 45 s, in which it is still scraped.
func rollouts() *eventLog {
	const n, at, drain = 20, 12*day + 10*hour, 45
	pods := steady(n)
	for generation := range 3 {
		for i := range n {
			turn := int64(at + 5*minute + generation*20*minute + i*20)
			pods[generation*n+i].to = turn + drain
			pods = append(pods, pod{
				name: fmt.Sprintf("pod-%d-%d", generation, i), from: turn - 15, to: 2 * month, phase: int64(i*11+generation) % 30,
			})
		}
	}
	return newLog(pods, func(sec int64, i int) (total, bad float64) {
		p := pods[i]
		if (i >= n && sec < p.from+15) || sec >= p.to-drain {
			return 0, 0
		}
		if between(sec, at, hour) {
			return 10, 1
		}
		return 10, rare(sec, i, 500)
	})
}

// burstBirth: three pods with ten requests a second each, scraped at seconds 25
// to 27; from second 0 to 20 of one minute of day 20 all requests fail.
func burstBirth() *eventLog {
	pods := steady(3)
	for i := range pods {
		pods[i].phase = int64(25 + i)
	}
	return newLog(pods, func(sec int64, _ int) (total, bad float64) {
		if between(sec, 20*day+3*hour, 20) {
			return 10, 10
		}
		return 10, 0
	})
}

// routes: 60 routes of one process with a request in 100 s each, and up to three
// errors in the whole month.
func routes() *eventLog {
	rng := rand.New(rand.NewPCG(3, 0))
	failed := map[[2]int64]bool{}
	for i := range int64(60) {
		for range rng.IntN(4) {
			failed[[2]int64{i, 100*rng.Int64N(month/100-1) + 100 - i}] = true
		}
	}
	return newLog(steady(60), func(sec int64, i int) (total, bad float64) {
		if (sec+int64(i))%100 != 0 {
			return 0, 0
		}
		if failed[[2]int64{int64(i), sec}] {
			return 1, 1
		}
		return 1, 0
	})
}

// crashLoop: four good pods with ten requests a second, and for three hours of
// day 15 a canary with 8 a second that fails them all and lives 40 s.
func crashLoop() *eventLog {
	const n, at, life = 4, 15*day + 9*hour, 40
	pods := steady(n)
	for k := range int64(36) {
		from := at + k*5*minute
		pods = append(pods, pod{name: fmt.Sprintf("canary-%d", k), from: from, to: from + life, phase: k * 17 % 30})
	}
	return newLog(pods, func(sec int64, i int) (total, bad float64) {
		if i >= n {
			return 8, 8
		}
		return 10, rare(sec, i, 400)
	})
}

// gapInBurst: five pods with twenty requests a second; 40 % fail for 7.5 min, of
// which nobody sees the last 7.
func gapInBurst() *eventLog {
	const at = 18*day + 15*hour
	l := newLog(steady(5), func(sec int64, i int) (total, bad float64) {
		if between(sec, at, 450) {
			return 20, 8
		}
		return 20, rare(sec, i, 250)
	})
	l.down = func(sec int64) bool { return between(sec, at+60, 7*minute) }
	return l
}

// resetInGap: five pods with twenty requests a second. Nobody scrapes for 12 min;
// after two of them all are restarted under their old names with a version that
// fails every second request for nine minutes.
func resetInGap(onDay int64) *eventLog {
	const n = 5
	at := onDay*day + 2*hour
	pods := steady(n)
	for i := range n {
		pods[i].to = at + 2*minute
		pods = append(pods, pod{name: pods[i].name, from: at + 2*minute, to: 2 * month, phase: pods[i].phase})
	}
	l := newLog(pods, func(sec int64, i int) (total, bad float64) {
		if between(sec, at+2*minute, 9*minute) {
			return 20, 10
		}
		return 20, rare(sec, i, 250)
	})
	l.down = func(sec int64) bool { return between(sec, at, 12*minute) }
	return l
}

// sparse: one request in each ten minutes, at a random second of it; 0.7 % fail.
func sparse() *eventLog {
	rng := rand.New(rand.NewPCG(7, 0))
	at := map[int64]float64{}
	for k := int64(-warmUp / 600); k < month/600; k++ {
		failed := 0.0
		if rng.Float64() < 0.007 {
			failed = 1
		}
		at[k*600+1+rng.Int64N(600)] = failed
	}
	return newLog(steady(1), func(sec int64, _ int) (total, bad float64) {
		if failed, ok := at[sec]; ok {
			return 1, failed
		}
		return 0, 0
	})
}

// scaleOut: ten pods with ten requests a second. From 18:00 every day two more
// start each minute for an hour, with two requests a second, of which every other
// fails in the first 20 s; from 20:00 they drain for 45 s and leave, two a minute.
func scaleOut() *eventLog {
	const n, drain, extra = 10, 45, 120
	pods := steady(n)
	for d := range int64(30) {
		for k := range int64(extra) {
			pods = append(pods, pod{
				name: fmt.Sprintf("extra-%d-%d", d, k), phase: k * 13 % 30,
				from: d*day + 18*hour + k*30, to: d*day + 20*hour + k*30,
			})
		}
	}
	return newLog(pods, func(sec int64, i int) (total, bad float64) {
		p := pods[i]
		switch {
		case i < n:
			return 10, rare(sec, i, 250)
		case sec >= p.to-drain:
			return 0, 0
		case sec < p.from+20:
			return 2, 1
		}
		return 2, 0
	})
}

// slowerScrapes: four pods with 25 requests a second; on day 20 all requests fail
// for 45 s of every hour, from second 20 of its first minute.
func slowerScrapes() *eventLog {
	l := newLog(steady(4), func(sec int64, i int) (total, bad float64) {
		if between(sec, 20*day, day) && between((sec-1)%hour+1, 20, 45) {
			return 25, 25
		}
		return 25, rare(sec, i, 100)
	})
	l.interval = func(sec int64) int64 {
		if sec < 14*day {
			return 15
		}
		return 60
	}
	return l
}

// slowPeak: four pods with twenty requests a second by day and one by night,
// replaced at 3:00; from 12 to 14 h of day 9 every other request is slow.
func slowPeak() *eventLog {
	const n, drain = 4, 45
	var pods []pod
	for d := range int64(31) {
		for i := range int64(n) {
			turn := (d-1)*day + 3*hour + i*60
			pods = append(pods, pod{name: fmt.Sprintf("pod-%d-%d", d, i), from: turn - 15, to: turn + day + drain, phase: i * 7})
		}
	}
	return newLog(pods, func(sec int64, i int) (total, bad float64) {
		p := pods[i]
		if sec < p.from+15 || sec >= p.to-drain {
			return 0, 0
		}
		rate := daily(sec, 1, 20)
		if between(sec, 9*day+12*hour, 2*hour) {
			return rate, rate / 2
		}
		return rate, min(rate, rare(sec, i, 100))
	})
}

// shortMonth: March 2026 in Berlin, 743 hours. Two pods with a daily cycle; half
// of the requests fail from 10 to 11 h local time on the 1st and on the 29th.
func shortMonth() *eventLog {
	l := newLog(steady(2), func(sec int64, i int) (total, bad float64) {
		rate := daily(sec, 2, 40)
		if between(sec, 10*hour, hour) || between(sec, 28*day+9*hour, hour) {
			return rate, rate / 2
		}
		return rate, rare(sec, i, 100)
	})
	l.end = 743 * hour
	return l
}

// rulerDown: five pods with twenty requests a second; 60 % fail for 6 min.
func rulerDown() *eventLog {
	return newLog(steady(5), func(sec int64, i int) (total, bad float64) {
		if between(sec, 20*day, 6*minute) {
			return 20, 12
		}
		return 20, rare(sec, i, 250)
	})
}

// byTime orders rows by the start of their windows, for a store that is written
// forwards.
func byTime(rows []row) []row {
	return slices.SortedFunc(slices.Values(rows), func(a, b row) int { return cmp.Compare(a.From.Unix(), b.From.Unix()) })
}
