package ledger

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/hindcast/hindcast/slo"
)

// cache keeps what was read lately, up to a number of bytes.
type cache[V interface{ bytes() int64 }] struct {
	mu          sync.Mutex
	lru         *simplelru.LRU[chunkRef, V]
	held, limit int64
}

func newCache[V interface{ bytes() int64 }](limit int64) *cache[V] {
	c := &cache[V]{limit: limit}
	// The size bounds nothing, the bytes do: no entry is below a hundred.
	lru, err := simplelru.NewLRU(int(limit/100)+2, func(_ chunkRef, v V) { c.held -= v.bytes() })
	if err != nil { // only a size below 1 is an error
		panic(err)
	}
	c.lru = lru
	return c
}

func (c *cache[V]) get(ref chunkRef) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Get(ref)
}

// add puts a value in, and the least lately used ones out. The last one stays,
// however large it is.
func (c *cache[V]) add(ref chunkRef, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(ref)
	c.lru.Add(ref, v)
	for c.held += v.bytes(); c.held > c.limit && c.lru.Len() > 1; {
		c.lru.RemoveOldest()
	}
}

// purge forgets everything.
func (c *cache[V]) purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Purge()
}

// bytes returns about how much memory the day takes.
func (d *day) bytes() int64 {
	n := int64(256)
	for _, h := range d.hours {
		if h != nil {
			n += h.bytes()
		}
	}
	return n
}

// edgeHours is how many hours of a day an edge keeps: windows of different
// length that end together seldom begin in more hours of one day.
const edgeHours = 4

// edge is what the end of a window needs of a sealed day: the sums of its
// hours, and the slots of those hours in which windows begin or end. It takes a
// seventh of the day. The edges of windows move a minute at a time, so that an
// edge lasts for most of an hour, and for several hours where days are asked
// that begin in different hours.
type edge struct {
	sums [hoursPerDay]sums
	kept [edgeHours]keptHour // latest first
}

type keptHour struct {
	n int
	h *hour
}

// newEdge returns the edge of a day that can sum from minute a to b, and
// whatever before could as far as there is room.
func newEdge(d *day, before *edge, a, b int) *edge {
	e := &edge{}
	for n, h := range d.hours {
		if h != nil {
			e.sums[n] = h.sums
		}
	}
	kept := e.kept[:0]
	for _, n := range ragged(a, b) {
		kept = append(kept, keptHour{n, d.hours[n]})
	}
	for i := 0; before != nil && i < edgeHours && len(kept) < edgeHours; i++ {
		if k := before.kept[i]; k.h != nil && e.hour(k.n) == nil {
			kept = append(kept, k)
		}
	}
	return e
}

// ragged lists the hours of which a to b are a part and not the whole.
func ragged(a, b int) (hours []int) {
	if a%minutesPerHour != 0 {
		hours = append(hours, a/minutesPerHour)
	}
	if n := b / minutesPerHour; b%minutesPerHour != minutesPerHour-1 && (len(hours) == 0 || hours[0] != n) {
		hours = append(hours, n)
	}
	return hours
}

// hour returns the slots of an hour, nil if they are not kept.
func (e *edge) hour(n int) *hour {
	for _, k := range e.kept {
		if k.h != nil && k.n == n {
			return k.h
		}
	}
	return nil
}

// sum returns what day.sum returns; ok is false if the slots are not kept.
func (e *edge) sum(a, b int) (r sums, ok bool) {
	for n := a / minutesPerHour; n <= b/minutesPerHour; n++ {
		i, j := max(a-n*minutesPerHour, 0), min(b-n*minutesPerHour, minutesPerHour-1)
		s := e.sums[n]
		if part := s.measured+s.estimated > 0 && (i > 0 || j < minutesPerHour-1); part {
			h := e.hour(n)
			if h == nil {
				return sums{}, false
			}
			s = h.sum(i, j)
		}
		r = r.plus(s)
	}
	return r, true
}

// bytes returns about how much memory the edge takes.
func (e *edge) bytes() int64 {
	n := int64(hoursPerDay*24 + edgeHours*16 + 64)
	for _, k := range e.kept {
		if k.h != nil {
			n += k.h.bytes()
		}
	}
	return n
}

// missedPart is minutes a to b of a sealed day that a reading missed.
type missedPart struct {
	chunkRef
	a, b  int
	slots bool // the slots themselves were asked for, not their sums
}

// fullDay is what a reading of slots misses.
func fullDay(ref chunkRef) missedPart {
	return missedPart{chunkRef: ref, b: slo.MinutesPerDay - 1, slots: true}
}
