package tsdb

import (
	"context"
	"sync"

	"github.com/hindcast/hindcast/internal/fault"
)

// gate counts the questions being answered, so that Close can refuse new ones,
// cancel the old ones and wait for them. Without it, closing would unmap files
// under a reader, which is not an error in Go but a crash.
type gate struct {
	mu     sync.Mutex
	idle   sync.Cond
	inside int
	closed bool
	ctx    context.Context
	cancel context.CancelFunc
}

func newGate() *gate {
	g := &gate{}
	g.idle.L = &g.mu
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

// enter returns a context that ends with ctx or when the gate is shut, and the
// function that leaves the gate again.
func (g *gate) enter(ctx context.Context) (context.Context, func(), error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, nil, fault.Unavailablef("the metrics store is closed")
	}
	g.inside++
	inner, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(g.ctx, cancel)
	return inner, func() {
		stop()
		cancel()
		g.leave()
	}, nil
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.inside == 0 {
		g.idle.Broadcast()
	}
}

// shut refuses whoever comes, cancels whoever is inside and waits until nobody
// is. It reports false if the gate was shut before.
func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.closed = true
	g.cancel()
	for g.inside > 0 {
		g.idle.Wait()
	}
	return true
}
