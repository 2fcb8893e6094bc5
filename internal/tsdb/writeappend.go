package tsdb

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	promtsdb "github.com/prometheus/prometheus/tsdb"
)

// writeIntake is what remote writes are written into. Their appenders take turns:
// the head checks a sample against what is committed, and of samples that another
// appender has overtaken in between it tells nobody.
type writeIntake struct{ *writeHandler }

var _ storage.Appendable = writeIntake{}

// Appender returns the appender of a request.
func (w writeIntake) Appender(ctx context.Context) storage.Appender {
	tally, _ := ctx.Value(tallyKey{}).(*writeTally)
	w.turn.Lock()
	tally.release = w.turn.Unlock
	a := &writeAppender{
		Appender: w.db.tsdb.Appender(ctx), ctx: ctx, tally: tally, last: map[storage.SeriesRef]lastSample{},
		watched: watched{db: w.db, refusal: w.db.durable.admit(), oldest: math.MaxInt64}, oldest: math.MinInt64,
	}
	if now := w.db.opts.Now; now != nil {
		a.oldest = now().Add(-w.db.opts.RetentionTime).UnixMilli()
	}
	return a
}

// writeTally is what became of the samples of a request.
type writeTally struct {
	floats, histograms, exemplars int // that were accepted
	lost                          map[string]int
	refused                       int // samples and histograms
	why                           error
	release                       func() // ends the turn of the appender, nil if it has none
}

type tallyKey struct{}

// done ends the turn. The handler calls it too, lest a panic keep it.
func (t *writeTally) done() {
	if t.release != nil {
		t.release()
		t.release = nil
	}
}

// refuse counts a sample that will not be stored, whoever sends it again.
func (t *writeTally) refuse(what string, ls labels.Labels, at int64, err error) {
	if t.lost == nil {
		t.lost = map[string]int{}
	}
	t.lost[what]++
	t.refused++
	if t.why == nil {
		t.why = fmt.Errorf("%s at %d: %w", ls, at, err)
	}
}

// writeAppender refuses samples one by one and stores the others, in both versions
// of the protocol. Prometheus' handler would throw a whole request of version 1
// away for one sample out of order, and the sender would never send it again.
type writeAppender struct {
	storage.Appender
	watched
	ctx    context.Context
	tally  *writeTally
	oldest int64 // what is older is out of retention
	last   map[storage.SeriesRef]lastSample
}

// lastSample is the newest sample of a series in a request. The head compares with
// what is committed only, and drops what turns out to be out of order at commit.
type lastSample struct {
	t int64
	v uint64
}

// Append takes in a sample, or refuses it.
func (a *writeAppender) Append(ref storage.SeriesRef, ls labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	return a.take(ref, ls, t, math.Float64bits(v), &a.tally.floats, func() (storage.SeriesRef, error) {
		return a.Appender.Append(ref, ls, t, v)
	})
}

// AppendHistogram takes in a histogram, or refuses it.
func (a *writeAppender) AppendHistogram(ref storage.SeriesRef, ls labels.Labels, t int64, h *histogram.Histogram, fh *histogram.FloatHistogram) (storage.SeriesRef, error) {
	return a.take(ref, ls, t, 0, &a.tally.histograms, func() (storage.SeriesRef, error) {
		return a.Appender.AppendHistogram(ref, ls, t, h, fh)
	})
}

func (a *writeAppender) take(ref storage.SeriesRef, ls labels.Labels, t int64, v uint64, count *int, next func() (storage.SeriesRef, error)) (storage.SeriesRef, error) {
	if a.refusal != nil {
		return 0, a.refusal
	}
	err := a.inOrder(ref, t, v)
	if err == nil && t < a.oldest {
		err = storage.ErrTooOldSample
	}
	got := ref
	if err == nil {
		got, err = next()
	}
	if err == nil { // a new series has its reference only now
		err = a.inOrder(got, t, v)
	}
	what := refusedFor(err)
	switch {
	case err == nil:
		*count++
		a.saw(t, nil)
		if at, ok := a.last[got]; !ok || t >= at.t {
			a.last[got] = lastSample{t, v}
		}
		return got, nil
	case what == "":
		return 0, err
	default:
		a.tally.refuse(what, ls, t, err)
		return ref, nil
	}
}

// inOrder compares with the samples of the same request.
func (a *writeAppender) inOrder(ref storage.SeriesRef, t int64, v uint64) error {
	at, ok := a.last[ref]
	switch {
	case !ok || t > at.t:
		return nil
	case t == at.t && v != at.v:
		return storage.ErrDuplicateSampleForTimestamp
	case t < at.t && a.db.opts.OutOfOrderWindow == 0:
		return storage.ErrOutOfOrderSample
	default:
		return nil
	}
}

// refusedFor names why a sample can never be stored, "" if it could be another time.
func refusedFor(err error) string {
	_, broken := errors.AsType[histogram.Error](err)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, storage.ErrOutOfOrderSample):
		return "out_of_order"
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds):
		return "too_old"
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		return "duplicate"
	case broken, errors.Is(err, promtsdb.ErrInvalidSample):
		return "invalid"
	default:
		return ""
	}
}

// AppendExemplar keeps an exemplar. One that is not kept is counted and no more:
// it is an example of samples, and those are kept.
func (a *writeAppender) AppendExemplar(ref storage.SeriesRef, ls labels.Labels, e exemplar.Exemplar) (storage.SeriesRef, error) {
	if a.refusal != nil {
		return 0, a.refusal
	}
	if got, err := a.Appender.AppendExemplar(ref, ls, e); err == nil {
		a.tally.exemplars++
		return got, nil
	}
	if a.tally.lost == nil {
		a.tally.lost = map[string]int{}
	}
	a.tally.lost["exemplar"]++
	return ref, nil
}

// Commit returns when the samples are on disk.
func (a *writeAppender) Commit() error {
	err := a.commit(a.Appender)
	a.tally.done()
	if err != nil {
		return err
	}
	return a.db.durable.sync(a.ctx, a.db.opts.Now)
}

// Rollback forgets the samples.
func (a *writeAppender) Rollback() error {
	defer a.tally.done()
	return a.Appender.Rollback()
}
