package server

import (
	"context"
	"time"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
)

// The operations of a ledger's store that are counted.
const (
	writeAppend = "append"
	writeSeal   = "seal"
)

// observedStore counts, times and traces what the ledger writes.
type observedStore struct {
	ledger.Store
	metrics *metrics
	tracer  tracer
}

// Append implements ledger.Store.
func (s observedStore) Append(ctx context.Context, c ledger.Commit) error {
	err := s.write(ctx, writeAppend, func(ctx context.Context) error { return s.Store.Append(ctx, c) })
	if err == nil {
		s.metrics.revisions.Add(float64(len(c.Revisions)))
	}
	return err
}

// Seal implements ledger.Store.
func (s observedStore) Seal(ctx context.Context, epoch int64, chunks []ledger.Chunk, redundant []int64) error {
	err := s.write(ctx, writeSeal, func(ctx context.Context) error { return s.Store.Seal(ctx, epoch, chunks, redundant) })
	if err == nil {
		s.metrics.sealed.Add(float64(len(chunks)))
	}
	return err
}

func (s observedStore) write(ctx context.Context, operation string, write func(context.Context) error) error {
	defer since(s.metrics.writes.WithLabelValues(operation))()
	ctx, end := s.tracer.start(ctx, "ledger "+operation)
	err := write(ctx)
	end(err)
	if err != nil {
		s.metrics.writeFailures.WithLabelValues(operation).Inc()
	}
	return err
}

// observedSource counts, times and traces what a source is asked.
type observedSource struct {
	slo.Source
	name    string
	metrics *metrics
	tracer  tracer
	read    func(source string, samples int64) // is told what was read
}

// Measure implements slo.Source.
func (s observedSource) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	defer since(s.metrics.measures.WithLabelValues(s.name))()
	ctx, end := s.tracer.start(ctx, "measure", "hindcast.source", s.name, "hindcast.indicator", string(ind.Key()))
	m, err := s.Source.Measure(ctx, ind, span)
	end(err)
	s.metrics.samples.WithLabelValues(s.name).Add(float64(m.Samples))
	s.read(s.name, m.Samples)
	if err != nil {
		s.metrics.failures.WithLabelValues(s.name).Inc()
	}
	return m, err
}

// Late implements collector.Later where the source does.
func (s observedSource) Late() (oldest time.Time, ok bool) {
	if l, is := s.Source.(collector.Later); is {
		return l.Late()
	}
	return oldest, false
}

// Pace implements slo.Pacer where the source does.
func (s observedSource) Pace() slo.Pace {
	if p, is := s.Source.(slo.Pacer); is {
		return p.Pace()
	}
	return slo.Pace{}
}

var (
	_ collector.Later = observedSource{}
	_ slo.Pacer       = observedSource{}
)

// observedCycle times and traces a collection cycle.
func (s *Server) observedCycle(ctx context.Context, source string, cycle func(context.Context)) {
	defer since(s.metrics.cycles)()
	defer s.connections.cycled(source)
	ctx, end := s.tracer.start(ctx, "collection cycle")
	cycle(ctx)
	end(ctx.Err())
}

// since returns a function that observes the time since now. It is the clock of
// the machine, which does not jump: durations are nobody's figures.
func since(o client.Observer) func() {
	began := time.Now()
	return func() { o.Observe(time.Since(began).Seconds()) }
}
