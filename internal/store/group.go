package store

import (
	"context"
	"slices"
	"sync"

	"github.com/uptrace/bun"
)

// maxGroup bounds how many writes share a commit, and so how long the first of
// them waits for the others.
const maxGroup = 64

// group lets writes that come while another commits share the next commit and
// its fsync, which is what a commit costs. A write that is alone waits for
// nobody. It runs in the goroutine of one of the writers, who leads: nothing has
// to be started or stopped.
type group struct {
	db    *bun.DB
	mu    sync.Mutex
	led   bool     // one of the writers leads
	queue []*write // in the order in which they came; the leader's own is in it
}

// write is one transaction that waits or runs.
type write struct {
	ctx  context.Context
	f    func(ctx context.Context, tx bun.Tx) error
	lead chan struct{} // closed when this writer has to lead
	done chan error    // gets the outcome
	own  error         // of f alone
}

// run runs f in a transaction that it may share. An error of f undoes f alone;
// an error of the commit is everybody's. A context that ends before f has begun
// ends the waiting; once begun, f is not interrupted, because SQLite would undo
// the others with it, and its outcome would be unknown.
func (g *group) run(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	w := &write{ctx: ctx, f: f, lead: make(chan struct{}), done: make(chan error, 1)}
	g.enter(w)
	select {
	case err := <-w.done:
		return err
	case <-w.lead:
	case <-ctx.Done():
		if g.leave(w) {
			return ctx.Err()
		}
		select {
		case err := <-w.done:
			return err
		case <-w.lead:
		}
	}
	g.leadOnce()
	return <-w.done
}

// enter queues a write, and makes it lead if nobody does.
func (g *group) enter(w *write) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = append(g.queue, w)
	if !g.led {
		g.led = true
		close(w.lead)
	}
}

// leave takes a write out of the queue; false if it runs already, or leads.
func (g *group) leave(w *write) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.queue, w)
	select {
	case <-w.lead:
		return false
	default:
	}
	if i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
	return i >= 0
}

// leadOnce commits those who wait, with the leader's own write first, tells them
// the outcome and lets the next one lead: also when a function panics, which then
// is the leader's affair and an error for the others.
func (g *group) leadOnce() {
	g.mu.Lock()
	n := min(len(g.queue), maxGroup)
	batch := slices.Clone(g.queue[:n])
	g.queue = slices.Delete(g.queue, 0, n)
	g.mu.Unlock()

	err := errPanicked
	defer func() {
		for _, w := range batch {
			w.done <- firstError(w.own, err)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.led = len(g.queue) > 0; g.led {
			close(g.queue[0].lead)
		}
	}()
	err = g.commit(batch)
}

// commit runs a batch in one transaction, each write in a savepoint.
func (g *group) commit(batch []*write) error {
	ctx := context.WithoutCancel(batch[0].ctx)
	return g.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		for _, w := range batch {
			if err := w.runIn(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// runIn runs a write; the error is one that ends the whole transaction.
func (w *write) runIn(ctx context.Context, tx bun.Tx) error {
	if w.own = w.ctx.Err(); w.own != nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "SAVEPOINT one"); err != nil {
		return err
	}
	if w.own = w.f(context.WithoutCancel(w.ctx), tx); w.own != nil {
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO one"); err != nil {
			return firstError(w.own, err) // SQLite has undone everything, as it does when the disk is full
		}
	}
	_, err := tx.ExecContext(ctx, "RELEASE one")
	return err
}
