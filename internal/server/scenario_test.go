package server

import (
	"log/slog"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// writeScenario writes the samples of a scenario into a TSDB directory.
func writeScenario(t testing.TB, s scenario.Scenario) string {
	t.Helper()
	dir := t.TempDir()
	db, err := tsdb.Open(tsdb.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	var points []tsdb.Point
	known := map[string]labels.Labels{}
	flush := func() {
		require.NoError(t, db.Append(t.Context(), points...))
		points = points[:0]
	}
	s.Generate(func(series []string, ms int64, v float64) {
		key := series[1] + "/" + series[3]
		lset, ok := known[key]
		if !ok {
			lset = labels.FromStrings(series...)
			known[key] = lset
		}
		if points = append(points, tsdb.Point{Labels: lset, T: ms, V: v}); len(points) == 5000 {
			flush()
		}
	})
	flush()
	require.NoError(t, db.Close())
	return dir
}
