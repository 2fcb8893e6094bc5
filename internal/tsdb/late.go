package tsdb

import (
	"sync"
	"time"
)

// lateAfter is how old a sample may be when it arrives without being late. Who
// folds samples into minutes reads the last ones again anyway.
const lateAfter = time.Minute

// lateHorizon is how far behind the newest sample of the store one may arrive that
// is newer than the others of its series; Prometheus takes half of a head block.
const lateHorizon = time.Hour

// lateness remembers the oldest of the samples that arrived late.
type lateness struct {
	mu     sync.Mutex
	some   bool
	oldest int64
}

// note takes in the oldest sample of a batch that was committed at now.
func (l *lateness) note(oldest int64, now time.Time) {
	if now.UnixMilli()-oldest <= lateAfter.Milliseconds() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.some || oldest < l.oldest {
		l.some, l.oldest = true, oldest
	}
}

// Late returns the time of the oldest sample that arrived more than a minute after
// its time since the last call; ok is false if there was none. What was folded from
// that time on has to be folded again. A note is made after its sample can be read,
// so that whoever asks before reading misses nothing.
//
// The notes are not kept across a restart. The first call after Open tells
// therefore of everything that may have come late before.
func (db *DB) Late() (oldest time.Time, ok bool) {
	db.late.mu.Lock()
	defer db.late.mu.Unlock()
	oldest, ok = time.UnixMilli(db.late.oldest).UTC(), db.late.some
	db.late.some = false
	return oldest, ok
}

// supposeLate notes, when a store is opened, how far back samples may have come
// that nobody has read yet.
func (db *DB) supposeLate() {
	s := db.Stats()
	if s.Newest.IsZero() {
		return
	}
	db.late.some = true
	db.late.oldest = s.Newest.Add(-max(lateHorizon, db.opts.OutOfOrderWindow)).UnixMilli()
}
