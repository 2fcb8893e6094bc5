package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

// The whole run on little data: it compares the ledger with the engine and each
// live slot with what happened, and fails where they differ.
func TestAllWaysAgreeOnASmallRun(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "bench")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(t.Context(), binary, "-dir", t.TempDir(), "-slos", "10", "-days", "31", "-sample", "2").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, regexp.MustCompile(`(?m)^ *ledger, 10, mean of an hour .* 1\.0 ×$`), string(out))
	require.Len(t, regexp.MustCompile(`(?m)^ *ledger, 10, sum of the budget alone, (30|31) days `).FindAllString(string(out), -1), 2)
	require.Regexp(t, regexp.MustCompile(`(?m)^.{7}  the sum of a budget over 31 days takes [0-9.]+ of the CPU of 30 days`), string(out))
	require.Regexp(t, regexp.MustCompile(`(?m)^.{7}  a full status, .* over 31 days takes [0-9.]+ of the CPU of 30 days`), string(out))
	require.Regexp(t, regexp.MustCompile(`(?m)^reached  a sealed slot takes`), string(out))
}

func TestADisagreementIsAnError(t *testing.T) {
	r := report{queries: queries{Figures: []pair{{100, 101}}}, large: status{Figures: []pair{{100, 101}}}}
	require.NoError(t, r.agree())
	r.large.Figures[0].Total = 102
	require.ErrorContains(t, r.agree(), "svc-00000")
	require.Error(t, report{}.agree(), "nothing compared is no agreement")
}

func TestTrafficIsTheSameForEveryStage(t *testing.T) {
	a, b := make([]slo.Slot, slo.MinutesPerDay), make([]slo.Slot, slo.MinutesPerDay)
	newService(7).fill(today, a)
	newService(7).fill(today, b)
	require.Equal(t, a, b)
	newService(8).fill(today, b)
	require.NotEqual(t, a, b)
}

func TestCountersGainTheEventsOfTheMinute(t *testing.T) {
	var c counters
	s := slo.Slot{Good: 7, Total: 10, State: slo.Measured}
	c.scrape(s, 0)
	c.scrape(s, 1)
	require.Equal(t, 7.0, c.values[0]+c.values[2])
	require.Equal(t, 3.0, c.values[1]+c.values[3])
}
