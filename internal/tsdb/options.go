package tsdb

import (
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hindcast/hindcast/internal/fault"
)

// DefaultRetention is how long raw samples are kept. It is longer than the
// longest window that people commonly choose, a quarter of at most 92 days, so
// that a specification written today is backfilled over a whole quarter; the
// three days more are for blocks, which are dropped whole. Longer windows fill up
// in the ledger, which keeps its slots when the samples are gone.
const DefaultRetention = 95 * 24 * time.Hour

// maxBlock is the longest block that compaction builds: 81 times the 2 hours of
// the shortest one. Prometheus allows a tenth of the retention, which is the
// same step for DefaultRetention; a constant lets History write blocks that
// compaction never touches again.
const maxBlock = 162 * time.Hour

// defaultExemplars is what 20 MB of memory hold, at the 200 bytes that one takes.
const defaultExemplars = 100_000

// Options says where a DB lives and what it may use. Every zero value is a
// sensible choice, but for Dir.
type Options struct {
	// Dir is the data directory; it is created if it does not exist.
	Dir string
	// RetentionTime is how long samples are kept, DefaultRetention if 0. It is
	// counted from the newest sample and takes effect for whole blocks.
	RetentionTime time.Duration
	// RetentionSize is how many bytes blocks and write-ahead log may use
	// before the oldest blocks are dropped; 0 means no limit.
	RetentionSize int64
	// OutOfOrderWindow is how old a sample may be, compared with the newest
	// one, and still be accepted behind a later sample of its series. 0 refuses
	// all samples out of order.
	OutOfOrderWindow time.Duration
	// Durability is what an acknowledgement of samples survives, DurabilityPower
	// if empty.
	Durability Durability
	// MinFree is how many bytes stay free on the disk: below, samples are refused.
	// 64 MiB if 0, no limit if negative.
	MinFree int64
	// MaxExemplars is how many exemplars are kept, in memory, the newest ones;
	// 100,000 if 0, none if negative.
	MaxExemplars int64
	// Now is the clock by which samples are late or from the future; nil tells
	// neither.
	Now func() time.Time
	// MaxSamples is how many samples a call of Eval may hold in memory at a
	// time, 50 million if 0: the default of Prometheus, at most 800 MB.
	MaxSamples int
	// MaxQuerySamples is the same for a query of the HTTP API, 10 million if 0.
	MaxQuerySamples int
	// EvalTimeout ends a call of Eval, 2 minutes if 0.
	EvalTimeout time.Duration
	// QueryTimeout ends a query of the HTTP API, 30 seconds if 0: dashboards
	// have given up by then.
	QueryTimeout time.Duration
	// MaxQueries is how many queries of the HTTP API run at the same time,
	// twice the number of processors if 0; others wait for their turn as long
	// as QueryTimeout. Eval has as many places of its own, so that dashboards
	// cannot keep the collector from measuring.
	MaxQueries int
	// LookbackDelta is how old a sample may be and still be the value of its
	// series in PromQL, 5 minutes if 0.
	LookbackDelta time.Duration
	// Version is what the HTTP API says it is in status/buildinfo, beside the
	// version of Prometheus.
	Version string
	// Logger receives what the store has to say, nothing if nil.
	Logger *slog.Logger
	// Registerer receives the metrics of the store, nothing if nil. They are
	// taken out again by Close.
	Registerer prometheus.Registerer

	segmentSize int                              // of the log, 0 for Prometheus' default
	force       func(*os.File) error             // forces a file to disk
	free        func(dir string) (uint64, error) // asks for the free space
}

func (o Options) withDefaults() Options {
	o.RetentionTime = or(o.RetentionTime, DefaultRetention)
	o.MaxSamples = or(o.MaxSamples, 50_000_000)
	o.MaxQuerySamples = or(o.MaxQuerySamples, 10_000_000)
	o.EvalTimeout = or(o.EvalTimeout, 2*time.Minute)
	o.QueryTimeout = or(o.QueryTimeout, 30*time.Second)
	o.MaxQueries = or(o.MaxQueries, 2*runtime.GOMAXPROCS(0))
	o.LookbackDelta = or(o.LookbackDelta, 5*time.Minute)
	o.Durability = or(o.Durability, DurabilityPower)
	o.MinFree = max(0, or(o.MinFree, defaultMinFree))
	o.MaxExemplars = max(0, or(o.MaxExemplars, defaultExemplars))
	if o.force == nil {
		o.force = (*os.File).Sync
	}
	if o.free == nil {
		o.free = freeSpace
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// shortestRetention is the least that keeps the head and one block.
const shortestRetention = 6 * time.Hour

func (o Options) validate() error {
	switch {
	case o.Dir == "":
		return fault.Invalidf("the metrics store has no data directory")
	case o.RetentionTime < shortestRetention:
		return fault.Invalidf("retention time %s is below %s, the length of the open block and one more", o.RetentionTime, shortestRetention)
	case o.RetentionSize < 0:
		return fault.Invalidf("retention size %d is negative: use 0 for no limit", o.RetentionSize)
	case o.OutOfOrderWindow < 0:
		return fault.Invalidf("out-of-order window %s is negative: use 0 for none", o.OutOfOrderWindow)
	case o.Durability != DurabilityPower && o.Durability != DurabilityProcess:
		return fault.Invalidf("durability %q is unknown: write %q or %q", o.Durability, DurabilityPower, DurabilityProcess)
	case o.MaxSamples < 0, o.MaxQuerySamples < 0, o.MaxQueries < 0, o.EvalTimeout < 0, o.QueryTimeout < 0, o.LookbackDelta < 0:
		return fault.Invalidf("a limit of the metrics store is negative: use 0 for its default")
	}
	return nil
}

func unavailable(what string, err error) error {
	return fault.Unavailablef("%s (%w)", what, err)
}
