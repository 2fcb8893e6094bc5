package server

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
	"github.com/hindcast/hindcast/slo/openslo"
)

// watched is an SLO with a policy that tells a webhook and somebody who is not
// there.
const watched = `  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: page, labels: {team: web, severity: low}, annotations: {runbook_url: "https://runbooks.example.com/api"}}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata: {name: fast, annotations: {hindcast.dev/min-events: "20"}}
            spec: {severity: page, condition: {kind: burnrate, op: gte, threshold: 3, lookbackWindow: 3d, alertAfter: 0m}}
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata: {name: hook}
            spec: {target: hook}
          - kind: AlertNotificationTarget
            metadata: {name: nobody}
            spec: {target: nobody}
`

// inbox is a webhook that keeps what it gets.
type inbox struct {
	mu   sync.Mutex
	got  []string
	http *httptest.Server
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	b := &inbox{}
	b.http = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ State, SLO, Severity string }
		_ = json.NewDecoder(r.Body).Decode(&m)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, m.State+" "+m.SLO+" "+m.Severity)
	}))
	t.Cleanup(b.http.Close)
	return b
}

func (b *inbox) messages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.got...)
}

// alerting runs a server over one watched SLO that has an outage behind it. The
// target of its policy is of a type and at an address.
func alerting(t *testing.T, data, specs, kind, address string, now func() time.Time) (s *Server, stop func()) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "hindcast.yaml")
	require.NoError(t, os.WriteFile(config, []byte("alerting: {external_url: \"https://h.example.com\", targets: [{name: hook, type: "+kind+", url: \""+address+"\"}]}\n"), 0o600))
	c, err := ReadConfig(config)
	require.NoError(t, err)
	s, err = New(t.Context(), Options{
		Listen: "127.0.0.1:0", Data: data, Specs: specs, Config: c, Logger: slog.New(slog.DiscardHandler), Now: now,
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-done)
			require.NoError(t, s.Close())
		})
	}
	t.Cleanup(stop)
	return s, stop
}

func TestAnAlertIsToldOnceAndEndsWhenWhatItWasAboutIsExcluded(t *testing.T) {
	data, specs, hook := t.TempDir(), t.TempDir(), newInbox(t)
	then := func() time.Time { return manyNow }
	require.NoError(t, os.WriteFile(filepath.Join(specs, "api.yaml"), []byte(manyDocument("api", 1, "99.5")+watched), 0o600))
	set, problems, _ := openslo.Read([]string{specs}, builders())
	require.Empty(t, problems)
	fill(t, data, slo.Indicators(set.SLOs))
	told := func(want ...string) {
		t.Helper()
		require.Eventually(t, func() bool { return len(hook.messages()) >= len(want) }, 30*time.Second, 10*time.Millisecond)
		time.Sleep(100 * time.Millisecond) // time for one too many
		require.Equal(t, want, hook.messages())
	}

	s, stop := alerting(t, data, specs, "webhook", hook.http.URL, then)
	told("FIRING api page")
	alerts := s.alertsOf(t)
	require.Contains(t, alerts, `"state":"FIRING"`)
	require.Contains(t, alerts, `{"error":null,"state":"FIRING","target":"hook"}`)
	require.Contains(t, s.healthText(t), "policies name nobody, which hindcast.yaml does not define")
	replay, err := s.ask(t.Context(), `{ slo(name: "api") { wouldHaveFired(from: "2026-03-15T00:00:00Z") { firings { from to } } } }`, nil, "slo", "wouldHaveFired")
	require.NoError(t, err)
	require.Regexp(t, "from:2026-03-16T10:[0-9]{2}:00Z to:<nil>", fmt.Sprint(replay), "it would have fired in the outage, and still would")

	stop()
	s, _ = alerting(t, data, specs, "webhook", hook.http.URL, then)
	require.Eventually(t, func() bool { return strings.Contains(s.alertsOf(t), `"state":"FIRING"`) }, 30*time.Second, 10*time.Millisecond)
	told("FIRING api page")

	s.excludeHour(t, time.Date(2026, time.March, 16, 10, 0, 0, 0, time.UTC))
	told("FIRING api page", "RESOLVED api page")
	require.Contains(t, s.alertsOf(t), `"state":"RESOLVED"`)
}

func TestWhileItIsToldThatNobodyCanTellTheConditionIsNotListedToo(t *testing.T) {
	specs := t.TempDir()
	silent := strings.Replace(watched, "alertWhenBreaching: true", "alertWhenBreaching: true\n        alertWhenNoData: true", 1)
	require.NoError(t, os.WriteFile(filepath.Join(specs, "api.yaml"), []byte(manyDocument("api", 1, "99.5")+silent), 0o600))
	s := running(t, specs)
	states := func() string {
		v, err := s.ask(t.Context(), `{ alerts(first: 10) { nodes { state } } }`, nil, "alerts", "nodes")
		require.NoError(t, err)
		return fmt.Sprint(v)
	}
	require.Eventually(t, func() bool { return states() == "[map[state:FROZEN]]" }, 30*time.Second, 10*time.Millisecond)
	episode := alert.Episode{Key: alert.Key{SLO: "api", Objective: "objective-1", Policy: "page", NoData: true}, FiredAt: time.Now().Truncate(time.Minute)}
	require.NoError(t, s.store.SaveEpisodes(t.Context(), []alert.Episode{episode}))
	require.Equal(t, "[map[state:FIRING]]", states())
}

// excludeHour leaves out an hour of the past, which takes two.
func (s *Server) excludeHour(t *testing.T, from time.Time) {
	t.Helper()
	s.must(t, makeExclusion, map[string]any{"input": map[string]any{
		"name": "monday", "title": "Database moved", "reason": "planned", "scope": map[string]any{"slos": []string{"api"}},
		"start": from.Format(time.RFC3339), "length": "1h", "by": "Ann",
	}})
	s.must(t, approve, nil)
}

// alertsOf returns what the API says about the alerts of api.
func (s *Server) alertsOf(t *testing.T) string {
	t.Helper()
	v, err := s.ask(t.Context(), `{ slo(name: "api") { alerts { state policy reason deliveries { target state error } } } }`, nil, "slo", "alerts")
	require.NoError(t, err)
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// healthText returns what the components say.
func (s *Server) healthText(t *testing.T) string {
	t.Helper()
	v, err := s.ask(t.Context(), `{ health { components { message } } }`, nil, "health")
	require.NoError(t, err)
	return fmt.Sprint(v)
}

func TestMistakesInAlertingNameTheirLine(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"a type that is none":          {"alerting:\n  targets:\n    - {name: a, type: pager, url: http://x}\n", `:3: alert target "a": type: "pager" is neither alertmanager nor webhook`},
		"no address":                   {"alerting:\n  targets:\n    - {name: a, type: webhook}\n", `:3: alert target "a": url: is missing`},
		"twice":                        {"alerting:\n  targets:\n    - {name: a, type: webhook, url: http://x}\n    - {name: a, type: webhook, url: http://y}\n", `:4: alert target "a" is defined twice, first in line 3`},
		"a signature that nobody sees": {"alerting:\n  targets:\n    - {name: a, type: alertmanager, url: http://x, secret_env: K}\n", `an Alertmanager looks at no signature`},
		"what sources have":            {"alerting:\n  targets:\n    - {name: a, type: webhook, url: http://x, reread: 5m}\n", `reread: is about sources of figures`},
		"a key that is none":           {"alerting:\n  target: []\n", `key "target" is not known`},
		"an address for people":        {"alerting:\n  external_url: nowhere\n", `:2: alerting.external_url`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hindcast.yaml")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			_, err := ReadConfig(path)
			require.ErrorContains(t, err, tc.want)
		})
	}
}
