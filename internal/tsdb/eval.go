package tsdb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/tsdb/sample"
)

// Eval evaluates expr at from, from+step, … ≤ to; see sample.Sampler.
func (db *DB) Eval(ctx context.Context, expr parser.Expr, from, to, step int64) ([]sample.Result, error) {
	if step < 0 || from > to && step > 0 {
		return nil, fault.Invalidf("evaluate %s: interval %d to %d by %d ms is not one", expr, from, to, step)
	}
	ctx, leave, err := db.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	query, err := db.newQuery(ctx, expr, from, to, step)
	if err != nil {
		return nil, db.evalFault(ctx, expr, err)
	}
	defer query.Close()
	answer := query.Exec(ctx)
	if answer.Err != nil {
		return nil, db.evalFault(ctx, expr, answer.Err)
	}
	db.logWarnings(expr, answer.Warnings)
	return results(answer.Value)
}

func (db *DB) newQuery(ctx context.Context, expr parser.Expr, from, to, step int64) (promql.Query, error) {
	start, end := time.UnixMilli(from), time.UnixMilli(to)
	if step == 0 {
		return db.eval.NewInstantQuery(ctx, db.tsdb, nil, expr.String(), start)
	}
	return db.eval.NewRangeQuery(ctx, db.tsdb, nil, expr.String(), start, end, time.Duration(step)*time.Millisecond)
}

// evalFault tells a query that cannot be answered from one that can be later.
func (db *DB) evalFault(ctx context.Context, expr parser.Expr, err error) error {
	if _, slow := errors.AsType[promql.ErrQueryTimeout](err); slow {
		return fault.Unavailablef("evaluate %s: %w: choose a shorter interval or a narrower selector", expr, err)
	}
	if _, canceled := errors.AsType[promql.ErrQueryCanceled](err); canceled {
		return fault.Unavailablef("evaluate %s: %w", expr, err)
	}
	if isStorage(err) {
		return db.readFault(ctx, err)
	}
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.Invalidf("evaluate %s: %w", expr, err)
}

// isStorage tells errors of the storage from errors of the query. The engine
// marks those of selecting series, but not those of reading their samples, which
// only their text tells apart.
func isStorage(err error) bool {
	_, marked := errors.AsType[promql.ErrStorage](err)
	return marked || strings.Contains(err.Error(), "cannot populate chunk")
}

func (db *DB) logWarnings(expr parser.Expr, notes annotations.Annotations) {
	for _, err := range notes.AsErrors() {
		db.opts.Logger.Debug("query warning", "query", expr.String(), "err", err)
	}
}

// results turns a value of the engine into results that outlive the query.
func results(v parser.Value) ([]sample.Result, error) {
	switch v := v.(type) {
	case promql.Matrix:
		return matrix(v), nil
	case promql.Vector:
		rs := make([]sample.Result, 0, len(v))
		for _, s := range v {
			if s.H == nil {
				rs = append(rs, sample.Result{Labels: s.Metric, T: []int64{s.T}, V: []float64{s.F}})
			}
		}
		return rs, nil
	case promql.Scalar:
		return []sample.Result{{T: []int64{v.T}, V: []float64{v.V}}}, nil
	default:
		return nil, fault.Invalidf("the query is of type %s: it has to be a number or a vector", v.Type())
	}
}

func matrix(m promql.Matrix) []sample.Result {
	rs := make([]sample.Result, 0, len(m))
	for _, s := range m {
		if len(s.Floats) == 0 {
			continue
		}
		r := sample.Result{Labels: s.Metric, T: make([]int64, len(s.Floats)), V: make([]float64, len(s.Floats))}
		for i, p := range s.Floats {
			r.T[i], r.V[i] = p.T, p.F
		}
		rs = append(rs, r)
	}
	return rs
}
