package prometheus

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
)

// writeScenario writes the samples of a scenario into a TSDB directory.
func writeScenario(t testing.TB, s scenario.Scenario) string {
	t.Helper()
	dir := t.TempDir()
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	require.NoError(t, err)
	refs := map[string]tsdb.Ref{}
	s.Generate(func(series []string, ms int64, v float64) {
		key := series[1] + "/" + series[3]
		ref, ok := refs[key]
		if !ok {
			ref = h.Series(labels.FromStrings(series...))
			refs[key] = ref
		}
		require.NoError(t, h.Append(ref, ms, v))
	})
	_, err = h.Close()
	require.NoError(t, err)
	return dir
}

// S1 to S5 of the reference: every other engine is wrong on at least one.
func TestScenariosAreExactOverTheEmbeddedTSDB(t *testing.T) {
	for _, s := range scenario.All() {
		t.Run(s.Name, func(t *testing.T) {
			db, err := tsdb.Open(tsdb.Options{Dir: writeScenario(t, s), RetentionTime: 10000 * 24 * time.Hour})
			require.NoError(t, err)
			defer func() { require.NoError(t, db.Close()) }()
			in := ratio(t, s.Bad, s.Total)
			m, err := (&Source{Sampler: db}).Measure(t.Context(), in, slo.SpanOf(scenario.End.Add(-30*24*time.Hour), scenario.End))
			require.NoError(t, err)
			got := sum(m, "")
			require.Equal(t, s.TruthBad, got.Total-got.Good, "bad events")
			// Only what no scrape could have seen may be missing: what the ten
			// pods of the churn counted before the first scrape of all.
			unseen := 0.0
			if s.Name == "S3" {
				unseen = 300
			}
			require.Equal(t, s.TruthTotal-unseen, got.Total, "total events")
			target, err := slo.ParseTarget(s.Target)
			require.NoError(t, err)
			remaining := 1 - (got.Total-got.Good)/target.Allowed(got.Total)
			require.InDelta(t, s.Remaining(), remaining, 0.001)
			t.Logf("%s: truth %+.4f %%, measured %+.4f %%", s.Name, 100*s.Remaining(), 100*remaining)
		})
	}
}
