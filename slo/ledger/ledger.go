package ledger

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Options says how a ledger works.
type Options struct {
	// Now is the clock that rows and revisions are dated by. Required.
	Now func() time.Time
	// Logger receives damage and repairs; nil discards them.
	Logger *slog.Logger
	// CacheBytes is about how much memory holds what was read of sealed days
	// lately; 0 means DefaultCache.
	CacheBytes int64
	// CheckpointAfter is how many slots and sealed days may come before Checkpoint
	// keeps what is in memory; 0 means as many as are worth their while.
	CheckpointAfter int
	// Fresh reads all rows and no checkpoint, for those who doubt what is kept.
	Fresh bool
}

// DefaultCache holds the edges of the windows of 10,000 streams, a budget's and
// four burn pairs': four sealed days each, some 800 bytes a day. A third of it
// holds whole days, for plots and time slices.
const DefaultCache = 64 << 20

// Ledger keeps the slots of all streams. Any number of goroutines may read and
// write; writes take turns. Make one with Open.
type Ledger struct {
	store  Store
	now    func() time.Time
	log    *slog.Logger
	edges  *cache[*edge] // of sealed days, for sums
	whole  *cache[*day]  // sealed days, for slots
	notify watchers

	// writing is held from the first look at what is held until memory shows
	// what was committed. It is never taken while mu is held. It guards doubt,
	// which says that a commit failed and may be there nevertheless, the epoch of
	// the lease that writes go by, and how many slots and sealed days came since
	// the last checkpoint.
	writing sync.Mutex
	doubt   bool
	epoch   int64
	behind  int
	after   int // Options.CheckpointAfter

	mu    sync.RWMutex  // guards what state holds
	moves atomic.Uint64 // see Version; grows with mu held, before what it stands for is seen
	state
}

// state is what a ledger holds in memory. Streams, lastRow, lastStream and version
// change with writing and mu held; holding one of them is enough to read them.
type state struct {
	streams    map[slo.StreamKey]*stream
	byID       map[int64]*stream
	groups     map[slo.IndicatorKey][]*stream // by group
	cursors    map[slo.IndicatorKey]Cursor
	journal    []journalRow // ascending by id
	problems   []Problem
	lastRow    int64
	lastStream int64
	thinned    int   // sealed days before it are coarse
	version    int64 // of the store, that this is the state of
}

func newState() state {
	return state{
		streams: map[slo.StreamKey]*stream{}, byID: map[int64]*stream{},
		groups: map[slo.IndicatorKey][]*stream{}, cursors: map[slo.IndicatorKey]Cursor{},
	}
}

var _ slo.Meter = (*Ledger)(nil)

// stream is one stream in memory.
type stream struct {
	Stream
	days days         // totals of every day, open or sealed
	open map[int]*day // days that the journal holds more of than their chunk
}

// journalRow is a row of the journal, as Seal has to know it.
type journalRow struct {
	id      int64
	lastDay int
	damaged bool // kept as evidence
}

// chunkRef names one version of a sealed day; a later Seal of the same day
// makes another.
type chunkRef struct {
	stream  int64
	day     int
	through int64
}

// Open reads what the store holds and returns a ledger that is ready to serve.
// Damaged rows and totals do not stop it; they are listed by Problems. Errors
// are the store's.
func Open(ctx context.Context, s Store, o Options) (*Ledger, error) {
	if o.Now == nil {
		return nil, fault.Invalidf("the ledger needs a clock")
	}
	room := cmp.Or(max(o.CacheBytes, 0), DefaultCache)
	l := &Ledger{store: s, now: o.Now, log: o.Logger, after: o.CheckpointAfter, edges: newCache[*edge](room - room/3), whole: newCache[*day](room / 3), state: newState()}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if !o.Fresh {
		if err := l.restore(ctx); err != nil {
			return nil, err
		}
	}
	if err := l.CatchUp(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// settle ends the doubt that a failed commit left: it may have reached the disk
// although the answer was an error. What the disk holds decides.
func (l *Ledger) settle(ctx context.Context) error {
	if !l.doubt {
		return nil
	}
	if err := l.catchUp(ctx); err != nil {
		return unavailable("see what the last failed write left", err)
	}
	l.doubt = false
	return nil
}

func newStream(s Stream) *stream { return &stream{Stream: s, open: map[int]*day{}} }

// addStream makes a stream known.
func (l *Ledger) addStream(s *stream) {
	l.streams[s.Key], l.byID[s.ID] = s, s
	l.lastStream = max(l.lastStream, s.ID)
	of := l.groups[s.Key.Indicator]
	i, _ := slices.BinarySearchFunc(of, s.Key.Group, func(o *stream, g slo.Group) int { return cmp.Compare(o.Key.Group, g) })
	l.groups[s.Key.Indicator] = slices.Insert(of, i, s)
}

// setOpen puts a day that the journal holds in force.
func (s *stream) setOpen(n int, d *day) {
	l := d.leaf()
	l.chunk = s.days.leaves.at(n).chunk
	s.open[n] = d
	s.days.set(n, l)
}

// Cursor returns how far the collector got with ind; ok is false before its
// first write.
func (l *Ledger) Cursor(ind slo.IndicatorKey) (c Cursor, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	c, ok = l.cursors[ind]
	return c, ok
}

// sortedKeys returns the keys of m in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
