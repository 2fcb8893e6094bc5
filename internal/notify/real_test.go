package notify

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// TestRealAlertmanagerNotifiesOnceOfABeginningAndOnceOfAnEnd tells a real
// Alertmanager of an outage over and over, from two notifiers one after the
// other, and counts what its receiver gets.
func TestRealAlertmanagerNotifiesOnceOfABeginningAndOnceOfAnEnd(t *testing.T) {
	var mu sync.Mutex
	received := map[string]int{}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ Status string }
		_ = json.NewDecoder(r.Body).Decode(&m)
		mu.Lock()
		defer mu.Unlock()
		received[m.Status]++
	}))
	defer hook.Close()
	counts := func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return map[string]int{"firing": received["firing"], "resolved": received["resolved"]}
	}
	am := realtest.NewAlertmanager(t, `
route: {receiver: hook, group_wait: 10ms, group_interval: 1s, repeat_interval: 1h, group_by: [slo]}
receivers: [{name: hook, webhook_configs: [{url: `+hook.URL+`, send_resolved: true}]}]
`)
	b := &book{}
	e := outage("api")
	b.set(e)
	start := func() (*Notifier, func()) {
		n := New(Options{
			Targets: []Target{{Name: "t", Type: Alertmanager, URL: am.URL, Transport: http.DefaultTransport}}, Book: b, Now: time.Now,
			Link: func(string) string { return "" }, Logger: slog.New(slog.DiscardHandler),
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- n.Run(ctx) }()
		return n, func() { stop(); require.NoError(t, <-done) }
	}
	n, stop := start()
	require.Eventually(t, func() bool { return counts()["firing"] == 1 }, time.Minute, 10*time.Millisecond)
	for range 5 { // as five minutes would
		n.Wake()
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	n, stop = start() // a restart
	defer stop()
	for range 5 {
		n.Wake()
		time.Sleep(50 * time.Millisecond)
	}
	b.set(ended(e))
	n.Wake()
	require.Eventually(t, func() bool { return counts()["resolved"] == 1 }, time.Minute, 10*time.Millisecond)
	for range 5 {
		n.Wake()
		time.Sleep(500 * time.Millisecond) // several group intervals
	}
	require.Equal(t, map[string]int{"firing": 1, "resolved": 1}, counts())
	require.Len(t, b.told, 2)
}
