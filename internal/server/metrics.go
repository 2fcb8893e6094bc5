package server

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
)

// metrics are what the server counts while it works. What a part knows by itself
// is read from it at a scrape, see families. Labels are names of handlers, of
// sources, of operations of ours and of limits, never what a client sent.
type metrics struct {
	registry *client.Registry

	requests *client.CounterVec   // by handler, code
	duration *client.HistogramVec // by handler

	cycles   client.Histogram
	measures *client.HistogramVec // by source
	failures *client.CounterVec   // of measures, by source
	samples  *client.CounterVec   // by source
	asked    *client.CounterVec   // requests, by source
	received *client.CounterVec   // bytes, by source

	writes        *client.HistogramVec // by operation
	writeFailures *client.CounterVec   // by operation
	revisions     client.Counter
	sealed        client.Counter

	operations *client.CounterVec // by kind, code
	refused    *client.CounterVec // by limit
	points     client.Counter
	reloaded   atomic.Int64 // Unix nanoseconds
}

// newMetrics makes the metrics and their registry.
func newMetrics() *metrics {
	m := &metrics{registry: client.NewRegistry()}
	m.requests = counters("http_requests_total", "Requests answered, by handler and status code.", "handler", "code")
	m.duration = timings("http_request_duration_seconds", "Time to answer a request, by handler.", "handler")
	m.cycles = client.NewHistogram(timing("collection_cycle_duration_seconds", "Time that a collection cycle took, its commit included."))
	m.measures = timings("source_measure_duration_seconds", "Time that a source took to answer for one indicator, live or history.", "source")
	m.failures = counters("source_measure_failures_total", "Questions to a source that ended in an error.", "source")
	m.samples = counters("source_samples_total", "Raw samples read from a source.", "source")
	m.asked = counters("source_requests_total", "HTTP requests to a source in collection cycles and between them, repeated ones included.", "source")
	m.received = counters("source_received_bytes_total", "Bytes of the answers of a source, as they were sent.", "source")
	m.writes = timings("ledger_write_duration_seconds", "Time until a write to the ledger was durable: append commits slots, seal compacts days.", "operation")
	m.writeFailures = counters("ledger_write_failures_total", "Writes to the ledger that were not acknowledged.", "operation")
	m.revisions = counter("ledger_revisions_total", "Rewrites of slots that carried figures.")
	m.sealed = counter("ledger_sealed_chunks_total", "Days of streams that were sealed, one chunk each.")
	m.operations = counters("graphql_operations_total", "GraphQL responses, by kind of operation and code of the first error; events of subscriptions count one each.", "kind", "code")
	m.refused = counters("graphql_refused_total", "GraphQL requests that a limit refused, by the limit.", "limit")
	m.points = counter("graphql_points_total", "Points that GraphQL operations cost their principals.")
	for _, operation := range []string{writeAppend, writeSeal} { // 0 before the first, so that a rate sees the first
		m.writeFailures.WithLabelValues(operation)
	}
	build := client.NewGaugeFunc(client.GaugeOpts{
		Name: "hindcast_build_info", Help: "1; the labels tell the version.",
		ConstLabels: client.Labels{"version": Version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.duration, m.cycles, m.measures, m.failures, m.samples, m.asked, m.received,
		m.writes, m.writeFailures, m.revisions, m.sealed, m.operations, m.refused, m.points, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// namespace begins the name of every metric of ours.
const namespace = "hindcast"

func counter(name, help string) client.Counter {
	return client.NewCounter(client.CounterOpts{Namespace: namespace, Name: name, Help: help})
}

func counters(name, help string, labels ...string) *client.CounterVec {
	return client.NewCounterVec(client.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// timing has classic buckets for any reader and native ones for exact quantiles.
func timing(name, help string) client.HistogramOpts {
	return client.HistogramOpts{
		Namespace: namespace, Name: name, Help: help,
		Buckets:                     []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}
}

func timings(name, help string, labels ...string) *client.HistogramVec {
	return client.NewHistogramVec(timing(name, help), labels)
}

// families reads metrics from the parts that know them, at each scrape.
type families []family

// family is one metric that is read from its part.
type family struct {
	desc *client.Desc
	read func(emit func(v float64, labels ...string))
}

var _ client.Collector = families(nil)

// Describe implements prometheus.Collector.
func (fs families) Describe(ch chan<- *client.Desc) {
	for _, f := range fs {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (fs families) Collect(ch chan<- client.Metric) {
	for _, f := range fs {
		f.read(func(v float64, labels ...string) {
			ch <- client.MustNewConstMetric(f.desc, client.GaugeValue, v, labels...)
		})
	}
}

// gauge is a family without labels; absent if read says that it is not known.
func gauge(name, help string, read func() (v float64, known bool)) family {
	return family{client.NewDesc(namespace+"_"+name, help, nil, nil), func(emit func(float64, ...string)) {
		if v, known := read(); known {
			emit(v)
		}
	}}
}

// quantity is a gauge that is always known.
func quantity(name, help string, read func() int) family {
	return gauge(name, help, func() (float64, bool) { return float64(read()), true })
}

// perSource is a family with one member for each data source.
func (s *Server) perSource(name, help string, read func(collector.Health) (v float64, known bool)) family {
	return family{client.NewDesc(namespace+"_"+name, help, []string{"source"}, nil), func(emit func(float64, ...string)) {
		for _, h := range s.collector.Health() {
			if v, known := read(h); known {
				emit(v, sourceLabel(h.Source))
			}
		}
	}}
}

// sourceLabel names a source; the embedded one has no name of its own.
func sourceLabel(name string) string {
	if name == "" {
		return "embedded"
	}
	return name
}

// families lists what is read from the parts of the server.
func (s *Server) families() families {
	return append(s.ledgerFamilies(),
		gauge("ready", "1 if the server can do its work, 0 if not; see /readyz.", func() (float64, bool) { return truth(s.ready()), true }),
		s.perSource("source_indicators", "Indicators that measure on a source.", func(h collector.Health) (float64, bool) { return float64(h.Indicators), true }),
		s.perSource("source_failing_indicators", "Indicators that could not be measured in the last cycle.", func(h collector.Health) (float64, bool) { return float64(h.Failing), true }),
		s.perSource("source_up", "1 if every indicator of a source was measured in the last cycle, 0 if not.", func(h collector.Health) (float64, bool) { return truth(h.Failing+h.Waiting == 0), true }),
		s.perSource("source_last_success_timestamp_seconds", "When an indicator was last measured on a source.", func(h collector.Health) (float64, bool) {
			return float64(h.LastSuccess.UnixMilli()) / 1000, !h.LastSuccess.IsZero()
		}),
		s.perSource("source_lateness_seconds", "How far the end of the newest minute that was collected from a source lies behind the clock.", s.lateness),
		quantity("backfill_remaining_seconds", "Time of history, over all indicators, that is still to be read.", func() int { days, _ := s.backlog(); return days * 24 * 3600 }),
		quantity("backfill_failing_indicators", "Indicators whose history could not be read at the last try.", func() int { _, failing := s.backlog(); return failing }),
		quantity("specification_slos", "Objectives in force.", func() int { return len(s.slos.All()) }),
		quantity("specification_errors", "Errors in specification files as they are now.", func() int { return len(s.problems()) }),
		gauge("specification_last_reload_timestamp_seconds", "When specifications were last put in force.", s.reloadedAt),
		quantity("tsdb_damaged_blocks", "Blocks and logs of the embedded metrics store that are damaged and were set aside.", func() int { return len(s.setAside()) }),
		quantity("graphql_sockets", "Open WebSockets.", func() int { n, _ := s.graphql.Open(); return n }),
		quantity("graphql_subscriptions", "Operations under way on WebSockets.", func() int { _, n := s.graphql.Open(); return n }),
	)
}

// ledgerFamilies lists what the ledger and the disk below it tell.
func (s *Server) ledgerFamilies() families {
	return families{
		quantity("ledger_streams", "Streams that the ledger keeps.", func() int { return s.ledger.Stats().Streams }),
		quantity("ledger_open_chunks", "Days of streams that are not sealed and are held in memory.", func() int { return s.ledger.Stats().OpenDays }),
		quantity("ledger_journal_rows", "Rows of the journal.", func() int { return s.ledger.Stats().JournalRows }),
		quantity("ledger_problems", "Days and journal rows that cannot be read and count as gaps.", func() int { return s.ledger.Stats().Problems }),
		gauge("store_size_bytes", "Bytes of the database files in the data directory.", s.storeSize),
		gauge("data_free_bytes", "Bytes that the disk of the data directory has left for this server.", func() (float64, bool) { _, free, ok := disk(s.o.Data); return free, ok }),
		gauge("data_disk_size_bytes", "Bytes that the disk of the data directory holds in all.", func() (float64, bool) { size, _, ok := disk(s.o.Data); return size, ok }),
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// lateness is how far the newest settled minute of a source lies back; unknown
// before the first.
func (s *Server) lateness(h collector.Health) (float64, bool) {
	newest, known := time.Time{}, false
	for _, ind := range slo.Indicators(s.slos.All()) {
		if ind.SourceName() != h.Source {
			continue
		}
		if m, ok := s.ledger.Settled(ind.Key()); ok && m.End().After(newest) {
			newest, known = m.End(), true
		}
	}
	return s.o.Now().Sub(newest).Seconds(), known
}

// backlog adds up what is to be read of histories, each indicator once.
func (s *Server) backlog() (days, failing int) {
	for _, ind := range slo.Indicators(s.slos.All()) {
		p, ok := s.collector.Progress(ind.Key())
		if !ok || p.Done {
			continue
		}
		days += p.DaysTotal - p.DaysDone
		if p.Error != "" {
			failing++
		}
	}
	return days, failing
}

// reloadedAt is when specifications were last put in force.
func (s *Server) reloadedAt() (float64, bool) {
	at := s.metrics.reloaded.Load()
	return float64(at) / 1e9, at != 0
}

// storeSize is unknown where the database is not a file of ours.
func (s *Server) storeSize() (size float64, known bool) {
	files, _ := filepath.Glob(filepath.Join(s.o.Data, store.FileName+"*")) // the pattern is well formed
	for _, path := range files {
		if info, err := os.Stat(path); err == nil { // a log may be gone by now
			size, known = size+float64(info.Size()), true
		}
	}
	return size, known
}

// disk returns the bytes of the file system below a directory, and how many of
// them an ordinary user can still write.
func disk(dir string) (size, free float64, ok bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, 0, false
	}
	return float64(fs.Blocks) * float64(fs.Bsize), float64(fs.Bavail) * float64(fs.Bsize), true
}

// countOperations counts for the metrics what the GraphQL handler does.
type countOperations struct{ *metrics }

var _ graph.Observer = countOperations{}

// Operation implements graph.Observer.
func (m countOperations) Operation(ctx context.Context, op graph.Operation) (context.Context, func(graph.Outcome)) {
	return ctx, func(out graph.Outcome) {
		m.points.Add(float64(op.Points))
		m.count(op.Kind, out)
	}
}

// Refused implements graph.Observer.
func (m countOperations) Refused(out graph.Outcome) { m.count("", out) }

func (m countOperations) count(kind string, out graph.Outcome) {
	if kind == "" {
		kind = "unread"
	}
	code := out.Code
	if code == "" {
		code = "OK"
	}
	m.operations.WithLabelValues(kind, code).Inc()
	if out.Limit != "" {
		m.refused.WithLabelValues(out.Limit).Inc()
	}
}
