//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// attempt is an address that somebody writes into the form, and what the page
// must say about it.
type attempt struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	OK   bool   `json:"ok"`
	Says string `json:"says"` // an expression that the message or a warning must match
}

// token is the secret of the Prometheus of this test.
const token = "correct-horse"

// TestRealSourceInTheBrowser connects a real Prometheus in Settings → Sources: every
// failure is explained, the source is saved with the name of its secret, an
// objective over it is written as a document, and its history becomes a budget.
func TestRealSourceInTheBrowser(t *testing.T) {
	upstream := history(t)
	guarded := realtest.NewBearer(t, upstream, token)
	t.Setenv("HINDCAST_SECRET_E2E", token)
	dir := t.TempDir()
	config := filepath.Join(dir, "hindcast.yaml")
	require.NoError(t, os.WriteFile(config, []byte("outbound:\n  allow: [127.0.0.0/8]\n"), 0o600))
	specs := filepath.Join(dir, "specs")
	require.NoError(t, os.MkdirAll(specs, 0o755))
	p := startWith(t, "--config", config, "--specs", specs)

	attempts, err := json.Marshal(attempts(t, upstream, guarded, p.URL))
	require.NoError(t, err)
	checks := runScript(t, "sources.mjs", []string{
		"HINDCAST_URL=" + p.URL, "ATTEMPTS=" + string(attempts), "SOURCE_URL=" + guarded, "SECRET=" + token,
	}, func(command string) {
		require.Equal(t, "specify", command)
		spec := strings.ReplaceAll(evalSpec, "            type: Prometheus\n", "            metricSourceRef: shop-prometheus\n            type: Prometheus\n")
		require.NoError(t, os.WriteFile(filepath.Join(specs, "shop.yaml"), []byte(spec), 0o600))
	})
	require.Greater(t, checks, 15, "the browser script ended early")
	require.NotContains(t, p.log.String(), token, "a secret is in the log")
	p.run(t, "validate", filepath.Join("..", "e2e-out", "snippet.yaml")) // what the page says to write
}

// attempts are the mistakes that people make, each with a server that answers so.
func attempts(t *testing.T, upstream, guarded, own string) []attempt {
	plain := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Sign in</title>")
	}))
	t.Cleanup(page.Close)
	return []attempt{
		{"a host that does not exist", "http://prometheus.invalid:9090", false, `prometheus\.invalid|looked up`},
		{"a port where nothing listens", "http://" + freeAddress(t), false, `refuses the connection`},
		{"a certificate of an unknown authority", plain.URL, false, `authority|certificate`},
		{"https where http is spoken", strings.Replace(upstream, "http://", "https://", 1), false, `http://`},
		{"a token that is missing", guarded, false, `401|does not know us`},
		{"a wrong path", upstream + "/wrong", false, `404|path|no Prometheus API`},
		{"a page of HTML", page.URL, false, `HTML|sign-in|login`},
		{"a Prometheus that is too old", altered(t, upstream, outdated), false, `too old`},
		{"a clock that is ahead", altered(t, upstream, ahead), true, `ahead of`},
		{"an address of the cloud's metadata", "http://169.254.169.254", false, `not asked|outbound`},
		{"this server itself", own, false, `not asked|not this one|itself`},
		{"a Prometheus", upstream, true, `Prometheus`},
	}
}

// history starts a real Prometheus that holds the counters of openMetrics up to now.
func history(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	data, metrics := filepath.Join(dir, "data"), filepath.Join(dir, "metrics.om")
	from := time.Now().Truncate(time.Minute).Add(-(evalTicks - 1) * 30 * time.Second)
	require.NoError(t, os.WriteFile(metrics, []byte(openMetrics(from)), 0o600))
	realtest.Promtool(t, "tsdb", "create-blocks-from", "openmetrics", metrics, data)
	return realtest.NewPrometheus(t, realtest.PrometheusOptions{Data: data}).URL
}

// altered passes on what a server answers, changed.
func altered(t *testing.T, upstream string, change func(path, body string) string) string {
	t.Helper()
	u, err := url.Parse(upstream)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{DisableKeepAlives: true},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(u)
			r.Out.Header.Del("Accept-Encoding") // it is read below
		},
	}
	proxy.ModifyResponse = func(r *http.Response) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		text := change(r.Request.URL.Path, string(body))
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		r.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return nil
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}

// outdated names a version that was current in 2017.
func outdated(path, body string) string {
	if !strings.HasSuffix(path, "/status/buildinfo") {
		return body
	}
	return `{"status":"success","data":{"version":"1.8.2","revision":"5211b96","branch":"HEAD","buildUser":"","buildDate":"","goVersion":"go1.9.2"}}`
}

// ahead sets the clock of a server ten minutes ahead.
func ahead(path, body string) string {
	var answer struct {
		Data struct {
			ResultType string
			Result     [2]any
		}
	}
	if !strings.HasSuffix(path, "/query") || json.Unmarshal([]byte(body), &answer) != nil || answer.Data.ResultType != "scalar" {
		return body
	}
	now := float64(time.Now().Add(10*time.Minute).UnixMilli()) / 1000
	return fmt.Sprintf(`{"status":"success","data":{"resultType":"scalar","result":[%.3f,"%.3f"]}}`, now, now)
}
