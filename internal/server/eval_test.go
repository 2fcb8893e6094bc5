package server

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/slo"
)

// Pieces cover a span without overlap, end at the ends of days, and are never so
// short that one could lie inside a pause that is carried over.
func TestPiecesPartitionASpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := slo.Span{From: slo.Minute(rapid.Int64Range(0, 1e6).Draw(t, "from"))}
		span.To = span.From + slo.Minute(rapid.Int64Range(-1, 1e5).Draw(t, "length"))
		next := span.From
		all := pieces(span)
		for i, p := range all {
			require.Equal(t, next, p.From)
			require.True(t, p.Len() >= int(shortest) || len(all) == 1, "piece %d of %d has %d minutes", i, len(all), p.Len())
			require.LessOrEqual(t, p.Len(), slo.MinutesPerDay+2*int(shortest))
			next = p.To + 1
		}
		require.Equal(t, span.To+1, next)
	})
}

func TestEvalEndsWhereItIsTold(t *testing.T) {
	dir := t.TempDir()
	tsdbDir, specs := filepath.Join(dir, "tsdb"), filepath.Join(dir, "specs")
	writeScenario(t, scenario.All()[3], tsdbDir) // S4: nobody scrapes from 00:00 to 02:00 of day 10
	writeSpec(t, scenario.All()[3], specs)
	day10 := scenario.Start.AddDate(0, 0, 10)
	remaining := func(at time.Time) (float64, []string) {
		code, out, text := command(t, "eval", "-f", specs, "--tsdb", tsdbDir, "--at", at.Format(time.RFC3339), "-o", "json")
		require.Zero(t, code, text)
		rows := rowsOf(t, out)
		require.Equal(t, at.UTC(), rows[0].To)
		return *rows[0].Remaining, rows[0].Warnings
	}
	before, warnings := remaining(day10)
	require.Equal(t, 1.0, before, "nothing has failed yet")
	require.Contains(t, warnings[0], "below the floor", "ten of thirty days are measured")
	during, _ := remaining(day10.Add(time.Hour))
	require.InDelta(t, 1-18_000/(0.001*(300*2880*10+36_150)), during, 0.05, "half of the bridged outage")
	after, _ := remaining(day10.Add(3 * time.Hour))
	require.InDelta(t, 1-36_000/(0.001*(300*2880*10+3*36_000)), after, 0.05)
}

func TestEvalWithoutAnySampleSaysSo(t *testing.T) {
	dir := t.TempDir()
	writeScenario(t, scenario.All()[0], filepath.Join(dir, "tsdb"))
	other := scenario.All()[0]
	other.Total, other.Bad = "absent_total", "absent_errors_total"
	writeSpec(t, other, filepath.Join(dir, "specs"))
	code, _, text := command(t, "eval", "-f", filepath.Join(dir, "specs"), "--tsdb", filepath.Join(dir, "tsdb"))
	require.Equal(t, ExitProblems, code)
	require.Contains(t, text, "nothing that any of the objectives selects")

	code, out, text := command(t, "eval", "-f", filepath.Join(dir, "specs"), "--tsdb", filepath.Join(dir, "tsdb"), "--at", "2026-01-20T00:00:00Z", "-o", "json")
	require.Zero(t, code, text)
	r := rowsOf(t, out)[0]
	require.Equal(t, slo.NoData, r.State)
	require.Nil(t, r.Good, "absent, and not 0")
	require.Nil(t, r.Remaining, "absent, and not 100 %")
}
