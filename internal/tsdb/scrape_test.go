package tsdb

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"
	yaml "go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// target is an instrumented service, as real as it gets in one process.
type target struct {
	*httptest.Server
	requests prometheus.Counter
	latency  prometheus.Histogram
	scrapes  atomic.Int64
	broken   atomic.Bool
}

func newTarget(t *testing.T) *target {
	t.Helper()
	tg := &target{
		requests: prometheus.NewCounter(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "latency_seconds", Help: "Latency.", Buckets: []float64{0.1, 1}, NativeHistogramBucketFactor: 1.1,
		}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(tg.requests, tg.latency)
	tg.requests.Add(41)
	tg.latency.Observe(0.05)
	tg.latency.Observe(0.5)
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	tg.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tg.scrapes.Add(1)
		if tg.broken.Load() {
			http.Error(w, "out of order", http.StatusTeapot)
			return
		}
		metrics.ServeHTTP(w, r)
	}))
	t.Cleanup(tg.Close)
	return tg
}

func (tg *target) address() string { return strings.TrimPrefix(tg.URL, "http://") }

func job(name string, targets ...string) ScrapeConfig {
	return ScrapeConfig{
		JobName:        name,
		ScrapeInterval: model.Duration(time.Second),
		StaticConfigs:  []StaticConfig{{Targets: targets, Labels: map[string]string{"team": "a"}}},
	}
}

// eventually polls: when a scrape happens is the scraper's to decide.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 20*time.Second, 20*time.Millisecond, "%s", what)
}

func only(t *testing.T, s *Scraper) TargetStatus {
	t.Helper()
	all, err := s.Targets(t.Context())
	require.NoError(t, err)
	if len(all) == 0 {
		return TargetStatus{}
	}
	require.Len(t, all, 1)
	return all[0]
}

func TestScrapeStoresWhatTargetsShow(t *testing.T) {
	db, tg := openTest(t, t.TempDir()), newTarget(t)
	s, err := db.Scrape([]ScrapeConfig{job("web", tg.address())})
	require.NoError(t, err)
	eventually(t, "the target is up", func() bool { return only(t, s).Up })

	status := only(t, s)
	require.Equal(t, "web", status.Job)
	require.Equal(t, tg.address(), status.Instance)
	require.Equal(t, tg.URL+"/metrics", status.URL)
	require.Equal(t, time.Second, status.Interval)
	require.Equal(t, "a", status.Labels["team"])
	require.Empty(t, status.Err)
	require.WithinDuration(t, time.Now(), status.LastScrape, time.Minute)
	require.Positive(t, status.LastDuration)

	all := read(t, db, `{team="a"}`, 0, math.MaxInt64)
	var floatSeries, histograms int
	for key, series := range all {
		switch {
		case strings.Contains(key, "latency_seconds_bucket"):
			floatSeries++
		case len(series.H) > 0:
			histograms++
			require.InDelta(t, 2, series.H[len(series.H)-1].Count, 0)
		}
	}
	require.Equal(t, 3, floatSeries, "classic buckets are kept beside the native histogram")
	require.Equal(t, 1, histograms)
	eventually(t, "the samples are counted", func() bool { return only(t, s).Samples > 5 })
}

func TestScrapeStoresTheStartOfFreshCounters(t *testing.T) {
	db, tg := openTest(t, t.TempDir()), newTarget(t)
	_, err := db.Scrape([]ScrapeConfig{job("web", tg.address())})
	require.NoError(t, err)
	eventually(t, "there are samples", func() bool { return len(read(t, db, `requests_total`, 0, math.MaxInt64)) > 0 })
	for _, series := range read(t, db, `requests_total`, 0, math.MaxInt64) {
		require.Equal(t, []float64{0, 41}, floats(series.V[:2]))
		require.Less(t, series.T[0], series.T[1])
	}
}

func TestScrapeReportsTargetsThatFail(t *testing.T) {
	db, tg := openTest(t, t.TempDir()), newTarget(t)
	s, err := db.Scrape([]ScrapeConfig{job("web", tg.address())})
	require.NoError(t, err)
	eventually(t, "the target is up", func() bool { return only(t, s).Up })
	tg.broken.Store(true)
	eventually(t, "the target is down", func() bool { return only(t, s).Scraped && !only(t, s).Up })
	require.Contains(t, only(t, s).Err, "418")
	for _, series := range read(t, db, `requests_total`, 0, math.MaxInt64) {
		require.Equal(t, value.StaleNaN, series.V[len(series.V)-1], "a failed scrape ends the series")
	}
}

func TestScrapeRefusesTargetsThatShowTooMuch(t *testing.T) {
	limits := map[string]struct {
		limit func(c *ScrapeConfig)
		text  string
	}{
		"samples":           {func(c *ScrapeConfig) { c.SampleLimit = 2 }, "sample limit"},
		"bytes":             {func(c *ScrapeConfig) { c.BodySizeLimit = 10 }, "body size limit"},
		"labels":            {func(c *ScrapeConfig) { c.LabelLimit = 1 }, "label"},
		"length of a name":  {func(c *ScrapeConfig) { c.LabelNameLengthLimit = 1 }, "label"},
		"length of a value": {func(c *ScrapeConfig) { c.LabelValueLengthLimit = 1 }, "label"},
	}
	for title, tt := range limits {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			db, tg := openTest(t, t.TempDir()), newTarget(t)
			c := job("web", tg.address())
			tt.limit(&c)
			s, err := db.Scrape([]ScrapeConfig{c})
			require.NoError(t, err)
			eventually(t, "the target is down", func() bool { return only(t, s).Scraped })
			require.False(t, only(t, s).Up)
			require.Contains(t, only(t, s).Err, tt.text)
			require.Empty(t, read(t, db, `requests_total`, 0, math.MaxInt64))
		})
	}
}

func TestApplyChangesTargets(t *testing.T) {
	db, first, second := openTest(t, t.TempDir()), newTarget(t), newTarget(t)
	s, err := db.Scrape([]ScrapeConfig{job("first", first.address())})
	require.NoError(t, err)
	eventually(t, "the first target is up", func() bool { return only(t, s).Up })

	require.Error(t, s.Apply([]ScrapeConfig{{JobName: "second"}}), "a job without targets")
	require.Equal(t, "first", only(t, s).Job, "a wrong configuration changes nothing")

	require.NoError(t, s.Apply([]ScrapeConfig{job("second", second.address())}))
	eventually(t, "the second target is up", func() bool { st := only(t, s); return st.Job == "second" && st.Up })
	seen := first.scrapes.Load()
	done := second.scrapes.Load()
	eventually(t, "the second is scraped again", func() bool { return second.scrapes.Load() > done+1 })
	require.Equal(t, seen, first.scrapes.Load(), "the first target is left alone")

	_, err = db.Scrape(nil)
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	s.Stop()
	s.Stop()
	require.Equal(t, fault.Unavailable, fault.KindOf(s.Apply(nil)))
	again, err := db.Scrape([]ScrapeConfig{job("first", first.address())})
	require.NoError(t, err, "a store whose scraper was stopped can be scraped into")
	eventually(t, "the first target is up again", func() bool { return only(t, again).Up })
}

func TestScrapeFollowsFiles(t *testing.T) {
	db, first, second := openTest(t, t.TempDir()), newTarget(t), newTarget(t)
	file := filepath.Join(t.TempDir(), "targets.json")
	list := func(address string) {
		text := fmt.Sprintf(`[{"targets": [%q], "labels": {"zone": "z1"}}]`, address)
		require.NoError(t, os.WriteFile(file+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(file+".new", file))
	}
	list(first.address())
	c := job("files")
	c.StaticConfigs = nil
	c.FileSDConfigs = []FileSDConfig{{Files: []string{file}}}
	s, err := db.Scrape([]ScrapeConfig{c})
	require.NoError(t, err)
	eventually(t, "the first target is up", func() bool { return only(t, s).Up })
	require.Equal(t, "z1", only(t, s).Labels["zone"])
	list(second.address())
	eventually(t, "the second target is up", func() bool { st := only(t, s); return st.Instance == second.address() && st.Up })
}

func TestScrapeSignsIn(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("s3cret\n"), 0o600))
	tests := map[string]struct {
		set  func(c *ScrapeConfig)
		want func(r *http.Request) bool
	}{
		"with a password": {
			func(c *ScrapeConfig) { c.BasicAuth = &BasicAuth{"me", secret} },
			func(r *http.Request) bool { u, p, _ := r.BasicAuth(); return u == "me" && p == "s3cret" },
		},
		"with a token": {
			func(c *ScrapeConfig) { c.Authorization = &Authorization{CredentialsFile: secret} },
			func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer s3cret" },
		},
		"with a header and a parameter": {
			func(c *ScrapeConfig) {
				c.HTTPHeaders = map[string]string{"X-Tenant": "t1"}
				c.Params = map[string][]string{"module": {"m1"}}
			},
			func(r *http.Request) bool { return r.Header.Get("X-Tenant") == "t1" && r.FormValue("module") == "m1" },
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !tt.want(r) {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				_, _ = w.Write([]byte("x 1\n")) // without a content type
			}))
			defer server.Close()
			c := job("web", strings.TrimPrefix(server.URL, "http://"))
			tt.set(&c)
			s, err := openTest(t, t.TempDir()).Scrape([]ScrapeConfig{c})
			require.NoError(t, err)
			eventually(t, "the target was scraped", func() bool { return only(t, s).Scraped })
			require.Empty(t, only(t, s).Err)
		})
	}
}

func TestValidateScrapeListsEveryProblem(t *testing.T) {
	tests := map[string]struct {
		yaml string
		want []string // paths and parts of texts
	}{
		"nothing is wrong": {`
- job_name: web
  scrape_interval: 15s
  static_configs: [{targets: ["a:80", "b", "[::1]:9090"], labels: {team: x}}]
  relabel_configs: [{source_labels: [__address__], target_label: host, regex: "(.*):.*"}]
- job_name: files
  file_sd_configs: [{files: ["a/*.yml", b.json], refresh_interval: 1m}]
`, nil},
		"everything is wrong": {`
- job_name: ""
  scheme: gopher
  metrics_path: metrics
  scrape_interval: 10ms
  scrape_timeout: 1m
  body_size_limit: -1
- job_name: web
  static_configs: [{targets: ["http://a:80", "a/metrics", ":80", "a:0", ""], labels: {"": x, __name__: y}}]
  file_sd_configs: [{files: []}, {files: ["*/a.json", "a.txt"]}]
  basic_auth: {username: me}
  authorization: {type: Bearer}
  tls_config: {cert_file: a}
- job_name: web
  static_configs: [{targets: [a]}]
`, []string{
			"[0].job_name: a job needs a name",
			"[0].scrape_interval: 10ms",
			"[0].scrape_timeout: 1m",
			"[0].scheme: \"gopher\"",
			"[0].metrics_path: \"metrics\"",
			"[0].body_size_limit: -1",
			"[0]: job \"\" has no targets",
			"[1].static_configs[0].targets[0]: \"http://a:80\" is a URL",
			"[1].static_configs[0].targets[1]: \"a/metrics\" has a path",
			"[1].static_configs[0].targets[2]: \":80\" has no host",
			"[1].static_configs[0].targets[3]: \"a:0\" has no valid port",
			"[1].static_configs[0].targets[4]: \"\" is empty",
			"[1].static_configs[0].labels: \"\" is not",
			"[1].static_configs[0].labels: __name__",
			"[1].file_sd_configs[0].files: no files",
			"[1].file_sd_configs[1].files[0]: \"*/a.json\"",
			"[1].file_sd_configs[1].files[1]: \"a.txt\"",
			"[1].authorization: a job signs in",
			"[1].basic_auth: username and password_file",
			"[1].authorization.credentials_file",
			"[1].tls_config: cert_file",
			"[2].job_name: \"web\" is the name of job 1",
		}},
		"what Prometheus refuses is reported": {`
- job_name: web
  static_configs: [{targets: [a]}]
  relabel_configs: [{action: hashmod, target_label: x}]
`, []string{"[0]: relabel configuration for hashmod requires non-zero modulus"}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			var configs []ScrapeConfig
			decoder := yaml.NewDecoder(strings.NewReader(tt.yaml))
			decoder.KnownFields(true)
			require.NoError(t, decoder.Decode(&configs))
			got := ValidateScrape(configs)
			texts := make([]string, len(got))
			for i, p := range got {
				texts[i] = p.String()
			}
			require.Len(t, got, len(tt.want), "%s", strings.Join(texts, "\n"))
			for i, want := range tt.want {
				require.Contains(t, texts[i], want)
			}
		})
	}
}
