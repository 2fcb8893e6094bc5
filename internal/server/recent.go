package server

import (
	"context"
	"sync"
	"time"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/slo"
)

// recent remembers budgets while they cannot have changed: until what they are
// made of does or the second is over. A wall of dashboards asks the same hundred
// questions many times a second, and the ledger changes once a minute.
//
// A budget also depends on the clock, by whole minutes for its figures and
// continuously for its staleness: within a second neither is told wrongly by
// more than the clocks of two machines differ.
type recent struct {
	graph.Evaluator
	version func() uint64
	now     func() time.Time

	mu    sync.RWMutex
	at    generation
	known map[budgetQuestion]slo.Budget
}

// generation is what budgets are remembered for.
type generation struct {
	version uint64
	second  int64
}

// budgetQuestion names a budget. Objectives are never changed but replaced, so
// that their addresses say which definition is meant.
type budgetQuestion struct {
	slo       *slo.SLO
	objective *slo.Objective
	slo.Question
}

// recentMax bounds what is remembered of a second: the objectives of a large
// installation, at about 300 bytes each.
const recentMax = 20_000

var _ graph.Evaluator = (*recent)(nil)

func newRecent(e graph.Evaluator, version func() uint64, now func() time.Time) *recent {
	return &recent{Evaluator: e, version: version, now: now, known: make(map[budgetQuestion]slo.Budget)}
}

// Budget implements graph.Evaluator. What it returns is shared and is not to be
// changed.
func (r *recent) Budget(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) (slo.Budget, error) {
	at, x := generation{r.version(), r.now().Unix()}, budgetQuestion{s, o, q}
	r.mu.RLock()
	b, ok := r.known[x]
	ok = ok && r.at == at
	r.mu.RUnlock()
	if ok {
		return b, nil
	}
	b, err := r.Evaluator.Budget(ctx, s, o, q)
	if err == nil {
		r.keep(at, x, b)
	}
	return b, err
}

// keep remembers a budget of a generation that was read before it was computed.
func (r *recent) keep(at generation, x budgetQuestion, b slo.Budget) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at.version < r.at.version || (at.version == r.at.version && at.second < r.at.second) {
		return // somebody else is further
	}
	if at != r.at {
		clear(r.known)
		r.at = at
	}
	if len(r.known) < recentMax {
		r.known[x] = b
	}
}
