package prometheus

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// world is a generated fleet: what happened, and what scrapes saw of it.
type world struct {
	data     memory
	happened float64
	// unseen counts the events that no sample tells of: those between the last
	// scrape and the death of a process, those before the first scrape of all,
	// and those hidden by a process that was first seen at a higher count than
	// its predecessor was last seen at.
	unseen float64
}

// The world begins an hour before minute 0 and ends four hours after it.
const worldStart, worldEnd = -3600.0, 4 * 3600.0

// process is one run of counters: from its start until its death the values
// grow; under the same name another may follow.
type process struct {
	pod       string
	from, to  float64
	interval  float64
	blind     [][2]float64 // when nobody scraped
	failShare float64
}

// drawWorld generates pods that restart under the same or another name, are
// scraped every 5 to 60 s with jitter, and are blind at times.
func drawWorld(t *rapid.T) *world {
	w := &world{}
	interval := float64(rapid.IntRange(5, 60).Draw(t, "interval"))
	var blind [][2]float64
	for range rapid.IntRange(0, 2).Draw(t, "outages") {
		from := rapid.Float64Range(0, worldEnd).Draw(t, "outage from")
		blind = append(blind, [2]float64{from, from + rapid.Float64Range(30, 3000).Draw(t, "outage length")})
	}
	// One series that never restarts shows that the source was alive.
	w.run(t, process{pod: "steady", from: worldStart, to: worldEnd, interval: interval, blind: blind, failShare: 0.1})
	for pod := range rapid.IntRange(1, 3).Draw(t, "pods") {
		now := rapid.Float64Range(-1200, 3600).Draw(t, "first start")
		for life := 0; now < worldEnd && life < 6; life++ {
			to := min(worldEnd, now+rapid.Float64Range(20, 9000).Draw(t, "life"))
			name := fmt.Sprintf("p%d", pod)
			if rapid.Bool().Draw(t, "renamed") {
				name = fmt.Sprintf("p%d-%d", pod, life)
			}
			w.run(t, process{pod: name, from: now, to: to, interval: interval, blind: blind, failShare: 0.2})
			now = to + rapid.Float64Range(1, 600).Draw(t, "pause")
		}
	}
	w.unseen += w.firstScrape()
	return w
}

// run lives one process: counts its events and writes what scrapes see.
func (w *world) run(t *rapid.T, p process) {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed "+p.pod), 1))
	rate := rapid.Float64Range(0.1, 3).Draw(t, "rate")
	var good, bad, seenGood, seenBad float64
	scrape := p.from + rng.Float64()*p.interval
	for now := p.from; ; {
		now += rng.ExpFloat64() / rate
		for scrape < min(now, p.to) {
			if !isBlind(p.blind, scrape) {
				w.see(p.pod, "200", scrape, good, seenGood)
				w.see(p.pod, "500", scrape, bad, seenBad)
				seenGood, seenBad = good, bad
			}
			scrape += p.interval + (rng.Float64()-0.5)*min(2, p.interval/4)
		}
		if now >= p.to {
			break
		}
		if rng.Float64() < p.failShare {
			bad++
		} else {
			good++
		}
		w.happened++
	}
	w.unseen += good + bad - seenGood - seenBad
}

func isBlind(outages [][2]float64, at float64) bool {
	return slices.ContainsFunc(outages, func(o [2]float64) bool { return o[0] <= at && at < o[1] })
}

// see writes one sample. A series does not exist before its first event.
func (w *world) see(pod, code string, s, v, seen float64) {
	if v == 0 {
		return
	}
	lset := labels.FromStrings("__name__", "requests_total", "pod", pod, "code", code)
	if last := w.last(lset); seen == 0 && v >= last {
		w.unseen += last
	}
	w.data.add(lset, at(s), v)
}

// last returns the newest value of a series.
func (w *world) last(lset labels.Labels) float64 {
	for _, s := range w.data {
		if labels.Equal(s.lset, lset) {
			return s.v[len(s.v)-1]
		}
	}
	return 0
}

// firstScrape returns the values of the first scrape of all, before which
// nothing was observed.
func (w *world) firstScrape() (v float64) {
	first := int64(math.MaxInt64)
	for _, s := range w.data {
		if s.t[0] < first {
			first, v = s.t[0], 0
		}
		if s.t[0] == first {
			v += s.v[0]
		}
	}
	return v
}

// told returns what the samples say, by the plainest reading of them:
// differences, resets, and new series from zero.
func (w *world) told() (total float64) {
	for _, s := range w.data {
		var prev float64
		for _, v := range s.v {
			total += increase(prev, v)
			prev = v
		}
	}
	return total - w.firstScrape()
}

// badOfTotal is the indicator of the worlds.
func badOfTotal(by ...string) *Indicator {
	return &Indicator{
		Form: Ratio, key: "k", By: by,
		Bad:   Expr{Terms: []Term{{Matchers: equalMatchers("requests_total", "code", "500"), Sign: 1}}},
		Total: Expr{Terms: []Term{{Matchers: equalMatchers("requests_total"), Sign: 1}}},
	}
}

func TestTotalsEqualWhatTheSamplesTell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		span := slo.Span{From: minute(-120), To: minute(300)}
		m, err := (&Source{Sampler: w.data}).Measure(t.Context(), badOfTotal(), span)
		require.NoError(t, err)
		got := sum(m, "").Total
		require.InDelta(t, w.told(), got, 1e-9*got, "total against the samples; %v", m.Warnings)
		require.LessOrEqual(t, got, w.happened, "no event is invented")
		require.GreaterOrEqual(t, got, w.happened-w.unseen, "only unseen events are missing")
	})
}

// Pieces must not be shorter than the carry limit, or one could lie inside a
// pause without a sign of it; the collector's first and later pieces are days.
func TestMeasuringInPiecesEqualsMeasuringWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		carry := rapid.IntRange(10, 110).Draw(t, "carry")
		src := &Source{Sampler: w.data, Carry: time.Duration(carry) * time.Minute}
		const n = 240
		cut := rapid.IntRange(carry, n-carry).Draw(t, "cut")
		measure := func(from, to int) slo.Measurement {
			m, err := src.Measure(t.Context(), badOfTotal("pod"), slo.Span{From: minute(from), To: minute(to)})
			require.NoError(t, err)
			return m
		}
		whole, left, right := measure(0, n-1), measure(0, cut-1), measure(cut, n-1)
		for _, s := range whole.Streams {
			pieces := append(slotsOf(left, s.Group, cut), slotsOf(right, s.Group, n-cut)...)
			for i, want := range s.Slots {
				require.Equal(t, want, pieces[i], "group %s, minute %d", s.Group, i)
			}
		}
	})
}

func slotsOf(m slo.Measurement, g slo.Group, n int) []slo.Slot {
	for _, s := range m.Streams {
		if s.Group == g {
			return slices.Clone(s.Slots)
		}
	}
	return make([]slo.Slot, n)
}

// equalMatchers selects a metric by name and label pairs.
func equalMatchers(name string, pairs ...string) []*labels.Matcher {
	out := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, labels.MetricName, name)}
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, labels.MustNewMatcher(labels.MatchEqual, pairs[i], pairs[i+1]))
	}
	return out
}
