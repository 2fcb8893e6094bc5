package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// PagerName is the notification target that the policies of the fleet name.
const PagerName = "demo-pager"

// maxMessage bounds what the pager reads of one message.
const maxMessage = 64 << 10

// Pager is whom the fleet's alert policies tell: a webhook on the loopback
// interface that takes every message and says so in the log. It pages nobody.
type Pager struct {
	URL  string
	http *http.Server
	done sync.WaitGroup
}

// NewPager begins to listen; Close ends it.
func NewPager(ctx context.Context, logger *slog.Logger) (*Pager, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the demo's pager: %w", err)
	}
	p := &Pager{URL: "http://" + l.Addr().String() + "/page"}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /page", func(w http.ResponseWriter, r *http.Request) {
		var m struct{ State, SLO, Policy, Severity string }
		if err := json.NewDecoder(io.LimitReader(r.Body, maxMessage)).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		logger.InfoContext(r.Context(), "the demo's pager rings", "state", m.State, "slo", m.SLO, "policy", m.Policy, "severity", m.Severity)
		w.WriteHeader(http.StatusNoContent)
	})
	p.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	p.done.Go(func() { _ = p.http.Serve(l) }) // ends with ErrServerClosed only
	return p, nil
}

// Close closes the listener and its connections.
func (p *Pager) Close() error {
	err := p.http.Close()
	p.done.Wait()
	return err
}
