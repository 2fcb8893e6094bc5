package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/hindcast/hindcast/internal/fault"
)

// Point is one sample to store: a histogram if one is set, else the float V.
type Point struct {
	Labels         labels.Labels
	T              int64 // milliseconds since 1970
	V              float64
	Histogram      *histogram.Histogram
	FloatHistogram *histogram.FloatHistogram
}

// Append stores points, all or none of them. Points of one series have to be in
// order of time and newer than what is stored, and no point may be older than an
// hour before the newest sample of the store: for older ones there are History
// and Options.OutOfOrderWindow. They survive a power cut once Sync says so.
func (db *DB) Append(ctx context.Context, points ...Point) error {
	if db.ReadOnly() {
		return fault.Forbiddenf("%s was opened for reading only", db.Dir())
	}
	ctx, leave, err := db.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	app := db.guarded(ctx)
	for _, p := range points {
		_, err := app.Append(0, p.Labels, 0, p.T, p.V, p.Histogram, p.FloatHistogram, storage.AppendV2Options{})
		if err != nil {
			return errors.Join(appendFault(p, err), app.Rollback())
		}
	}
	if err := app.Commit(); err != nil {
		return fmt.Errorf("commit %d samples: %w", len(points), err)
	}
	return nil
}

// appendFault names the sample that was refused.
func appendFault(p Point, err error) error {
	switch {
	case errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, storage.ErrTooOldSample),
		errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		return fault.Invalidf("sample of %s at %d: %w", p.Labels, p.T, err)
	case fault.KindOf(err) == fault.Unavailable:
		return err
	default:
		return fault.Invalidf("sample of %s: %w", p.Labels, err)
	}
}
