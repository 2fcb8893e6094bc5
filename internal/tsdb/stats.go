package tsdb

import (
	"math"
	"time"
)

// Stats says how much a store holds.
type Stats struct {
	Series uint64 // with samples in the last hours
	Blocks int    // without those that are left out as damaged
	Bytes  int64  // of blocks and of the log
	// Oldest and Newest bound the times of all samples; zero if there are none.
	Oldest, Newest time.Time
}

// Stats returns how much the store holds; zero after Close.
func (db *DB) Stats() Stats {
	_, leave, err := db.enter(db.gate.ctx)
	if err != nil {
		return Stats{}
	}
	defer leave()
	head := db.tsdb.Head()
	s := Stats{Series: head.NumSeries(), Bytes: head.Size()}
	for _, b := range db.tsdb.Blocks() {
		if !db.isolation.has(b.Meta().ULID) {
			s.Blocks++
			s.Bytes += b.Size()
		}
	}
	oldest, newest := int64(math.MaxInt64), int64(math.MinInt64)
	for _, p := range db.pieces() {
		oldest, newest = min(oldest, p.from), max(newest, p.to)
	}
	if oldest <= newest {
		s.Oldest, s.Newest = time.UnixMilli(oldest).UTC(), time.UnixMilli(newest).UTC()
	}
	return s
}
