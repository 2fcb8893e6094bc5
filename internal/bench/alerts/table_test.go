package main

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
)

var update = flag.Bool("update", false, "write the golden table anew")

// goldenTable has an incident that all notice, one that comes again and is
// noticed once, one that nobody pages for, and a false alarm.
func goldenTable(t *testing.T) *table {
	t.Helper()
	w, err := slo.Rolling(30 * 24 * time.Hour)
	require.NoError(t, err)
	rings := func(from, to int) alarm {
		return alarm{kind: page, reach: 5 * time.Minute, from: minutes(from), to: minutes(to)}
	}
	return &table{
		from: noon, to: minutes(30 * 24 * 60), at: noon, took: 61 * time.Second, samples: 1_250_000,
		lines: []line{{
			watch: watch{slo: "api", incidents: []string{"down", "flaps"}}, target: "99.9",
			outages: []outage{{"down", minutes(10), minutes(200)}, {"flaps", minutes(400), minutes(410)}, {"flaps", minutes(600), minutes(612)}, {"elsewhere", minutes(700), minutes(800)}},
			alarms: [len(tools)][]alarm{
				{rings(11, 204), {kind: ticket, reach: time.Hour, from: minutes(20), to: minutes(260)}, rings(605, 614), rings(710, 711)},
				{rings(13, 204), rings(1000, 1010), rings(1005, 1020)},
				{{kind: blind, from: minutes(13)}},
			},
		}},
		forecasts: []*forecasts{
			{slo: &slo.SLO{Name: "api", Window: w}, spent: []spending{{minutes(60), 40 * time.Minute}, {minutes(70), 0}}},
			{slo: &slo.SLO{Name: "idle", Window: w}, warnings: []warning{{from: noon, to: minutes(10)}}},
			{slo: &slo.SLO{Name: "calm", Window: w}},
		},
	}
}

func TestTable(t *testing.T) {
	const path = "testdata/table.md"
	got := goldenTable(t).String()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	golden, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(golden), got)
}
