package ledger

import (
	"cmp"
	"context"
	"slices"
)

// sealBatch is how many chunks one transaction seals: few enough that writers
// wait for some ten milliseconds, enough that the commit is not the cost.
const sealBatch = 512

// openDay is a day to be sealed.
type openDay struct {
	stream *stream
	n      int
	day    *day
}

// Seal puts all days before the UTC day before (days since 1970) that the
// journal has slots of into chunks, and deletes the journal rows that are no
// longer needed. It returns how many chunks it wrote. It works in batches:
// writers get their turn in between, and after an error what was sealed stays
// sealed.
func (l *Ledger) Seal(ctx context.Context, before int) (n int, err error) {
	for {
		sealed, done, err := l.sealSome(ctx, before)
		n += sealed
		if err != nil || done {
			return n, err
		}
	}
}

// sealSome seals one batch; done says that nothing is left.
func (l *Ledger) sealSome(ctx context.Context, before int) (n int, done bool, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.settle(ctx); err != nil {
		return 0, false, err
	}
	batch, done := l.openBefore(before)
	chunks := make([]Chunk, len(batch))
	for i, o := range batch {
		chunks[i] = encodeChunk(o.stream.ID, o.n, o.day, l.lastRow)
	}
	var redundant []int64
	if done {
		redundant = l.redundant(before)
	}
	if len(chunks) == 0 && len(redundant) == 0 {
		return 0, done, nil
	}
	if err := l.store.Seal(ctx, l.epoch, chunks, redundant); err != nil {
		l.doubt = true
		return 0, false, unavailable("seal days", err)
	}
	l.applySeal(batch, redundant)
	return len(chunks), done, nil
}

// openBefore lists at most sealBatch open days, oldest first; all says that
// there are no more.
func (l *Ledger) openBefore(before int) (batch []openDay, all bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range l.byID {
		for n, d := range s.open {
			if n < before {
				batch = append(batch, openDay{s, n, d})
			}
		}
	}
	slices.SortFunc(batch, func(a, b openDay) int {
		return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.stream.ID, b.stream.ID))
	})
	all = len(batch) <= sealBatch
	return batch[:min(len(batch), sealBatch)], all
}

// redundant lists the rows all of whose days are before the day given, and will
// be sealed. Damaged rows stay: they are the only evidence of what was lost.
func (l *Ledger) redundant(before int) (ids []int64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, r := range l.journal {
		if r.lastDay < before && !r.damaged {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// applySeal makes memory follow the store.
func (l *Ledger) applySeal(batch []openDay, redundant []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range batch {
		delete(o.stream.open, o.n)
		leaf := o.stream.days.leaves.at(o.n)
		leaf.chunk = l.lastRow
		o.stream.days.set(o.n, leaf)
	}
	l.journal = slices.DeleteFunc(l.journal, func(r journalRow) bool {
		_, found := slices.BinarySearch(redundant, r.id)
		return found
	})
	l.behind += len(batch)
	l.version++
}
