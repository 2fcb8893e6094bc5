package demo

import (
	"context"
	"errors"
	"math"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

// shared is one history of five weeks for all tests that only read it, scraped
// every minute to save time.
var shared = sync.OnceValues(func() (*Fleet, *counted) {
	f, err := New(Options{Now: func() time.Time { return start }, Record: true})
	if err != nil {
		return nil, nil
	}
	f.step = minute
	w := &counted{}
	if f.WriteHistory(context.Background(), w, at(start, -35), start, nil) != nil {
		return nil, nil
	}
	return f, w
})

func fiveWeeks(t *testing.T) (*Fleet, *counted) {
	t.Helper()
	f, w := shared()
	require.NotNil(t, f, "the history could not be written")
	return f, w
}

// digest is a HistoryWriter that keeps a hash of everything.
type digest struct {
	series []labels.Labels
	sum    uint64
	n      int
}

func (d *digest) Series(lset labels.Labels) int {
	for i, l := range d.series {
		if labels.Equal(l, lset) {
			return i
		}
	}
	d.series = append(d.series, lset)
	d.mix(lset.Hash())
	return len(d.series) - 1
}

func (d *digest) Append(series int, t int64, v float64) error {
	d.n++
	d.mix(uint64(series), uint64(t), math.Float64bits(v))
	return nil
}

func (d *digest) AppendHistogram(series int, t int64, h *histogram.Histogram) error {
	d.n++
	d.mix(uint64(series), uint64(t), math.Float64bits(h.Sum))
	for _, n := range h.PositiveBuckets {
		d.mix(uint64(n))
	}
	return nil
}

func (d *digest) mix(values ...uint64) {
	for _, x := range values {
		d.sum = (d.sum ^ x) * 0x100000001b3
	}
}

func TestTheSeedDecidesTheHistory(t *testing.T) {
	history := func(seed uint64) digest {
		f, d := newFleet(t, seed), digest{}
		require.NoError(t, f.WriteHistory(t.Context(), &d, at(start, -1), start, nil))
		return d
	}
	first := history(7)
	require.Equal(t, first, history(7))
	require.NotEqual(t, first.sum, history(8).sum)
	require.Equal(t, history(0), history(DefaultSeed))
}

// TestHistoryHoldsEveryEvent folds the samples of five weeks and compares with
// what the model counted: through resets, replaced pods, blind scrapes and the
// pause of the monitoring nothing may be lost, and nothing may be counted twice.
func TestHistoryHoldsEveryEvent(t *testing.T) {
	const days = 35
	f, w := fiveWeeks(t)
	// The first sample only says where counters stood.
	truth := func(service, group string) Truth { return f.Truth(service, group, at(start, -days-1), at(start, 1)) }
	sum := func(pairs ...string) float64 { return w.increase(append([]string{"job"}, pairs...)...) }
	equal := func(what string, want uint64, got float64) {
		require.InDelta(t, float64(want), got, 0, what)
		require.Positive(t, want, what)
	}
	equal("checkout", truth("checkout", "").Total, sum("checkout", "__name__", requests))
	equal("checkout bad", truth("checkout", "").Bad, sum("checkout", "__name__", requests, "code", "500"))
	for _, route := range []string{"/cart", "/order", "/pay"} {
		equal(route, truth("checkout", route).Total, sum("checkout", "__name__", requests, "route", route))
		equal(route+" bad", truth("checkout", route).Bad, sum("checkout", "route", route, "code", "500"))
	}
	within := truth("checkout", "").Total - truth("checkout", "").Slow
	equal("checkout fast", within, sum("checkout", "__name__", duration+"_bucket", "le", "0.25"))
	equal("checkout timed", truth("checkout", "").Total, sum("checkout", "__name__", duration+"_count"))
	equal("checkout timed", truth("checkout", "").Total, sum("checkout", "__name__", duration+"_bucket", "le", "+Inf"))
	for _, service := range []string{"search", "auth"} {
		equal(service, truth(service, "").Total, sum(service, "__name__", requests))
		equal(service+" bad", truth(service, "").Bad, sum(service, "code", "500"))
	}
	for _, region := range []string{"ap", "eu", "us"} {
		equal(region, truth("edge", region).Total, sum("edge", "__name__", "edge_requests_total", "region", region))
		equal(region+" bad", truth("edge", region).Bad, sum("edge", "code", "503", "region", region))
	}
	equal("recommendations", truth("recommendations", "").Total, sum("recommendations", "__name__", "recommendations_total"))
	equal("recommendations bad", truth("recommendations", "").Bad, sum("recommendations", "result", "error"))
	for service, metric := range map[string]string{"billing": "invoices_total", "batch-export": "export_jobs_total", "mailer": "mails_total"} {
		equal(service, truth(service, "").Total, sum(service, "__name__", metric))
		equal(service+" bad", truth(service, "").Bad, sum(service, "result", "failed"))
	}
	require.Zero(t, truth("vouchers", ""))
	require.Zero(t, sum("vouchers", "__name__", requests))

	var fast, timed float64
	for _, s := range w.matching("job", "search", "__name__", duration) {
		for i, n := range s.cells {
			if timed += n; nativeLowest+i <= -2*4 { // bucket −8 ends at 2^−2 = 250 ms
				fast += n
			}
		}
	}
	equal("search timed", truth("search", "").Total, timed)
	equal("search fast", truth("search", "").Total-truth("search", "").Slow, fast)
}

func TestCountersFallOnlyWhereProcessesAreReplaced(t *testing.T) {
	_, w := fiveWeeks(t)
	restarts := map[string]int{"checkout": 6, "search": 5}
	for _, s := range w.series {
		name, job := s.lset.Get("__name__"), s.lset.Get("job")
		if name == "up" || name == "auth_success_ratio" || job == "dns-probe" || job == "status-page" {
			continue
		}
		require.LessOrEqual(t, s.resets, restarts[job], "%s", s.lset)
		if job == "checkout" && s.lset.Get("code") == "200" || job == "search" && name == duration {
			require.Equal(t, restarts[job], s.resets, "%s", s.lset)
		}
		if s.lset.Get("pod") != "" {
			require.Zero(t, s.resets, "a new pod is a new series: %s", s.lset)
		}
		if name != duration+"_sum" && len(s.cells) == 0 {
			require.Zero(t, s.value-math.Trunc(s.value), "counters are integers: %s", s.lset)
		}
	}
}

func TestChurnMakesNewSeries(t *testing.T) {
	_, w := fiveWeeks(t)
	pods := map[string]bool{}
	for _, s := range w.matching("job", "edge", "instance", "edge-eu-0", "code", "200") {
		pods[s.lset.Get("pod")] = true
		require.LessOrEqual(t, s.samples, 60*24+1, "no pod lives longer than a day")
	}
	require.Len(t, pods, 38, "35 mornings, two deploys, and the pod that was there before")
	require.Less(t, len(w.matching("job", "recommendations", "result", "error")),
		len(w.matching("job", "recommendations", "result", "personal")), "some pods never saw an error")
	ended := w.matching("job", "edge", "instance", "edge-eu-0", "code", "200")
	for _, s := range ended[:len(ended)-1] {
		require.Equal(t, 1, s.ends, "the end of a pod is marked: %s", s.lset)
	}
	require.Zero(t, ended[len(ended)-1].ends)
	require.Len(t, w.matching("job", "search", "__name__", "build_info", "instance", "search-0"), 5, "a series for each version")
}

func TestHistoryHasTheGapsOfTheScript(t *testing.T) {
	_, w := fiveWeeks(t)
	midnight := start.Truncate(24 * time.Hour)
	upgrade := [2]int64{at(midnight, -17).Add(9 * time.Hour).Unix(), 300}
	split := [2]int64{at(midnight, -12).Add(10*time.Hour + 20*time.Minute).Unix(), 7260}
	pauses := func(instance string) [][2]int64 {
		return w.matching("__name__", requests, "instance", instance, "code", "200")[0].pauses
	}
	require.Equal(t, [][2]int64{upgrade}, pauses("auth-0"), "everybody misses the upgrade of the monitoring")
	require.Equal(t, [][2]int64{upgrade, split}, pauses("search-1"))

	up := func(instance string) *folded { return w.matching("__name__", "up", "instance", instance)[0] }
	require.Equal(t, 120, up("search-0").zeros, "two hours of failed scrapes")
	require.Zero(t, up("auth-0").zeros)
	require.Equal(t, 80*60, up("mailer-0").zeros, "80 hours dead")
	require.Zero(t, up("mailer-0").value)
	for _, s := range w.matching("job", "mailer", "__name__", "mails_total") {
		require.Equal(t, 1, s.ends, "the end of the dead process is marked: %s", s.lset)
	}
}

func TestProgressIsToldToTheEnd(t *testing.T) {
	f := newFleet(t, 0)
	var heard []int64
	var whole int64
	require.NoError(t, f.WriteHistory(t.Context(), &digest{}, at(start, -1), start, func(done, total int64) {
		heard, whole = append(heard, done), total
	}))
	require.IsIncreasing(t, heard)
	require.Equal(t, int64(2880), whole, "24 h, from the first half minute inside the interval to the last")
	require.Equal(t, whole, heard[len(heard)-1])
	require.InDelta(t, 100, len(heard), 10)
}

var errFull = errors.New("disk full")

// failing is a HistoryWriter that gives up.
type failing struct{ digest }

func (w *failing) Append(series int, t int64, v float64) error {
	if w.n > 1000 {
		return errFull
	}
	return w.digest.Append(series, t, v)
}

func TestHistoryEndsEarly(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	cases := map[string]struct {
		ctx      context.Context
		w        HistoryWriter
		from, to time.Time
		is       error
		text     string
	}{
		"when the writer fails, with its error and the time": {ctx: t.Context(), w: &failing{}, from: at(start, -1), to: start, is: errFull, text: "2026-03-17T15:2"},
		"when the context ends":                              {ctx: cancelled, w: &digest{}, from: at(start, -1), to: start, is: context.Canceled},
		"when the interval is empty":                         {ctx: t.Context(), w: &digest{}, from: start, to: at(start, -1), text: "empty"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := newFleet(t, 0).WriteHistory(c.ctx, c.w, c.from, c.to, nil)
			require.Error(t, err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.ErrorContains(t, err, c.text)
		})
	}
}

// TestBudgetsAreInVariedStates guards what the demo is for: whenever it is
// started, some budgets are whole, some nearly spent and some overspent.
func TestBudgetsAreInVariedStates(t *testing.T) {
	cases := []struct {
		service, group string
		days           int64
		target         float64
		slow           bool
		low, high      float64 // of the remaining budget
	}{
		{"checkout", "", 30, 0.999, false, 0.15, 0.45},
		{"checkout", "/cart", 30, 0.999, false, 0.25, 0.6},
		{"checkout", "/pay", 30, 0.999, false, -0.6, -0.02},
		{"checkout", "", 28, 0.99, true, 0.2, 0.5},
		{"search", "", 30, 0.9995, false, 0.3, 0.7},
		{"search", "", 28, 0.985, true, 0.02, 0.25},
		{"edge", "", 30, 0.9995, false, 0.5, 0.8},
		{"edge", "ap", 30, 0.9995, false, -0.8, -0.2},
		{"edge", "eu", 30, 0.9995, false, 0.9, 1},
		{"recommendations", "", 7, 0.995, false, 0.5, 0.97},
		{"auth", "", 30, 0.9995, false, 0.95, 1},
		{"billing", "", 28, 0.995, false, 0.4, 0.9},
		{"batch-export", "", 30, 0.98, false, 0.02, 0.7},
		{"dns-probe", "", 30, 0.999, false, 0.6, 0.9},
		{"status-page", "", 7, 0.995, false, -0.4, -0.05},
	}
	first, _ := fiveWeeks(t)
	later := start.Add(57 * time.Hour) // another weekday, at night
	other, err := New(Options{Seed: 1, Now: func() time.Time { return later }, Record: true})
	require.NoError(t, err)
	other.begin(at(later, -31).Unix(), uptime)
	other.advance(later.Unix(), longStep)
	for now, f := range map[time.Time]*Fleet{start: first, later: other} {
		for _, c := range cases {
			truth := f.Truth(c.service, c.group, at(now, -c.days), now)
			bad := truth.Bad
			if c.slow {
				bad = truth.Slow
			}
			remaining := 1 - float64(bad)/float64(truth.Total)/(1-c.target)
			what := now.Format("Mon 15:04 ") + c.service + " " + c.group + strconv.FormatBool(c.slow)
			require.Greater(t, remaining, c.low, what)
			require.Less(t, remaining, c.high, what)
		}
	}
}

func BenchmarkHistory(b *testing.B) {
	for b.Loop() {
		d := &digest{}
		f := newFleet(b, 0)
		require.NoError(b, f.WriteHistory(b.Context(), d, at(start, -35), start, nil))
		b.ReportMetric(float64(d.n), "samples")
	}
}
