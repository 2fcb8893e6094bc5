package tsdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"
)

// walSync forces write-ahead logs to the disk. Prometheus does so only when a
// segment is closed, in the background, and merely logs a failure; so nothing
// that it accepted is safe from a power cut by itself.
//
// A round forces every segment that grew since the last one, and the folder if
// segments appeared. Segments are held open from the first look after they
// appear, because the kernel tells of a failed write-back only those who had the
// file open then. Callers share rounds: whoever comes while one is running waits
// for the next, which begins at once, so that a crowd costs two rounds and nobody
// waits for others to come.
//
// A round that failed is never repeated. The kernel may have dropped the pages
// that it could not write and marked them clean, so that a second try would
// report success about data that are gone.
type walSync struct {
	force    func(*os.File) error // (*os.File).Sync but for tests
	notePath string               // of the file that tells how far the logs are on disk, "" for none
	noting   sync.Mutex           // of that file

	looking sync.Mutex // guards logs
	logs    []*walLog

	mu      sync.Mutex
	next    *syncRound // not begun, nil if nobody waits
	running bool
	idle    sync.Cond   // of running, on mu
	failure error       // of the first round that failed
	timer   *time.Timer // of the next note, nil if none is due
}

// syncRound is what callers wait for together.
type syncRound struct {
	done chan struct{}
	err  error // valid after done
}

// walLog is one folder of segments.
type walLog struct {
	dir      string
	files    map[int]*segmentFile
	finished int  // no segment up to this one is written to any more, and all are on disk
	dirty    bool // segments appeared since the folder was forced
}

// segmentFile is our own descriptor of a segment.
type segmentFile struct {
	file   *os.File
	synced int64 // its length when it was forced last, -1 before
}

// newWALSync watches the logs in dirs; one that does not exist yet is looked for
// again at every look.
func newWALSync(force func(*os.File) error, dirs ...string) *walSync {
	w := &walSync{force: force}
	w.idle.L = &w.mu
	for _, dir := range dirs {
		w.logs = append(w.logs, &walLog{dir: dir, files: map[int]*segmentFile{}, finished: -1})
	}
	return w
}

// sync returns when all that was written before the call is on disk.
func (w *walSync) sync(ctx context.Context) error {
	w.mu.Lock()
	if w.failure != nil {
		defer w.mu.Unlock()
		return w.failure
	}
	if w.next == nil {
		w.next = &syncRound{done: make(chan struct{})}
	}
	round := w.next
	if !w.running {
		w.running = true
		go w.run()
	}
	w.mu.Unlock()
	select {
	case <-round.done:
		return round.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run does rounds until nobody waits.
func (w *walSync) run() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.next != nil {
		round := w.next
		w.next = nil
		if w.failure == nil {
			w.mu.Unlock()
			err := w.round()
			w.mu.Lock()
			w.fail(err)
		}
		round.err = w.failure
		close(round.done)
		w.noteLater()
	}
	w.running = false
	w.idle.Broadcast()
}

// fail keeps the first failure; mu is held.
func (w *walSync) fail(err error) {
	if w.failure == nil && err != nil {
		w.failure = err
	}
}

// trouble returns the failure that ended all syncing, if any.
func (w *walSync) trouble() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}

// look opens segments that appeared. It is called after every commit, so that
// their descriptors are there before Prometheus closes them. A failure to look
// fails everything that follows: a descriptor is missing.
func (w *walSync) look() error {
	w.looking.Lock()
	defer w.looking.Unlock()
	var errs []error
	for _, l := range w.logs {
		errs = append(errs, l.look())
	}
	err := errors.Join(errs...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail(err)
	return err
}

// round forces what was written.
func (w *walSync) round() error {
	w.looking.Lock()
	defer w.looking.Unlock()
	for _, l := range w.logs {
		if err := l.look(); err != nil {
			return err
		}
		if err := l.sync(w.force); err != nil {
			return err
		}
	}
	return nil
}

// close waits for rounds under way, forces and notes what was written last, and
// lets go of the segments.
func (w *walSync) close() error {
	w.mu.Lock()
	for w.running {
		w.idle.Wait()
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	healthy := w.failure == nil
	w.mu.Unlock()
	var errs []error
	if healthy {
		if err := w.round(); err != nil {
			errs = append(errs, err)
		} else {
			errs = append(errs, w.note())
		}
	}
	w.mu.Lock()
	w.fail(errors.New("the metrics store is closed"))
	w.mu.Unlock()
	w.noting.Lock() // a note under way; there is none after it
	defer w.noting.Unlock()
	w.looking.Lock()
	defer w.looking.Unlock()
	for _, l := range w.logs {
		for _, s := range l.files {
			errs = append(errs, s.file.Close())
		}
		clear(l.files)
	}
	return errors.Join(errs...)
}

// look opens the segments that are there and not yet open. A segment that was
// removed meanwhile is needed no more: what it held is in a checkpoint or in a
// block, which Prometheus forces before it removes anything.
func (l *walLog) look() error {
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the segments of the write-ahead log: %w", err)
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil || n <= l.finished || l.files[n] != nil {
			continue // a checkpoint, or known
		}
		file, err := os.OpenFile(filepath.Join(l.dir, e.Name()), os.O_WRONLY, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("open a segment of the write-ahead log: %w", err)
		}
		l.files[n] = &segmentFile{file: file, synced: -1}
		l.dirty = true
	}
	return nil
}

// sync forces the segments that grew and the folder if it changed, and closes
// all segments but the newest: nobody writes to them any more.
func (l *walLog) sync(force func(*os.File) error) error {
	numbers := make([]int, 0, len(l.files))
	for n := range l.files {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		s := l.files[n]
		if err := s.sync(force); err != nil {
			return err
		}
		if i == len(numbers)-1 {
			break
		}
		if err := s.file.Close(); err != nil {
			return fmt.Errorf("close %s: %w", s.file.Name(), err)
		}
		delete(l.files, n)
		l.finished = n
	}
	if !l.dirty {
		return nil
	}
	if err := syncDir(l.dir, force); err != nil {
		return err
	}
	l.dirty = false
	return nil
}

// sync forces the segment if it grew. Segments are only appended to, so that one
// of the same length holds the same. The length is taken before: what is written
// while the disk works is left to the next round.
func (s *segmentFile) sync(force func(*os.File) error) error {
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("look at %s: %w", s.file.Name(), err)
	}
	if info.Size() == s.synced {
		return nil
	}
	if err := force(s.file); err != nil {
		return fmt.Errorf("force %s to disk: %w", s.file.Name(), err)
	}
	s.synced = info.Size()
	return nil
}

// syncDir forces the names in a folder to disk.
func syncDir(dir string, force func(*os.File) error) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open a folder to force it to disk: %w", err)
	}
	if err := force(d); err != nil {
		return errors.Join(fmt.Errorf("force the folder %s to disk: %w", dir, err), d.Close())
	}
	return d.Close()
}

// makeDir makes dir and what is missing above it, and forces all new names to
// disk: a log in a folder whose name is lost is lost.
func makeDir(dir string, force func(*os.File) error) error {
	changed := []string{filepath.Dir(dir)} // made by a process that was killed, perhaps
	for at := filepath.Dir(dir); !exists(at) && at != filepath.Dir(at); at = filepath.Dir(at) {
		changed = append(changed, filepath.Dir(at))
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, at := range append(changed, dir) {
		if err := syncDir(at, force); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err // whoever may not read a folder did not change it
		}
	}
	return nil
}
