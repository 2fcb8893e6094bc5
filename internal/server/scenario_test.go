package server

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// writeScenario writes the samples of a scenario into a TSDB directory.
func writeScenario(t testing.TB, s scenario.Scenario, dir string) {
	t.Helper()
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
}

// writeSpec writes the specification of a scenario into a folder.
func writeSpec(t testing.TB, s scenario.Scenario, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(dir, s.Name+".yaml"), []byte(s.Spec()), 0o600))
}

// command runs the program and returns its exit code and what it wrote.
func command(t testing.TB, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Main(context.Background(), args, Streams{Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func rowsOf(t testing.TB, text string) []row {
	t.Helper()
	var rows []row
	require.NoError(t, json.Unmarshal([]byte(text), &rows), text)
	return rows
}

// The five scenarios by the command line, and by a server that backfills the
// same samples and answers over GraphQL: the truth, and the same figures.
func TestEvalAndServerAgreeOnTheScenarios(t *testing.T) {
	for _, s := range scenario.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			specs := filepath.Join(data, "specs")
			writeScenario(t, s, filepath.Join(data, "tsdb"))
			writeSpec(t, s, specs)

			code, out, text := command(t, "eval", "-f", specs, "--tsdb", filepath.Join(data, "tsdb"), "-o", "json")
			require.Zero(t, code, text)
			evaluated := rowsOf(t, out)
			require.Len(t, evaluated, 1)
			require.InDelta(t, s.Remaining(), *evaluated[0].Remaining, 0.001, "0.1 points")
			require.Equal(t, s.TruthBad, *evaluated[0].Spent)
			require.Equal(t, s.TruthTotal-unseen(s), *evaluated[0].Total)
			t.Logf("%s: truth %+.4f %%, measured %+.4f %%", s.Name, 100*s.Remaining(), 100**evaluated[0].Remaining)

			served := statusOf(t, data, specs)
			require.Empty(t, cmp.Diff(evaluated, served), "eval (-) against status (+)")
		})
	}
}

// unseen is how many events no scrape could have shown: what the ten pods of the
// churn had counted when they were scraped for the first time, before which
// nothing was observed.
func unseen(s scenario.Scenario) float64 {
	if s.Name == "S3" {
		return 300
	}
	return 0
}

// statusOf serves a data directory at the end of the scenario until its history
// is read, and returns what status prints then.
func statusOf(t *testing.T, data, specs string) []row {
	t.Helper()
	now := scenario.End.Add(time.Minute)
	server, err := New(t.Context(), Options{
		Listen: "127.0.0.1:0", Data: data, Database: database(t), Specs: specs,
		Now: func() time.Time { return now }, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	awaitHistory(t, server)
	code, out, text := command(t, "status", "--server", "http://"+server.Address(), "-o", "json")
	require.Zero(t, code, text)
	stop()
	require.NoError(t, <-done)
	require.NoError(t, server.Close())
	return rowsOf(t, out)
}

// awaitHistory waits until a server with one indicator has read its history.
func awaitHistory(t *testing.T, s *Server) {
	t.Helper()
	require.Eventually(t, func() bool {
		all := s.slos.All()
		if len(all) == 0 {
			return false
		}
		p, ok := s.collector.Progress(all[0].Objectives[0].Indicator.Key())
		return ok && p.Done
	}, time.Minute, 20*time.Millisecond, "history is read")
}
