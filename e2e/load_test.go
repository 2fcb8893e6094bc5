//go:build e2e && load

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The load: what a wall of dashboards asks, from as many addresses as there
// would be people. Every address is a principal of its own, so that the points
// that the server gives each of them are enough and no limit is lifted.
const (
	loadSLOs    = 120 // a page of a hundred, and a next page
	loadClients = 50
	loadRate    = 200 // requests per second
	loadTime    = time.Minute
	soakRate    = 50
	soakTime    = 10 * time.Minute
	soakSample  = 10 * time.Second
)

const loadQuery = `query Load {
  slos(first: 100) {
    pageInfo { hasNextPage endCursor }
    nodes {
      name displayName service { name } window { title }
      budget { sli remaining burnRate coverage state asOf warnings }
    }
  }
}`

// loadIndicators are counters of the demo. Each objective selects them with a
// matcher of its own that lets everything through, so that each is measured and
// kept by itself.
var loadIndicators = []string{"auth", "checkout", "search"}

const loadSpec = `apiVersion: openslo/v1
kind: SLO
metadata: {name: load-%03[1]d, displayName: Load %[1]d}
spec:
  service: load-%[2]s
  indicator:
    metadata: {name: load-%03[1]d}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec: {query: 'http_requests_total{job="%[2]s",code!~"5..",route!="none-%[1]d"}'}
        total:
          metricSource:
            type: Prometheus
            spec: {query: 'http_requests_total{job="%[2]s",route!="none-%[1]d"}'}
  timeWindow: [{duration: %[3]s, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: works, target: 0.99}]
`

// The list of a hundred objectives with their budgets, asked for at a fixed
// rate: a request is sent when it is due, not when the last one is answered, and
// its time counts from then, so that a server that stalls cannot look fast.
func TestLoadOfAListOfAHundredBudgets(t *testing.T) {
	p := startLoaded(t)
	before := p.usage(t)
	l := p.load(t, loadRate, loadTime)
	after := p.usage(t)
	t.Logf("%d SLOs, list of 100 with budgets, %d clients, %d processors, load average %s\n%s\nprocessor time %.2f ms for each request, collection included; RSS before %.1f MiB, after %.1f MiB",
		loadSLOs, loadClients, runtime.NumCPU(), loadAverage(t), l, 1000*(after.cpu-before.cpu)/float64(len(l.times)), before.rss, after.rss)
	require.Empty(t, l.failures)
}

// The same at a quarter of the rate for ten minutes: memory and goroutines.
func TestLoadSoak(t *testing.T) {
	p := startLoaded(t)
	p.load(t, loadRate, 10*time.Second) // what grows once has grown
	ctx, stop := context.WithCancel(t.Context())
	var samples []usage
	var sampling sync.WaitGroup
	sampling.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(soakSample):
				samples = append(samples, p.usage(t))
			}
		}
	})
	l := p.load(t, soakRate, soakTime)
	stop()
	sampling.Wait()
	rss, goroutines := slope(samples, func(u usage) float64 { return u.rss }), slope(samples, func(u usage) float64 { return u.goroutines })
	t.Logf("soak of %s, %d samples\n%s\nRSS %.1f → %.1f MiB, slope %+.2f MiB/min; goroutines %.0f → %.0f, slope %+.3f/min", soakTime, len(samples), l,
		samples[0].rss, samples[len(samples)-1].rss, rss*60, samples[0].goroutines, samples[len(samples)-1].goroutines, goroutines*60)
	require.Empty(t, l.failures)
}

// startLoaded starts a demo with the objectives of the load and waits until all
// of their history is read and every budget of the page has a figure.
func startLoaded(t *testing.T) *program {
	t.Helper()
	specs := t.TempDir()
	windows := []string{"30d", "28d", "7d", "14d"}
	for i := range loadSLOs {
		text := fmt.Sprintf(loadSpec, i, loadIndicators[i%len(loadIndicators)], windows[i%len(windows)])
		require.NoError(t, os.WriteFile(filepath.Join(specs, fmt.Sprintf("load-%03d.yaml", i)), []byte(text), 0o600))
	}
	p := startWith(t, "--demo", "--specs", specs)
	began := time.Now()
	require.Eventually(t, func() bool { return p.complete(t) }, 15*time.Minute, 2*time.Second, "the history is read")
	t.Logf("history of %d indicators read after %.0f s", loadSLOs, time.Since(began).Seconds())
	return p
}

// complete reports whether every objective has its history and its figure.
func (p *program) complete(t *testing.T) bool {
	var page struct {
		Slos struct {
			Nodes []struct {
				Backfill *struct{ Done bool }
				Budget   struct{ Remaining *float64 }
			}
		}
	}
	p.query(t, `{ slos(first: 100) { nodes { backfill { done } budget { remaining } } } }`, &page)
	for _, n := range page.Slos.Nodes {
		if n.Backfill == nil || !n.Backfill.Done || n.Budget.Remaining == nil {
			return false
		}
	}
	return len(page.Slos.Nodes) == 100
}

// result is what a load found out.
type result struct {
	rate     int
	lasted   time.Duration
	times    []time.Duration // ascending, from when a request was due to its last byte
	failures map[string]int
	bytes    int
}

func (r result) String() string {
	at := func(q float64) time.Duration {
		return r.times[min(len(r.times)-1, int(q*float64(len(r.times))))].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("asked %d/s for %s: %d answers, %.1f/s, %d bytes each, failures %v\np50 %s  p90 %s  p99 %s  p99.9 %s  max %s",
		r.rate, r.lasted.Round(time.Second), len(r.times), float64(len(r.times))/r.lasted.Seconds(), r.bytes, r.failures,
		at(.5), at(.9), at(.99), at(.999), r.times[len(r.times)-1].Round(10*time.Microsecond))
}

// load sends the query at a rate for a time.
func (p *program) load(t *testing.T, rate int, lasting time.Duration) result {
	t.Helper()
	clients := addresses(t, loadClients)
	body, err := json.Marshal(map[string]string{"query": loadQuery})
	require.NoError(t, err)
	r := result{rate: rate, failures: map[string]int{}}
	var mu sync.Mutex
	var flying sync.WaitGroup
	began := time.Now()
	for i := range int(lasting.Seconds() * float64(rate)) {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		flying.Go(func() {
			n, err := p.one(t.Context(), clients[i%len(clients)], body)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			if r.times = append(r.times, took); err != nil {
				r.failures[err.Error()]++
			}
			r.bytes = max(r.bytes, n)
		})
	}
	flying.Wait()
	r.lasted = time.Since(began)
	slices.Sort(r.times)
	return r
}

// one sends one request and looks whether the answer is whole.
func (p *program) one(ctx context.Context, c *http.Client, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hindcast-CSRF", "1")
	resp, err := c.Do(req)
	if err != nil {
		return 0, errors.New("no answer")
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return 0, errors.New("half an answer")
	case resp.StatusCode != http.StatusOK:
		return 0, errors.New(resp.Status)
	case bytes.Count(text, []byte(`"remaining":`)) != 100 || bytes.Contains(text, []byte(`"remaining":null`)) || bytes.Contains(text, []byte(`"errors":`)):
		return 0, errors.New("not a whole page") // one text, so that they add up
	}
	return len(text), nil
}

// addresses returns clients that each call from an address of their own.
func addresses(t *testing.T, n int) []*http.Client {
	all := make([]*http.Client, n)
	for i := range all {
		from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i))}}
		transport := &http.Transport{DialContext: from.DialContext, MaxIdleConnsPerHost: 20}
		t.Cleanup(transport.CloseIdleConnections)
		all[i] = &http.Client{Transport: transport, Timeout: 30 * time.Second}
	}
	return all
}

// usage is what the program uses at one moment.
type usage struct {
	at              time.Time
	rss, goroutines float64 // MiB, number
	cpu             float64 // seconds since the start
}

// usage reads the program's own metrics.
func (p *program) usage(t *testing.T) usage {
	resp, err := http.Get(p.URL + "/metrics")
	require.NoError(t, err)
	defer resp.Body.Close()
	u := usage{at: time.Now()}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		switch v, _ := strconv.ParseFloat(text, 64); name {
		case "process_resident_memory_bytes":
			u.rss = v / (1 << 20)
		case "process_cpu_seconds_total":
			u.cpu = v
		case "go_goroutines":
			u.goroutines = v
		}
	}
	require.NotZero(t, u.rss)
	return u
}

// slope is the least-squares slope per second.
func slope(samples []usage, of func(usage) float64) float64 {
	var mx, my, above, below float64
	for _, s := range samples {
		mx += s.at.Sub(samples[0].at).Seconds() / float64(len(samples))
		my += of(s) / float64(len(samples))
	}
	for _, s := range samples {
		x := s.at.Sub(samples[0].at).Seconds() - mx
		above += x * (of(s) - my)
		below += x * x
	}
	return above / below
}

// loadAverage tells how busy the machine was, the server and the load included.
func loadAverage(t *testing.T) string {
	text, err := os.ReadFile("/proc/loadavg")
	require.NoError(t, err)
	return strings.Join(strings.Fields(string(text))[:1], " ")
}
