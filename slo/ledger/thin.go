package ledger

import (
	"context"
	"math"

	"github.com/hindcast/hindcast/slo"
)

// NeverThinned is the day before which a store that was never thinned has no
// minutes: none.
const NeverThinned = math.MinInt32

// Thinner is how a Store lets go of minutes and keeps days.
type Thinner interface {
	// Thinned returns the UTC day before which minutes are not kept,
	// NeverThinned at first.
	Thinned(ctx context.Context) (before int, err error)
	// Thin, in one transaction of the epoch, which counts as a change of the store's
	// version, moves that day forward (it never goes back) and
	// drops at most limit payloads of sealed days before it or, when there are
	// none left, at most limit revisions of minutes before it, which it counts
	// by stream. It returns how many it dropped.
	Thin(ctx context.Context, epoch int64, before, limit int) (n int, err error)
	// PrunedRevisions returns how many revisions of a stream Thin dropped.
	PrunedRevisions(ctx context.Context, stream int64) (int, error)
	// Shrink gives a little of the space that is free back to the file system,
	// for at most some milliseconds, and reports whether there is more.
	Shrink(ctx context.Context) (more bool, err error)
}

// Thin lets go of the minutes of all days before the UTC day given: their totals
// stay for ever, their minutes and the revisions of these do not. It returns how
// many days of streams it thinned. It works in steps between which writers get
// their turn, gives the space back, and goes on where it was after an error.
//
// Afterwards whole days are as exact as before. A question that needs a part of
// such a day gets it in proportion: the totals are spread evenly over the
// minutes that were covered, as whole events where they are whole, and these
// minutes are called estimated. They cannot be written any more.
func (l *Ledger) Thin(ctx context.Context, before int) (n int, err error) {
	if err := l.beginThinning(ctx, before); err != nil {
		return 0, err
	}
	for {
		dropped, err := l.thinSome(ctx, before)
		if n += dropped; err != nil {
			return n, err
		}
		if dropped == 0 {
			break
		}
	}
	for more := true; more; {
		if more, err = l.store.Shrink(ctx); err != nil {
			return n, unavailable("give space back", err)
		}
	}
	return n, nil
}

// beginThinning makes the days coarse, for readers and on disk, before anything
// of them is dropped.
func (l *Ledger) beginThinning(ctx context.Context, before int) error {
	for {
		if _, err := l.Seal(ctx, before); err != nil {
			return err
		}
		done, err := l.markThinned(ctx, before)
		if err != nil || done {
			return err
		}
	}
}

// markThinned moves the mark unless a writer opened one of the days meanwhile.
func (l *Ledger) markThinned(ctx context.Context, before int) (done bool, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.settle(ctx); err != nil {
		return false, err
	}
	if open, _ := l.openBefore(before); len(open) > 0 {
		return false, nil
	}
	if _, err := l.store.Thin(ctx, l.epoch, before, 0); err != nil {
		l.doubt = true
		return false, unavailable("thin days", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moves.Add(1)
	l.version++
	l.thinned = max(l.thinned, before)
	l.edges.purge()
	l.whole.purge()
	return true, nil
}

// thinSome drops one batch.
func (l *Ledger) thinSome(ctx context.Context, before int) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	n, err := l.store.Thin(ctx, l.epoch, before, sealBatch)
	if err != nil {
		l.doubt = true
		return 0, unavailable("thin days", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	return n, nil
}

// PrunedRevisions returns how many revisions of a stream are not listed any more
// because the minutes that they speak of are not kept.
func (l *Ledger) PrunedRevisions(ctx context.Context, key slo.StreamKey) (int, error) {
	l.mu.RLock()
	s := l.streams[key]
	l.mu.RUnlock()
	if s == nil {
		return 0, nil
	}
	return l.store.PrunedRevisions(ctx, s.ID)
}

// coarse reports whether of a sealed day only the totals are kept. The caller
// holds mu or writing, or is alone.
func (l *Ledger) coarse(s *stream, n int) bool {
	_, open := s.open[n]
	return n < l.thinned && !open && s.days.leaves.at(n).chunk > 0
}

// spread returns a day that has the sums of the leaf: its events shared out
// evenly among as many minutes as were covered, which are spread evenly between
// the first and the last. All of them are estimated. Whole figures stay whole,
// and bad events are only where there are events.
func (l leaf) spread() *day {
	var d draft
	covered, length := int(l.measured)+int(l.estimated), int(l.last)-int(l.first)+1
	share := 0.0
	if l.total != 0 {
		share = (l.total - l.good) / l.total
	}
	var total, bad float64 // up to the minute before
	for i, k := 0, 0; i < length && covered > 0; i++ {
		if (i+1)*covered/length == k {
			continue // not covered
		}
		k++
		t := portion(l.total, k, covered)
		b := whole(t*share, l.total-l.good)
		if k == covered {
			b = l.total - l.good
		}
		d.set(int(l.first)+i, slo.Slot{Good: (t - total) - (b - bad), Total: t - total, State: slo.Estimated})
		total, bad = t, b
	}
	return d.finish(nil)
}

// portion returns the first k of n parts of v, in whole events where v is whole.
func portion(v float64, k, n int) float64 {
	if k == n {
		return v
	}
	return whole(v*float64(k)/float64(n), v)
}

// whole rounds p down if of is whole.
func whole(p, of float64) float64 {
	if of == math.Trunc(of) {
		return math.Floor(p)
	}
	return p
}
