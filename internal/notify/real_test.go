package notify

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/realtest"
)

// TestRealAlertmanagerNotifiesOnceOfABeginningAndOnceOfAnEnd tells a real
// Alertmanager of an outage over and over, from two notifiers one after the
// other, and counts what its receiver gets.
func TestRealAlertmanagerNotifiesOnceOfABeginningAndOnceOfAnEnd(t *testing.T) {
	am, got := realtest.NewNotifyingAlertmanager(t, "slo")
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
	require.Eventually(t, func() bool { return slices.Equal(got.Statuses(), []string{"firing"}) }, time.Minute, 10*time.Millisecond)
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
	require.Eventually(t, func() bool { return len(got.Statuses()) == 2 }, time.Minute, 10*time.Millisecond)
	for range 5 {
		n.Wake()
		time.Sleep(500 * time.Millisecond) // several group intervals
	}
	require.Equal(t, []string{"firing", "resolved"}, got.Statuses())
	require.Len(t, b.told, 2)
}
