package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// boundedEngine refuses answers of more than limit points. The engine bounds
// what a query reads, but an answer is held once more, as JSON.
type boundedEngine struct {
	promql.QueryEngine
	db    *DB
	limit int
}

// NewInstantQuery returns a query at one instant.
func (e boundedEngine) NewInstantQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, qs string, ts time.Time) (promql.Query, error) {
	return e.bounded(e.QueryEngine.NewInstantQuery(ctx, lookingBack(q, opts), opts, qs, ts))
}

// NewRangeQuery returns a query over an interval.
func (e boundedEngine) NewRangeQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, qs string, start, end time.Time, interval time.Duration) (promql.Query, error) {
	return e.bounded(e.QueryEngine.NewRangeQuery(ctx, lookingBack(q, opts), opts, qs, start, end, interval))
}

func (e boundedEngine) bounded(q promql.Query, err error) (promql.Query, error) {
	if err != nil {
		return nil, err
	}
	return boundedQuery{q, e.db, e.limit}, nil
}

// boundedQuery is a query whose answer is looked at before it is given away.
type boundedQuery struct {
	promql.Query
	db    *DB
	limit int
}

// Exec runs the query.
func (q boundedQuery) Exec(ctx context.Context) *promql.Result {
	r := q.Query.Exec(ctx)
	if r.Err != nil && isStorage(r.Err) {
		r.Err = promql.ErrStorage{Err: q.db.readFault(ctx, r.Err)}
	}
	if n := pointsOf(r.Value); r.Err == nil && n > q.limit {
		return &promql.Result{
			Err:      fmt.Errorf("the answer has %d points, more than %d: aggregate, or choose a longer step", n, q.limit),
			Warnings: r.Warnings,
		}
	}
	return r
}

func pointsOf(v parser.Value) int {
	switch v := v.(type) {
	case promql.Matrix:
		n := 0
		for _, s := range v {
			n += len(s.Floats) + len(s.Histograms)
		}
		return n
	case promql.Vector:
		return len(v)
	default:
		return 0
	}
}
