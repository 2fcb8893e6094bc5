package realtest_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

func send(ctx context.Context, method, url, body string, header http.Header) (status int, text string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	maps.Copy(req.Header, header)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func TestRealAlertmanagerNotifies(t *testing.T) {
	a, got := realtest.NewNotifyingAlertmanager(t, "alertname")
	status, text, err := send(t.Context(), http.MethodPost, a.URL+"/api/v2/alerts",
		`[{"labels":{"alertname":"BudgetBurns","objective":"checkout"},"annotations":{"summary":"fast"}}]`,
		http.Header{"Content-Type": {"application/json"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status, text)
	require.Eventually(t, func() bool { return len(got.All()) == 1 }, time.Minute, 10*time.Millisecond)
	message := got.All()[0]
	require.Equal(t, "4", message.Version)
	require.Equal(t, "firing", message.Status)
	require.Len(t, message.Alerts, 1)
	require.Equal(t, "checkout", message.Alerts[0].Labels["objective"])
	require.Equal(t, "fast", message.Alerts[0].Annotations["summary"])
}

func TestRealPrometheusKeepsItsDataOverAKill(t *testing.T) {
	p := realtest.NewPrometheus(t, realtest.PrometheusOptions{
		Config: `{global: {scrape_interval: 1s}, scrape_configs: [{job_name: self, metrics_path: /prom/metrics, static_configs: [{targets: ["$ADDRESS"]}]}]}`,
		Flags:  []string{"--web.route-prefix=/prom"},
	})
	scraped := func() bool {
		status, text, err := send(t.Context(), http.MethodGet, p.URL+"/api/v1/query?query=up", "", nil)
		return err == nil && status == http.StatusOK && strings.Contains(text, `"job":"self"`)
	}
	require.Eventually(t, scraped, time.Minute, 100*time.Millisecond)
	p.Kill(t)
	require.False(t, scraped())
	p.Start(t)
	require.Eventually(t, scraped, time.Minute, 100*time.Millisecond)
}

func TestRealPrometheusBehindATokenAsksForIt(t *testing.T) {
	p := realtest.NewPrometheus(t, realtest.PrometheusOptions{})
	url := realtest.NewBearer(t, p.URL, "right")
	for token, want := range map[string]int{"Bearer right": 200, "Bearer wrong": 401, "": 401} {
		status, _, err := send(t.Context(), http.MethodGet, url+"/api/v1/status/buildinfo", "", http.Header{"Authorization": {token}})
		require.NoError(t, err)
		require.Equal(t, want, status, token)
	}
}
