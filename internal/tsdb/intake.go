package tsdb

import (
	"context"
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
	return intakeAppender{i.db.tsdb.AppenderV2(ctx)}
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
