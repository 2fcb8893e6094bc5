//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// kills is how often the receiver dies while a Prometheus writes to it.
const kills = 10

func TestRealPrometheusWritesThroughKills(t *testing.T) {
	const v1, v2 = "prometheus.WriteRequest", "io.prometheus.write.v2.Request"
	tests := map[string]struct{ message, config string }{
		"version 1": {v1, "out_of_order_window: 0s"},
		"version 2": {v2, "out_of_order_window: 0s"},
		"version 2 into a window for late samples": {v2, "out_of_order_window: 10m"},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "hindcast.yaml")
			require.NoError(t, os.WriteFile(config, []byte(tt.config+"\n"), 0o600))
			p := startWith(t, "--config", config)
			sender := startPrometheus(t, p.URL, tt.message)
			from := awaitFirstSample(t, p.URL)
			for range kills {
				time.Sleep(time.Duration(500+rand.IntN(2000)) * time.Millisecond)
				p.kill(t)
				time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
				p.launch(t)
			}
			requireEqualSamples(t, sender, p.URL, from, time.Now().Truncate(time.Second))
		})
	}
}

// startPrometheus runs a Prometheus that scrapes itself every second and writes
// to a receiver, and returns its address.
func startPrometheus(t *testing.T, receiver, message string) string {
	t.Helper()
	return realtest.NewPrometheus(t, realtest.PrometheusOptions{Config: fmt.Sprintf(`global: {scrape_interval: 1s, scrape_timeout: 1s, scrape_native_histograms: true}
scrape_configs:
  - {job_name: prometheus, static_configs: [{targets: ["$ADDRESS"]}]}
remote_write:
  - url: %s/api/v1/write
    protobuf_message: %s
    send_exemplars: true
    send_native_histograms: true
    queue_config: {max_backoff: 1s, batch_send_deadline: 1s}
`, receiver, message)}).URL
}

// rawSeries is a series with its samples as they are stored, floats and histograms.
type rawSeries struct {
	Metric     map[string]string
	Values     []json.RawMessage
	Histograms []json.RawMessage
}

// rawSamples asks for all samples in (from, to], by series.
func rawSamples(server string, from, to time.Time) (map[string]rawSeries, error) {
	query := url.Values{
		"query": {fmt.Sprintf(`{__name__=~".+"}[%ds]`, int(to.Sub(from).Seconds()))},
		"time":  {strconv.FormatInt(to.Unix(), 10)},
	}
	resp, err := http.PostForm(server+"/api/v1/query", query)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string
		Data   struct{ Result []rawSeries }
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		return nil, fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	all := make(map[string]rawSeries, len(answer.Data.Result))
	for _, s := range answer.Data.Result {
		all[fmt.Sprint(s.Metric)] = s
	}
	return all, nil
}

// awaitFirstSample waits until the receiver has samples, and returns the time from
// which on it has to have all: a sender sends no samples from before it began.
func awaitFirstSample(t *testing.T, receiver string) time.Time {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		now := time.Now().Truncate(time.Second)
		got, err := rawSamples(receiver, now.Add(-time.Minute), now)
		if err == nil && len(got) > 0 {
			return now
		}
		require.True(t, time.Now().Before(deadline), "no sample arrived: %v", err)
	}
}

// requireEqualSamples waits until the receiver has what the sender has.
func requireEqualSamples(t *testing.T, sender, receiver string, from, to time.Time) {
	t.Helper()
	want, err := rawSamples(sender, from, to)
	require.NoError(t, err)
	floats, histograms := 0, 0
	for _, s := range want {
		floats, histograms = floats+len(s.Values), histograms+len(s.Histograms)
	}
	require.Greater(t, floats, 5000)
	require.Greater(t, histograms, 50)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		got, err := rawSamples(receiver, from, to)
		require.NoError(t, err)
		different := ""
		for key, s := range want {
			if fmt.Sprintf("%s", s) != fmt.Sprintf("%s", got[key]) {
				different = fmt.Sprintf("%s\nhas %s\nnot %s", key, got[key], s)
				break
			}
		}
		if different == "" && len(got) == len(want) {
			t.Logf("%d series, %d floats and %d histograms read back equal after %d kills", len(want), floats, histograms, kills)
			return
		}
		require.True(t, time.Now().Before(deadline), "%d series, not %d; %s", len(got), len(want), different)
	}
}
