package demo

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestDrawsHaveTheRightMean(t *testing.T) {
	const n = 20_000
	mean := func(draw func(*rand.Rand) uint64) float64 {
		rng, sum := source(1), 0.0
		for range n {
			sum += float64(draw(rng))
		}
		return sum / n
	}
	for _, lambda := range []float64{0.001, 0.5, 7, 29.9, 30, 1000} {
		got := mean(func(r *rand.Rand) uint64 { return poisson(r, lambda) })
		require.InDelta(t, lambda, got, 4*math.Sqrt(lambda/n), "poisson(%g)", lambda)
	}
	for _, c := range []struct {
		n uint64
		p float64
	}{{10, 0.3}, {64, 0.9}, {1000, 0.001}, {1000, 0.4}, {100_000, 0.999}, {5, 1}} {
		want := float64(c.n) * c.p
		got := mean(func(r *rand.Rand) uint64 { return binomial(r, c.n, c.p) })
		require.InDelta(t, want, got, 4*math.Sqrt(want/n)+1e-9, "binomial(%d, %g)", c.n, c.p)
	}
}

func TestDrawsOfNothing(t *testing.T) {
	rng := source(1)
	for _, lambda := range []float64{0, -1, math.NaN()} {
		require.Zero(t, poisson(rng, lambda))
		require.Zero(t, binomial(rng, 100, lambda))
	}
	require.Zero(t, binomial(rng, 0, 0.5))
	require.Empty(t, conditional(nil))
}

func TestASplitLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shares := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 30).Draw(t, "shares")
		n := rapid.Uint64Range(0, 100_000).Draw(t, "n")
		into := make([]uint64, len(shares))
		split(source(rapid.Uint64().Draw(t, "seed")), n, conditional(shares), into)
		var sum uint64
		for _, c := range into {
			sum += c
		}
		require.Equal(t, n, sum)
	})
}

func TestCurvesKnowTheTimeOfDayAndTheWeekday(t *testing.T) {
	at := func(c *curve, text string) float64 {
		when, err := time.Parse("2006-01-02 15:04", text)
		require.NoError(t, err)
		return c.at(when.Unix())
	}
	monday, sunday := "2026-03-16 ", "2026-03-15 "
	require.InDelta(t, 0.97, at(office, monday+"13:00"), 1e-9, "the height of a Monday")
	require.Less(t, at(office, monday+"02:00"), 0.1)
	require.InDelta(t, 0.22, at(office, sunday+"13:00"), 1e-9)
	require.Greater(t, at(consumer, sunday+"18:30"), at(consumer, monday+"18:30"))
	require.Greater(t, at(worldwide, monday+"03:00"), 0.5)
	require.InDelta(t, 1, at(runs, monday+"09:10"), 1e-9)
	require.Less(t, at(runs, monday+"09:30"), 0.01)
	require.Less(t, at(runs, monday+"02:10"), 0.01)
}

func TestLatenciesFollowTheirDistribution(t *testing.T) {
	for name, l := range map[string]*latency{
		"classic": (&latency{median: 0.1, sigma: 0.5, limit: 0.25, bounds: []float64{0.05, 0.1, 0.25, 1}}).prepare(),
		"native":  (&latency{median: 0.1, sigma: 0.5, limit: 0.25, native: true}).prepare(),
	} {
		t.Run(name, func(t *testing.T) {
			const n = 1_000_000
			share := func(slowness float64) float64 {
				cells, scratch := make([]uint64, len(l.bounds)+1), make([]uint64, len(l.bounds)+1)
				sum, slow := l.observe(source(3), n, slowness, cells, scratch)
				require.InDelta(t, 0.1*math.Exp(0.125)*slowness, sum/n, 0.04*slowness)
				return float64(slow) / n
			}
			above := func(median float64) float64 { return 0.5 * math.Erfc(math.Log(0.25/median)/(0.5*math.Sqrt2)) }
			require.InDelta(t, above(0.1), share(1), 0.002)
			require.InDelta(t, above(0.2), share(2), 0.003)
			sum, slow := l.observe(source(3), 0, 1, nil, nil)
			require.Zero(t, sum)
			require.Zero(t, slow)
		})
	}
}

func TestStrengthOfIncidents(t *testing.T) {
	cases := map[string]struct {
		c    incident
		want map[int64]float64
	}{
		"all at once, open on the left": {incident{from: 100, to: 200}, map[int64]float64{100: 0, 101: 1, 200: 1, 201: 0}},
		"building up and dying down":    {incident{from: 100, to: 200, ramp: 20}, map[int64]float64{100: 0, 110: 0.5, 120: 1, 150: 1, 190: 0.5, 200: 0}},
		"again and again":               {incident{from: 100, to: 110, every: 50}, map[int64]float64{99: 0, 105: 1, 110: 1, 111: 0, 150: 0, 151: 1, 160: 1, 161: 0, 1005: 1}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for at, want := range c.want {
				require.InDelta(t, want, c.c.strength(at), 1e-9, "at %d", at)
			}
		})
	}
}

func TestHappeningsAreInOrderAndBeforeTheStart(t *testing.T) {
	f := newFleet(t, 0)
	kinds := map[string]int{}
	list := f.Happenings()
	for i, h := range list {
		kinds[h.Kind]++
		require.False(t, h.From.After(start), h.Title)
		require.True(t, h.From.After(at(start, -35)), h.Title)
		require.NotEmpty(t, h.Title)
		if i > 0 {
			require.False(t, h.From.Before(list[i-1].From))
		}
	}
	require.Equal(t, map[string]int{"incident": 11, "deploy": 13, "gap": 1}, kinds)
}

func TestEveryIncidentConcernsSomebody(t *testing.T) {
	s := newScript(start.Unix())
	found := map[string]bool{}
	for _, service := range newServices() {
		service.prepare(s, source(1))
		for _, in := range service.instances() {
			found[in.job], found[in.job+in.name] = true, true
			for _, p := range in.target {
				found[in.job+p.value] = true
			}
		}
		if w, ok := service.(*workload); ok {
			for _, p := range w.parts {
				for _, l := range p.labels {
					found[w.job+l.value] = true
				}
			}
		}
	}
	for _, c := range s.incidents {
		require.True(t, found[c.service+c.where], "%s in %s %s", c.title, c.service, c.where)
	}
}

func TestBoundsAreSpeltAsPrometheusKeepsThem(t *testing.T) {
	for bound, want := range map[float64]string{0.025: "0.025", 0.25: "0.25", 1: "1.0", 2.5: "2.5", 10: "10.0", math.Inf(1): "+Inf"} {
		require.Equal(t, want, spell(bound))
	}
}

func TestTheTapeCountsByLeftOpenMinutes(t *testing.T) {
	p := &tape{}
	p.add(60, "s", "", Truth{Total: 1})          // ends minute 0
	p.add(61, "s", "", Truth{Total: 10, Bad: 2}) // begins minute 1
	p.add(180, "s", "", Truth{Total: 100})       // ends minute 2
	sum := func(from, to int64) Truth { return p.sum("s", "", time.Unix(from, 0), time.Unix(to, 0)) }
	require.Equal(t, Truth{Total: 1}, sum(0, 60))
	require.Equal(t, Truth{Total: 10, Bad: 2}, sum(60, 120))
	require.Equal(t, Truth{Total: 111, Bad: 2}, sum(0, 180))
	require.Equal(t, Truth{Total: 111, Bad: 2}, sum(-6000, 6000))
	require.Zero(t, sum(180, 6000))
	require.Zero(t, p.sum("another", "", time.Unix(0, 0), time.Unix(180, 0)))
	var none *tape
	none.add(60, "s", "", Truth{Total: 1})
	require.Zero(t, none.sum("s", "", time.Unix(0, 0), time.Unix(60, 0)))
}
