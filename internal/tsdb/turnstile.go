package tsdb

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/promql"
)

// slotMillis is the width of a slot of the ledger.
const slotMillis = int64(time.Minute / time.Millisecond)

// turnstile lets a number of queries run at the same time. Prometheus' own
// tracker does that too, but only together with a file of the queries that were
// running when the process died.
type turnstile chan struct{}

var _ promql.QueryTracker = turnstile(nil)

func newTurnstile(places int) turnstile { return make(turnstile, places) }

// GetMaxConcurrent returns the number of places.
func (t turnstile) GetMaxConcurrent() int { return cap(t) }

// Insert waits for a place.
func (t turnstile) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case t <- struct{}{}:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Delete gives a place back.
func (t turnstile) Delete(int) { <-t }

// Close does nothing: a turnstile holds nothing but memory.
func (t turnstile) Close() error { return nil }
