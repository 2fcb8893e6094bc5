package disk

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
)

// Replay rebuilds the device of a log at ascending moments.
type Replay struct {
	log  *Log
	base *os.File // the device as of entry done: everything before is applied
	done int
}

// newReplay begins with an empty device of size bytes in the file base.
func newReplay(l *Log, base string, size int64) (*Replay, error) {
	f, err := os.Create(base)
	if err != nil {
		return nil, err
	}
	return &Replay{log: l, base: f}, f.Truncate(size)
}

// Entries returns how many entries the log has.
func (r *Replay) Entries() int { return len(r.log.entries) }

// Before returns how many entries begin before a place.
func (r *Replay) Before(p Place) int {
	n, _ := slices.BinarySearchFunc(r.log.entries, int64(p), func(e Entry, at int64) int { return cmp.Compare(e.begins(), at) })
	return n
}

// Flushes lists the moments right after each flush, from the entry given on.
func (r *Replay) Flushes(from int) (at []int) {
	for i := from; i < len(r.log.entries); i++ {
		if r.log.entries[i].Flush() {
			at = append(at, i+1)
		}
	}
	return at
}

// Cut writes into image what a power cut after the first n entries could have
// left; random decides about what was not flushed. Calls go forward: n must not
// lie before the last flush of an earlier call. It returns how many writes were
// outstanding and how many of them did not reach the device whole.
func (r *Replay) Cut(n int, random *rand.Rand, image string) (outstanding, lost int, err error) {
	flushed := 0
	for i := n - 1; i >= 0 && flushed == 0; i-- {
		if r.log.entries[i].Flush() {
			flushed = i + 1
		}
	}
	if flushed < r.done {
		return 0, 0, fmt.Errorf("cut after %d entries lies before an earlier one", n)
	}
	for ; r.done < flushed; r.done++ {
		if err := r.apply(r.base, r.log.entries[r.done], func(int) bool { return true }); err != nil {
			return 0, 0, err
		}
	}
	if out, err := exec.Command("cp", "--sparse=always", r.base.Name(), image).CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("copy the device: %w: %s", err, out)
	}
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	for _, e := range r.log.entries[flushed:n] {
		if !e.writes() {
			continue
		}
		outstanding++
		keep, whole := fate(e, random)
		if !whole {
			lost++
		}
		if err := r.apply(f, e, keep); err != nil {
			return outstanding, lost, err
		}
	}
	return outstanding, lost, nil
}

// fate decides which sectors of an outstanding write reached the device: mostly
// all or none, now and then some. A write with FUA was made to last by itself.
func fate(e Entry, random *rand.Rand) (keep func(sector int) bool, whole bool) {
	if e.Flags&flagFUA != 0 {
		return func(int) bool { return true }, true
	}
	switch random.IntN(10) {
	case 0, 1, 2, 3:
		return func(int) bool { return true }, true
	case 4, 5, 6, 7:
		return func(int) bool { return false }, false
	case 8: // the head was on its way over the platter
		n := random.IntN(int(e.Sectors))
		return func(i int) bool { return i < n }, false
	default: // pages of flash, in any order
		coin := rand.New(rand.NewPCG(random.Uint64(), 0))
		return func(int) bool { return coin.IntN(2) == 0 }, false
	}
}

// apply writes the sectors of an entry that keep says reached the device. What
// was discarded reads as zeros.
func (r *Replay) apply(f *os.File, e Entry, keep func(sector int) bool) error {
	if !e.writes() {
		return nil
	}
	data := make([]byte, e.Sectors*SectorSize)
	if e.Flags&flagDiscard == 0 {
		if _, err := r.log.r.ReadAt(data, e.data); err != nil {
			return fmt.Errorf("read what was written to sector %d: %w", e.Sector, err)
		}
	}
	for i := 0; i < int(e.Sectors); {
		if !keep(i) {
			i++
			continue
		}
		end := i + 1
		for end < int(e.Sectors) && keep(end) {
			end++
		}
		at := (int64(e.Sector) + int64(i)) * SectorSize
		if _, err := f.WriteAt(data[i*SectorSize:end*SectorSize], at); err != nil {
			return err
		}
		i = end + 1 // end was asked about already, and is not kept
	}
	return nil
}

// Close lets go of the device; the log stays.
func (r *Replay) Close() error { return r.base.Close() }
