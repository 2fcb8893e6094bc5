package tsdb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	promtsdb "github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/prometheus/prometheus/util/compression"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

var _ sample.Sampler = (*DB)(nil)

// DB is an open metrics store. It is safe for concurrent use.
type DB struct {
	opts      Options
	tsdb      *promtsdb.DB
	locker    *tsdbutil.DirLocker // nil for a store opened read-only
	shadow    string              // directory to remove on Close, "" for none
	foreign   string              // directory that was opened read-only, "" for none
	gate      *gate
	eval      *promql.Engine
	registry  *registry
	damage    []Damage // found when the store was opened
	isolation isolation
	durable   *durability // nil for a store opened read-only
	late      lateness

	mu      sync.Mutex
	figures Figures      // of the HTTP API, nil for none
	scraper *Scraper     // the current one, nil until asked for
	api     http.Handler // nil until asked for
	writes  http.Handler // the same
}

// Open opens the store in o.Dir and creates it if it does not exist. Blocks that
// cannot be read are moved aside first, and a torn write-ahead log is repaired,
// after a copy was put aside if acknowledged samples are lost; Damage tells of all. Nobody else may have the directory open.
func Open(o Options) (*DB, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := makeDir(o.Dir, o.force); err != nil {
		return nil, fault.Invalidf("data directory: %w", err)
	}
	locker, err := lock(o)
	if err != nil {
		return nil, err
	}
	damage, err := quarantine(o.Dir)
	if err != nil {
		return nil, errors.Join(err, locker.Release())
	}
	lost, err := keepLost(o.Dir, o.force)
	if err != nil {
		return nil, errors.Join(err, locker.Release())
	}
	db, err := open(o, tsdbOptions(o), damage)
	if err != nil {
		return nil, errors.Join(err, locker.Release())
	}
	db.locker = locker
	if len(lost) == 0 {
		db.remarkTear()
	}
	for _, d := range lost { // which a start that was killed may have put aside already
		if !slices.ContainsFunc(damage, func(old Damage) bool { return old.MovedTo == d.MovedTo }) {
			db.damage = append(db.damage, d)
		}
	}
	db.newDurability(o)
	db.supposeLate()
	// What a killed process left in the page cache can be read from now on, and
	// whoever reads it may take it for kept.
	err = db.Sync(context.Background())
	if err == nil {
		err = db.durable.noteAnew()
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// lock takes the directory before anything in it is looked at.
func lock(o Options) (*tsdbutil.DirLocker, error) {
	locker, err := tsdbutil.NewDirLocker(o.Dir, "tsdb", o.Logger, nil)
	if err != nil {
		return nil, fault.Invalidf("data directory %s: %w", o.Dir, err)
	}
	if err := locker.Lock(); err != nil {
		return nil, fault.Conflictf("data directory %s is in use by another process: stop it or choose another directory (%w)", o.Dir, err)
	}
	return locker, nil
}

// tsdbOptions are the settings of a store that we write to.
func tsdbOptions(o Options) *promtsdb.Options {
	t := promtsdb.DefaultOptions()
	t.RetentionDuration = o.RetentionTime.Milliseconds()
	t.MaxBytes = o.RetentionSize
	t.MaxBlockDuration = min(maxBlock, max(o.RetentionTime/10, 4*time.Hour)).Milliseconds()
	t.OutOfOrderTimeWindow = o.OutOfOrderWindow.Milliseconds()
	t.WALCompression = compression.Snappy
	t.WALSegmentSize = o.segmentSize
	t.EnableExemplarStorage = o.MaxExemplars > 0
	t.MaxExemplars = o.MaxExemplars
	t.EnableSTAsZeroSample = true // for starts that the scraper lets through
	t.NoLockfile = true           // Open holds the lock
	return t
}

// open opens o.Dir, which is locked or a shadow of our own.
func open(o Options, t *promtsdb.Options, damage []Damage) (*DB, error) {
	reg := newRegistry(o.Registerer)
	db := &DB{opts: o, gate: newGate(), registry: reg, damage: damage}
	db.isolation.into(t)
	var err error
	if db.tsdb, err = promtsdb.Open(o.Dir, o.Logger, reg, t, nil); err != nil {
		reg.unregister()
		return nil, fmt.Errorf("open the metrics store in %s: %w", o.Dir, err)
	}
	db.eval = db.newEngine("eval", o.EvalTimeout, o.MaxSamples, newTurnstile(o.MaxQueries))
	return db, nil
}

// newEngine returns an engine; use tells its metrics from those of other engines.
// Places are nil where somebody else bounds how many queries run.
func (db *DB) newEngine(use string, timeout time.Duration, samples int, places promql.QueryTracker) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:               db.opts.Logger,
		Reg:                  prometheus.WrapRegistererWith(prometheus.Labels{"use": use}, db.registry),
		MaxSamples:           samples,
		Timeout:              timeout,
		LookbackDelta:        db.opts.LookbackDelta,
		ActiveQueryTracker:   places,
		EnableAtModifier:     true,
		EnableNegativeOffset: true,
		// A subquery without a step takes one minute, the width of a slot.
		NoStepSubqueryIntervalFn: func(int64) int64 { return slotMillis },
	})
}

// Dir returns the directory that is read: for a store opened read-only, the
// foreign one.
func (db *DB) Dir() string {
	if db.foreign != "" {
		return db.foreign
	}
	return db.opts.Dir
}

// ReadOnly reports whether the store was opened by OpenReadOnly.
func (db *DB) ReadOnly() bool { return db.foreign != "" }

// Close refuses new questions, cancels and awaits those that are being answered,
// stops scraping and closes the store. Calling it again does nothing.
func (db *DB) Close() error {
	if !db.gate.shut() {
		return nil
	}
	if scraper := db.currentScraper(); scraper != nil {
		scraper.Stop()
	}
	err := errors.Join(db.eval.Close(), db.tsdb.Close())
	if db.durable != nil {
		err = errors.Join(err, db.durable.logs.close())
	}
	db.registry.unregister()
	if db.locker != nil {
		err = errors.Join(err, db.locker.Release())
	}
	if db.shadow != "" {
		err = errors.Join(err, os.RemoveAll(db.shadow))
	}
	return err
}

// currentScraper returns the scraper, nil if there is none.
func (db *DB) currentScraper() *Scraper {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.scraper
}

// enter lets a question in; see gate.
func (db *DB) enter(ctx context.Context) (context.Context, func(), error) {
	return db.gate.enter(ctx)
}
