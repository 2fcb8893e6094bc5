package graph

import (
	"context"
	"net/http"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// gate lets so many queries run at a time; others wait for their turn, and those
// that would wait too long are refused. A query takes a megabyte and hundreds of
// goroutines while it runs: a server that begins everything that comes finishes
// nothing of it once more comes than it can do, and its memory has no bound.
type gate struct {
	places chan struct{} // nil: no limit
}

// gateWait is how long a query waits for its turn: a client that waits longer has
// usually asked again by then.
const gateWait = 2 * time.Second

func newGate(running int) gate {
	if running <= 0 {
		return gate{}
	}
	return gate{make(chan struct{}, running)}
}

// enter waits for a place; leave gives it back. A refusal is returned instead if
// there is none in time.
func (g gate) enter(ctx context.Context) (leave func(), refused *refusal) {
	if g.places == nil {
		return func() {}, nil
	}
	select {
	case g.places <- struct{}{}:
		return g.leave, nil
	default:
	}
	timer := time.NewTimer(gateWait)
	defer timer.Stop()
	select {
	case g.places <- struct{}{}:
		return g.leave, nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil, refuse(http.StatusServiceUnavailable, fault.Unavailable.String(),
		"the server is busy with %d other queries; try again in a moment", cap(g.places)).naming("Running", cap(g.places))
}

func (g gate) leave() { <-g.places }
