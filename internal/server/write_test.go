package server

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// newWriteServer opens a server and answers the requests of a sender.
func newWriteServer(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := New(t.Context(), Options{
		Listen: "127.0.0.1:0", Data: t.TempDir(), Config: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	done := make(chan error, 1)
	go func() { done <- s.http.Serve(s.listener) }()
	t.Cleanup(func() {
		require.NoError(t, s.http.Shutdown(context.Background()))
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
	return s
}

func (s *Server) write(t *testing.T, header http.Header) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address()+"/api/v1/write", bytes.NewReader(snappy.Encode(nil, nil)))
	require.NoError(t, err)
	r.Header = header
	resp, err := (&http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestSendersWriteAndPagesOfOthersDoNot(t *testing.T) {
	s := newWriteServer(t, Config{})
	require.Equal(t, http.StatusNoContent, s.write(t, http.Header{}))
	require.Equal(t, http.StatusForbidden, s.write(t, http.Header{"Sec-Fetch-Site": {"cross-site"}}))
	require.Equal(t, http.StatusForbidden, s.write(t, http.Header{"Origin": {"https://example.com"}}))
}

func TestAStoreThatAcceptsNothingIsNotReady(t *testing.T) {
	s := newWriteServer(t, Config{MinFree: 1 << 62})
	health := s.Health(t.Context())
	require.False(t, health.Ready)
	require.Contains(t, health.Components[1].Message, "MiB left")
	require.Equal(t, http.StatusServiceUnavailable, s.write(t, http.Header{}))
}

func TestTheKeysOfTheMetricsStoreAreRead(t *testing.T) {
	var c Config
	require.NoError(t, yaml.Unmarshal([]byte("out_of_order_window: 30m\ndurability: process\nmin_free: 7\n"), &c))
	require.Equal(t, 30*time.Minute, c.OutOfOrderWindow)
	s := newWriteServer(t, c)
	require.NoError(t, s.tsdb.Trouble())
	c.Durability = "often"
	_, err := New(t.Context(), Options{Listen: "127.0.0.1:0", Data: t.TempDir(), Config: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.ErrorContains(t, err, `durability "often"`)
}
