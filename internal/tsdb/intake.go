package tsdb

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// freshStart is how long ago the start of a counter, as its target tells it, may
// lie to be stored as a sample of zero. Such a zero makes the first events of a
// pod that was just started count exactly. The start of a process that has run
// for days is no news: a zero back then would spread its events over days that
// nobody observed.
const freshStart = 5 * time.Minute

// intake is what scrapers write into.
type intake struct{ db *DB }

var _ storage.AppendableV2 = intake{}

// AppenderV2 returns the appender for one scrape.
func (i intake) AppenderV2(ctx context.Context) storage.AppenderV2 {
	return intakeAppender{i.db.guarded(ctx)}
}

// intakeAppender keeps fresh starts only, and no exemplars: nobody reads them.
type intakeAppender struct{ storage.AppenderV2 }

// Append passes a sample on.
func (a intakeAppender) Append(
	ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64,
	h *histogram.Histogram, fh *histogram.FloatHistogram, opts storage.AppendV2Options,
) (storage.SeriesRef, error) {
	if t-st > freshStart.Milliseconds() {
		st = 0
	}
	opts.Exemplars = nil
	return a.AppenderV2.Append(ref, ls, st, t, v, h, fh, opts)
}

// guarded returns an appender that appends nothing once the store may not, and
// that tells the store how its commit ended.
func (db *DB) guarded(ctx context.Context) storage.AppenderV2 {
	return &guardedAppender{
		AppenderV2: db.tsdb.AppenderV2(ctx), watched: watched{db: db, refusal: db.durable.admit(), oldest: math.MaxInt64},
	}
}

type guardedAppender struct {
	storage.AppenderV2
	watched
}

// Append passes a sample on, if samples are accepted.
func (a *guardedAppender) Append(
	ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64,
	h *histogram.Histogram, fh *histogram.FloatHistogram, opts storage.AppendV2Options,
) (storage.SeriesRef, error) {
	if a.refusal != nil {
		return 0, a.refusal
	}
	ref, err := a.AppenderV2.Append(ref, ls, st, t, v, h, fh, opts)
	a.saw(t, err)
	return ref, err
}

// Commit commits, if samples are accepted.
func (a *guardedAppender) Commit() error { return a.commit(a.AppenderV2) }

// watched is what every way into the store has in common.
type watched struct {
	db      *DB
	refusal error // why nothing may be appended
	oldest  int64 // time of the oldest sample
}

// saw notes the time of a sample that was accepted.
func (w *watched) saw(t int64, err error) {
	if err == nil {
		w.oldest = min(w.oldest, t)
	}
}

// commit commits, and notes afterwards if samples were late.
func (w *watched) commit(app storage.AppenderTransaction) error {
	if w.refusal != nil {
		return errors.Join(w.refusal, app.Rollback())
	}
	if err := w.db.durable.committed(app.Commit()); err != nil {
		return err
	}
	if now := w.db.opts.Now; now != nil && w.oldest != math.MaxInt64 {
		w.db.late.note(w.oldest, now())
	}
	return nil
}
