package tsdb

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	promtsdb "github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/wlog"

	"github.com/hindcast/hindcast/internal/fault"
)

// Durability is what an acknowledgement of samples survives.
type Durability string

const (
	// DurabilityPower survives a power cut: the log is forced to disk before an
	// acknowledgement. It is the default.
	DurabilityPower Durability = "power"
	// DurabilityProcess survives the end of the process only. Nothing is forced
	// to disk; a power cut loses what was acknowledged in the last minutes.
	DurabilityProcess Durability = "process"
)

// defaultMinFree is the room that is left on the disk: more than the log grows by
// between two checks of all writers, so that it never meets the end of the disk in
// the middle of a record.
const defaultMinFree = 64 << 20

// durability keeps the promise that goes with an acknowledgement.
type durability struct {
	logs    *walSync
	dir     string
	minFree uint64
	free    func(dir string) (uint64, error) // freeSpace but for tests
	lost    func() float64                   // records that the out-of-order log could not write
	seconds prometheus.Histogram

	mu      sync.Mutex
	failure error // of the first write that failed
}

func (db *DB) newDurability(o Options) {
	d := &durability{dir: o.Dir, minFree: uint64(o.MinFree), free: o.free, lost: func() float64 { return 0 }}
	force := o.force
	if o.Durability == DurabilityProcess {
		force = func(*os.File) error { return nil }
	}
	d.logs = newWALSync(force, filepath.Join(o.Dir, "wal"), filepath.Join(o.Dir, wlog.WblDirName))
	if o.Durability == DurabilityPower {
		d.logs.notePath = filepath.Join(o.Dir, forcedFile)
	}
	if count := db.registry.counter("prometheus_tsdb_out_of_order_wbl_writes_failed_total"); count != nil {
		d.lost = count
	}
	d.seconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "hindcast_tsdb_wal_sync_duration_seconds", Help: "Time until samples were on disk, as their writers waited for it.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	})
	db.registry.MustRegister(d.seconds, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hindcast_tsdb_read_only", Help: "1 while the metrics store refuses samples, because a write failed or the disk is full.",
	}, func() float64 {
		if db.Trouble() != nil {
			return 1
		}
		return 0
	}))
	db.durable = d
}

// Sync returns nil when everything that was appended before the call survives a
// power cut. It costs one forced write at most, shared by all who call at the same
// time. After an error nothing more is accepted; see Trouble.
func (db *DB) Sync(ctx context.Context) error {
	if db.ReadOnly() {
		return nil
	}
	ctx, leave, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return db.durable.sync(ctx, db.opts.Now)
}

func (d *durability) sync(ctx context.Context, now func() time.Time) error {
	if err := d.broken(); err != nil {
		return err
	}
	var began time.Time
	if now != nil {
		began = now()
	}
	if err := d.logs.sync(ctx); err != nil {
		return readOnlyFault(err)
	}
	if now != nil {
		d.seconds.Observe(now().Sub(began).Seconds())
	}
	return nil
}

// noteAnew replaces what an earlier run noted of the logs: opening may have cut
// them, and a note that claims more than there is would tell of a loss again.
func (d *durability) noteAnew() error {
	err := d.logs.note()
	if d.logs.notePath != "" && err == nil || d.logs.trouble() != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.dir, forcedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Trouble says why the store accepts no samples, nil if it does. A write or a
// forced write that failed lasts until a restart, which reads the log up to the
// tear; a full disk lasts until there is room again. Questions are answered all
// the time.
func (db *DB) Trouble() error {
	if db.ReadOnly() {
		return nil
	}
	return db.durable.admit()
}

// admit says why no sample may be appended now. Asking the file system for its
// free space costs about a microsecond, so that every batch asks.
func (d *durability) admit() error {
	if err := d.broken(); err != nil {
		return err
	}
	if d.minFree == 0 {
		return nil
	}
	free, err := d.free(d.dir)
	if err != nil {
		return fault.Unavailablef("the free space for samples in %s is unknown: %w", d.dir, err)
	}
	if free < d.minFree {
		return fault.Unavailablef("the disk of %s has %d MiB left, less than the %d MiB that are kept free: samples are refused until there is room; free some, or shorten the retention",
			d.dir, free>>20, d.minFree>>20)
	}
	return nil
}

// broken returns the failure that only a restart mends.
func (d *durability) broken() error {
	d.mu.Lock()
	err := d.failure
	d.mu.Unlock()
	if err == nil {
		err = d.logs.trouble()
	}
	if err != nil {
		return readOnlyFault(err)
	}
	return nil
}

func readOnlyFault(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable("samples may not be on disk yet", err)
	}
	return unavailable("samples are refused since the log could not be written: mend the disk and restart; what was acknowledged is kept", err)
}

// committed is told how a commit ended. A failed one is the last: Prometheus goes
// on writing behind the torn record, and the next start would cut the log at the
// tear and with it everything behind, acknowledged or not. Of records of samples
// out of order that could not be written Prometheus tells its counter only.
func (d *durability) committed(err error) error {
	if err == nil && d.lost() > 0 {
		err = errors.New("the log of samples out of order could not be written")
	}
	if err == nil {
		return d.logs.look()
	}
	if errors.Is(err, promtsdb.ErrAppenderClosed) || errors.Is(err, promtsdb.ErrClosed) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure == nil {
		d.failure = err
	}
	return readOnlyFault(d.failure)
}

// freeSpace returns how many bytes the file system of dir has for us.
func freeSpace(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	if s.Bsize <= 0 {
		return math.MaxUint64, nil
	}
	return s.Bavail * uint64(s.Bsize), nil
}
