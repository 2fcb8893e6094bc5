package demo

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hand is a clock that is moved by hand.
type hand struct{ seconds atomic.Int64 }

func (h *hand) now() time.Time          { return start.Add(time.Duration(h.seconds.Load()) * time.Second) }
func (h *hand) move(d time.Duration)    { h.seconds.Add(int64(d / time.Second)) }
func at(t time.Time, d int64) time.Time { return t.Add(time.Duration(d) * 24 * time.Hour) }

// running returns a started fleet on a clock that is moved by hand, with days
// of history before it.
func running(t *testing.T, days int64) (*Fleet, *hand, *counted) {
	t.Helper()
	clock, w := &hand{}, &counted{}
	f, err := New(Options{Now: clock.now, Self: "127.0.0.1:8480"})
	require.NoError(t, err)
	if days > 0 {
		require.NoError(t, f.WriteHistory(t.Context(), w, at(start, -days), start, nil))
	}
	require.NoError(t, f.Start(t.Context()))
	t.Cleanup(f.Stop)
	return f, clock, w
}

// target returns the address of an instance.
func target(t *testing.T, f *Fleet, job, instance string) string {
	t.Helper()
	for _, j := range f.ScrapeTargets() {
		for _, to := range j.Targets {
			if j.Name == job && to.Labels["instance"] == instance {
				return to.Address
			}
		}
	}
	t.Fatalf("no target %s of %s", instance, job)
	return ""
}

const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// get scrapes an instance.
func get(t *testing.T, address, accept string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	require.NoError(t, err)
	req.Header.Set("Accept", accept)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return client.Do(req)
}

// scrape returns the families that an instance serves.
func scrape(t *testing.T, f *Fleet, job, instance, accept string) map[string]*dto.MetricFamily {
	t.Helper()
	resp, err := get(t, target(t, f, job, instance), accept)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	out := map[string]*dto.MetricFamily{}
	d := expfmt.NewDecoder(resp.Body, expfmt.ResponseFormat(resp.Header))
	for {
		var mf dto.MetricFamily
		err := d.Decode(&mf)
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		out[mf.GetName()] = &mf
	}
}

// total adds up a counter over its members.
func total(mf *dto.MetricFamily) float64 {
	var sum float64
	for _, m := range mf.GetMetric() {
		sum += m.GetCounter().GetValue()
	}
	return sum
}

func TestEveryLiveTargetServesMetricsThatParse(t *testing.T) {
	f, clock, _ := running(t, 0)
	clock.move(5 * time.Minute)
	jobs := f.ScrapeTargets()
	require.Equal(t, "hindcast", jobs[len(jobs)-1].Name)
	require.Equal(t, []ScrapeTarget{{Address: "127.0.0.1:8480", Labels: map[string]string{"instance": "hindcast"}}}, jobs[len(jobs)-1].Targets)
	for _, j := range jobs[:len(jobs)-1] {
		require.Equal(t, ScrapeInterval, j.Interval)
		for _, to := range j.Targets {
			require.True(t, strings.HasPrefix(to.Address, "127.0.0.1:"), "only loopback")
			if j.Name == "mailer" {
				continue
			}
			for _, accept := range []string{"text/plain;version=0.0.4", protobuf} {
				families := scrape(t, f, j.Name, to.Labels["instance"], accept)
				require.NotEmpty(t, families, "%s %s", j.Name, accept)
				for name, mf := range families {
					require.True(t, model.LegacyValidation.IsValidMetricName(name))
					require.NotEmpty(t, mf.GetHelp(), name)
				}
			}
		}
	}
}

func TestTheDeadServiceHangsUp(t *testing.T) {
	f, _, _ := running(t, 0)
	for range 2 {
		resp, err := get(t, target(t, f, "mailer", "mailer-0"), "text/plain")
		if err == nil {
			_ = resp.Body.Close()
		}
		require.ErrorIs(t, err, io.EOF)
	}
}

func TestHistogramsAreServedAsTheyAreKept(t *testing.T) {
	f, clock, _ := running(t, 0)
	clock.move(10 * time.Minute)
	native := scrape(t, f, "search", "search-0", protobuf)[duration].GetMetric()[0].GetHistogram()
	require.Equal(t, int32(nativeSchema), native.GetSchema())
	require.Empty(t, native.GetBucket())
	require.NotEmpty(t, native.GetPositiveSpan())
	answered := scrape(t, f, "search", "search-0", protobuf)[requests]
	require.InDelta(t, total(answered), float64(native.GetSampleCount()), 0, "every request was timed")

	classic := scrape(t, f, "checkout", "checkout-1", "text/plain")[duration].GetMetric()[0].GetHistogram()
	require.Len(t, classic.GetBucket(), 8)
	require.Equal(t, classic.GetSampleCount(), classic.GetBucket()[7].GetCumulativeCount())
	require.Positive(t, classic.GetSampleSum())
}

func TestLiveTrafficFollowsTheModelWhoeverScrapesWhen(t *testing.T) {
	often, clock, _ := running(t, 0)
	for range 20 {
		clock.move(15 * time.Second)
		scrape(t, often, "checkout", "checkout-0", protobuf)
	}
	seldom, other, _ := running(t, 0)
	for range 5 {
		other.move(time.Minute)
		scrape(t, seldom, "auth", "auth-0", protobuf)
	}
	n := total(scrape(t, often, "checkout", "checkout-0", protobuf)[requests])
	require.InDelta(t, n, total(scrape(t, seldom, "checkout", "checkout-0", protobuf)[requests]), 0)
	require.InDelta(t, 45.0/3*300*0.8, n, 45.0/3*300*0.4)
}

func TestASleepOfTheMachineIsMadeUpFor(t *testing.T) {
	f, clock, _ := running(t, 0)
	clock.move(8 * time.Hour)
	n := total(scrape(t, f, "edge", "edge-eu-0", protobuf)["edge_requests_total"])
	require.Greater(t, n, 8*3600*280*0.225*0.5)
}

func TestCountersContinueWhereTheirHistoryEnded(t *testing.T) {
	f, clock, w := running(t, 2)
	clock.move(20 * time.Second)
	for _, job := range []string{"checkout", "search", "auth", "billing", "batch-export"} {
		for _, m := range scrape(t, f, job, job+"-0", protobuf) {
			if m.GetType() != dto.MetricType_COUNTER {
				continue
			}
			for _, c := range m.GetMetric() {
				labels := []string{"__name__", m.GetName(), "job", job, "instance", job + "-0"}
				for _, l := range c.GetLabel() {
					labels = append(labels, l.GetName(), l.GetValue())
				}
				past := w.matching(labels...)
				require.Len(t, past, 1, "the live series has a history: %v", labels)
				live := c.GetCounter().GetValue()
				require.GreaterOrEqual(t, live, past[0].value, "%v", labels)
				require.LessOrEqual(t, live-past[0].value, 60*30.0, "%v: half a minute of traffic at most", labels)
			}
		}
	}
}

func TestPodsAreReplacedLive(t *testing.T) {
	f, clock, _ := running(t, 0)
	pod := func() string {
		return scrape(t, f, "recommendations", "recommendations-0", protobuf)["recommendations_total"].GetMetric()[0].GetLabel()[0].GetValue()
	}
	before := pod()
	clock.move(7 * time.Hour) // past 21:30
	require.NotEqual(t, before, pod())
}

func TestStartTwiceAndHistoryAfterStartAreRefused(t *testing.T) {
	f, _, _ := running(t, 0)
	require.ErrorContains(t, f.Start(t.Context()), "started already")
	require.ErrorContains(t, f.WriteHistory(t.Context(), &counted{}, at(start, -1), start, nil), "before the services start")
	f.Stop()
	f.Stop()
	_, err := get(t, target(t, f, "auth", "auth-0"), "text/plain")
	require.Error(t, err)
}
