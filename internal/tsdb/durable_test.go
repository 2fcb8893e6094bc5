package tsdb

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
)

// disk stands for the disk below a store: it knows how much of each file was
// forced, and fails when it is told to.
type disk struct {
	mu     sync.Mutex
	forced map[string]int64 // length when it was forced last, by path
	calls  int
	fail   error
}

func (d *disk) force(f *os.File) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.fail != nil {
		return d.fail
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if d.forced == nil {
		d.forced = map[string]int64{}
	}
	d.forced[f.Name()] = info.Size()
	return nil
}

func (d *disk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// requireForced asserts that every segment in a folder is on disk as it is now.
func (d *disk) requireForced(t *testing.T, dir string) (segments int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	d.mu.Lock()
	defer d.mu.Unlock()
	require.Contains(t, d.forced, dir, "the names of the segments are not on disk")
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, info.Size(), d.forced[filepath.Join(dir, e.Name())], "segment %s", e.Name())
		segments++
	}
	return segments
}

// openDisk opens a store with small segments on a disk of the test.
func openDisk(t *testing.T, o Options) (*DB, *disk) {
	t.Helper()
	d := &disk{}
	o.Logger, o.force, o.segmentSize = testLogger(t), d.force, 64<<10
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	db, err := Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db, d
}

// fill appends a number of batches of 1,000 samples each, a minute apart.
func fill(t *testing.T, db *DB, from int64, batches int) {
	t.Helper()
	for b := range batches {
		batch := make([]Point, 1000)
		for i := range batch {
			batch[i] = Point{Labels: name("x", "i", strconv.Itoa(i)), T: from + int64(b)*60*second, V: float64(b * i * i)}
		}
		require.NoError(t, db.Append(t.Context(), batch...))
	}
}

func TestSyncForcesEverySegmentAndTheirFolder(t *testing.T) {
	db, d := openDisk(t, Options{})
	fill(t, db, base, 40)
	require.NoError(t, db.Sync(t.Context()))
	require.Greater(t, d.requireForced(t, filepath.Join(db.Dir(), "wal")), 3, "the log did not rotate")
	require.Len(t, db.durable.logs.logs[0].files, 1, "finished segments are let go of")

	before := d.count()
	require.NoError(t, db.Sync(t.Context()))
	require.Equal(t, before, d.count(), "nothing was written, so nothing is forced")
}

func TestSyncForcesTheLogOfSamplesOutOfOrder(t *testing.T) {
	db, d := openDisk(t, Options{OutOfOrderWindow: time.Hour})
	fill(t, db, base+30*60*second, 1)
	fill(t, db, base, 20) // older, so that they go the other way
	require.NoError(t, db.Sync(t.Context()))
	require.Greater(t, d.requireForced(t, filepath.Join(db.Dir(), "wbl")), 1, "the log did not rotate")
	d.requireForced(t, filepath.Join(db.Dir(), "wal"))
}

func TestOpeningForcesWhatAKilledProcessLeft(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(Options{Dir: dir, Durability: DurabilityProcess})
	require.NoError(t, err)
	fill(t, first, base, 1)
	require.NoError(t, first.Close())
	db, d := openDisk(t, Options{Dir: dir})
	require.Equal(t, 2, d.requireForced(t, filepath.Join(db.Dir(), "wal")))
	require.Contains(t, d.forced, dir)
	require.Contains(t, d.forced, filepath.Dir(dir))
}

func TestSyncGoesOnWhenSegmentsWereTruncated(t *testing.T) {
	db, d := openDisk(t, Options{})
	fill(t, db, base, 6*60)
	require.NoError(t, db.Sync(t.Context()))
	require.NoError(t, db.tsdb.Compact(t.Context()))
	checkpoints, err := filepath.Glob(filepath.Join(db.Dir(), "wal", "checkpoint.*"))
	require.NoError(t, err)
	require.NotEmpty(t, checkpoints, "nothing was truncated")
	fill(t, db, base+7*hour, 2)
	require.NoError(t, db.Sync(t.Context()))
	d.requireForced(t, filepath.Join(db.Dir(), "wal"))
	require.Len(t, db.durable.logs.logs[0].files, 1)
}

// requireReadOnly asserts that a store accepts nothing and answers everything.
func requireReadOnly(t *testing.T, db *DB, cause string) {
	t.Helper()
	err := db.Append(t.Context(), Point{Labels: name("y"), T: base + 10*hour})
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	for _, err := range []error{err, db.Trouble(), db.Sync(t.Context())} {
		require.ErrorContains(t, err, cause)
	}
	require.Len(t, read(t, db, `x`, 0, math.MaxInt64), 1000)
}

func TestAFailedSyncIsNeverTriedAgain(t *testing.T) {
	dir := t.TempDir()
	db, d := openDisk(t, Options{Dir: dir})
	fill(t, db, base, 1)
	require.NoError(t, db.Sync(t.Context()))
	require.NoError(t, db.Trouble())
	fill(t, db, base+60*second, 1)
	d.fail = errors.New("input/output error")
	require.ErrorContains(t, db.Sync(t.Context()), "input/output error")
	d.fail = nil // the kernel would now report success about pages that it dropped
	before := d.count()
	requireReadOnly(t, db, "input/output error")
	require.Equal(t, before, d.count())
	require.NoError(t, db.Close())

	again, _ := openDisk(t, Options{Dir: dir})
	require.NoError(t, again.Trouble())
	fill(t, again, base+120*second, 1)
	require.NoError(t, again.Sync(t.Context()))
}

func TestAFailedWriteIsTheLast(t *testing.T) {
	tests := map[string]func(*durability){
		"of the log":                         func(d *durability) { _ = d.committed(errors.New("no space left on device")) },
		"of the log of out-of-order samples": func(d *durability) { d.lost = func() float64 { return 1 }; _ = d.committed(nil) },
	}
	causes := map[string]string{
		"of the log":                         "no space left on device",
		"of the log of out-of-order samples": "samples out of order",
	}
	for title, breaks := range tests {
		t.Run(title, func(t *testing.T) {
			db, d := openDisk(t, Options{})
			fill(t, db, base, 1)
			before := d.count()
			breaks(db.durable)
			requireReadOnly(t, db, causes[title])
			require.Equal(t, before, d.count())
		})
	}
}

func TestTheCounterOfLostRecordsIsTheOneOfPrometheus(t *testing.T) {
	db, _ := openDisk(t, Options{OutOfOrderWindow: time.Hour})
	require.NotNil(t, db.registry.counter("prometheus_tsdb_out_of_order_wbl_writes_failed_total"))
	require.Zero(t, db.durable.lost())
	require.Nil(t, db.registry.counter("no_such_counter"))
	flushes := db.registry.counter("prometheus_tsdb_wal_page_flushes_total")
	before := flushes()
	fill(t, db, base, 1)
	require.Greater(t, flushes(), before)
}

func TestAFullDiskRefusesSamplesUntilThereIsRoom(t *testing.T) {
	var free uint64 = 1 << 40
	o := Options{MinFree: 10 << 20, free: func(string) (uint64, error) { return free, nil }}
	db, _ := openDisk(t, o)
	fill(t, db, base, 1)
	free = 9 << 20
	err := db.Append(t.Context(), Point{Labels: name("x", "i", "1"), T: base + 60*second})
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.ErrorContains(t, err, "9 MiB left")
	require.ErrorContains(t, db.Trouble(), "9 MiB left")
	require.NoError(t, db.Sync(t.Context()), "what was appended before is kept")
	free = 10 << 20
	require.NoError(t, db.Trouble())
	fill(t, db, base+60*second, 1)
}

func TestFreeSpaceIsThatOfTheDisk(t *testing.T) {
	free, err := freeSpace(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, free)
	_, err = freeSpace(filepath.Join(t.TempDir(), "absent"))
	require.Error(t, err)
}

func TestACrowdSharesTwoRounds(t *testing.T) {
	dir := t.TempDir()
	segment := filepath.Join(dir, "00000000")
	require.NoError(t, os.WriteFile(segment, []byte("x"), 0o600))
	synctest.Test(t, func(t *testing.T) {
		rounds, release := 0, make(chan struct{})
		w := newWALSync(func(f *os.File) error {
			if f.Name() == segment {
				rounds++
				<-release
			}
			return nil
		}, dir)
		errs := make(chan error)
		go func() { errs <- w.sync(t.Context()) }()
		synctest.Wait() // the first round runs
		require.NoError(t, os.WriteFile(segment, []byte("xy"), 0o600))
		for range 50 {
			go func() { errs <- w.sync(t.Context()) }()
		}
		synctest.Wait() // the others wait for the second
		close(release)
		for range 51 {
			require.NoError(t, <-errs)
		}
		require.Equal(t, 2, rounds)
		require.NoError(t, w.close())
		require.Error(t, w.sync(t.Context()))
	})
}

func TestAWaiterMayGiveUp(t *testing.T) {
	db, _ := openDisk(t, Options{})
	fill(t, db, base, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Sync(ctx)
	if err != nil { // the round may have been faster
		require.ErrorIs(t, err, context.Canceled)
	}
	require.NoError(t, db.Sync(t.Context()))
	require.NoError(t, db.Trouble())
}

func TestManyWritersAreDurableWhenTheyAreToldSo(t *testing.T) {
	db, d := openDisk(t, Options{})
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := range 40 {
				p := Point{Labels: name("x", "w", strconv.Itoa(w)), T: base + int64(i)*second, V: float64(i)}
				if err := errors.Join(db.Append(t.Context(), p), db.Sync(t.Context())); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	d.requireForced(t, filepath.Join(db.Dir(), "wal"))
}

func TestDurabilityOfTheProcessForcesNothing(t *testing.T) {
	db, d := openDisk(t, Options{Durability: DurabilityProcess})
	before := d.count()
	fill(t, db, base, 1)
	require.NoError(t, db.Sync(t.Context()))
	require.Equal(t, before, d.count())
	_, err := Open(Options{Dir: t.TempDir(), Durability: "often"})
	require.ErrorContains(t, err, `durability "often" is unknown`)
}

func TestLateTellsOfSamplesThatArriveAfterTheirTime(t *testing.T) {
	now := time.UnixMilli(base)
	db, _ := openDisk(t, Options{Now: func() time.Time { return now }})
	_, ok := db.Late()
	require.False(t, ok, "an empty store has nothing late")
	append := func(series string, ago time.Duration) {
		require.NoError(t, db.Append(t.Context(), Point{Labels: name(series), T: now.Add(-ago).UnixMilli()}))
	}
	append("a", time.Minute)
	_, ok = db.Late()
	require.False(t, ok, "a minute is in time")
	append("b", 5*time.Minute)
	append("c", 20*time.Minute)
	append("d", 2*time.Minute)
	oldest, ok := db.Late()
	require.True(t, ok)
	require.True(t, oldest.Equal(now.Add(-20*time.Minute)), oldest)
	_, ok = db.Late()
	require.False(t, ok, "it is told once")
}

func TestAnOpenedStoreSupposesLateSamples(t *testing.T) {
	for window, horizon := range map[time.Duration]time.Duration{0: time.Hour, 5 * time.Hour: 5 * time.Hour} {
		dir := t.TempDir()
		first, err := Open(Options{Dir: dir})
		require.NoError(t, err)
		fill(t, first, base, 1)
		require.NoError(t, first.Close())
		db, _ := openDisk(t, Options{Dir: dir, OutOfOrderWindow: window})
		oldest, ok := db.Late()
		require.True(t, ok)
		require.True(t, oldest.Equal(time.UnixMilli(base).Add(-horizon)), oldest)
	}
}
