package demo

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ScrapeInterval is how often the fleet wants to be scraped.
const ScrapeInterval = 15 * time.Second

// ScrapeJob is one job of a scrape configuration.
type ScrapeJob struct {
	Name     string
	Interval time.Duration
	Timeout  time.Duration
	Path     string // of the metrics
	Targets  []ScrapeTarget
}

// ScrapeTarget is one target of a job. Its labels, instance among them, replace
// what a scraper would derive from the address: ports change from start to
// start, series must not.
type ScrapeTarget struct {
	Address string // host:port
	Labels  map[string]string
}

// ScrapeTargets returns what there is to scrape; it is complete after Start.
// The job label is the job's name and is not among the targets' labels.
func (f *Fleet) ScrapeTargets() []ScrapeJob {
	f.mu.Lock()
	defer f.mu.Unlock()
	var jobs []ScrapeJob
	for _, s := range f.servers {
		if n := len(jobs); n == 0 || jobs[n-1].Name != s.in.job {
			jobs = append(jobs, newScrapeJob(s.in.job))
		}
		labels := map[string]string{}
		for _, p := range s.in.target {
			if p.name != "job" {
				labels[p.name] = p.value
			}
		}
		last := &jobs[len(jobs)-1]
		last.Targets = append(last.Targets, ScrapeTarget{Address: s.address, Labels: labels})
	}
	if f.opts.Self != "" {
		self := newScrapeJob("hindcast")
		self.Targets = []ScrapeTarget{{Address: f.opts.Self, Labels: map[string]string{"instance": "hindcast"}}}
		jobs = append(jobs, self)
	}
	return jobs
}

func newScrapeJob(name string) ScrapeJob {
	return ScrapeJob{Name: name, Interval: ScrapeInterval, Timeout: 10 * time.Second, Path: "/metrics"}
}

// server serves one instance.
type server struct {
	in      *instance
	address string
	http    *http.Server
	done    sync.WaitGroup
	busy    sync.RWMutex // read-held by each request in progress
	release func() bool  // ends the watch over the context
}

// serve opens the listener of an instance.
func (f *Fleet) serve(ctx context.Context, in *instance) (*server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for demo instance %s: %w", in.name, err)
	}
	s := &server{in: in, address: l.Addr().String()}
	s.http = &http.Server{
		Handler: s.waitable(f.handler(in)), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(f.opts.Logger.Handler(), slog.LevelDebug),
	}
	s.done.Go(func() { _ = s.http.Serve(l) }) // ends with ErrServerClosed only
	s.release = context.AfterFunc(ctx, func() { _ = s.http.Close() })
	return s, nil
}

// waitable lets close wait for the requests in progress.
func (s *server) waitable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.busy.RLock()
		defer s.busy.RUnlock()
		next.ServeHTTP(w, r)
	})
}

// close closes the listener and its connections and waits for what they run.
func (s *server) close() {
	s.release()
	_ = s.http.Close()
	s.done.Wait()
	s.busy.Lock() // nobody new can come in: the connections are closed
	defer s.busy.Unlock()
}

// handler serves the metrics of an instance at /metrics, in text or, for native
// histograms, in the protocol buffer format, as the scraper asks.
func (f *Fleet) handler(in *instance) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&exporter{f, in})
	metrics := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if !f.answers(in) {
			hangUp(w)
			return
		}
		metrics.ServeHTTP(w, r)
	})
	return mux
}

// answers advances the model to the clock and reports whether the process of
// the instance is there to answer.
func (f *Fleet) answers(in *instance) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.catchUp()
	return in.reach == reachable
}

// hangUp closes the connection without an answer, as a dead process would.
func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	w.WriteHeader(http.StatusServiceUnavailable)
}

// exporter is an instance as a prometheus.Collector.
type exporter struct {
	f  *Fleet
	in *instance
}

var _ prometheus.Collector = (*exporter)(nil)

// Describe implements prometheus.Collector. It describes nothing, because the
// members of a family change with the processes.
func (e *exporter) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (e *exporter) Collect(ch chan<- prometheus.Metric) {
	e.f.mu.Lock()
	defer e.f.mu.Unlock()
	for _, m := range e.in.metrics {
		m.collect(ch)
	}
}
