package server

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo/collector"
)

func TestASourceThatIsDownIsShownAndDoesNotMakeTheServerUnready(t *testing.T) {
	specs := t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	s := running(t, specs)
	require.Eventually(t, func() bool { return len(s.collector.Health()) == 1 }, 10*time.Second, 10*time.Millisecond)
	h := s.Health(t.Context())
	require.True(t, h.Ready)
	require.Equal(t, []string{"ledger", "metrics store", "collection", "specifications", "source embedded"}, names(h.Components))

	c := s.sourceHealth(collector.Health{Source: "eu", Indicators: 3, Failing: 2, Error: "connection refused"})
	require.False(t, c.Ok)
	require.Equal(t, "source eu", c.Name)
	require.Equal(t, "2 of 3 indicators cannot be measured: connection refused", c.Message)
}

func TestOnlyALogThatWasTornWhereItHadBeenForcedMakesTheServerUnready(t *testing.T) {
	tests := map[string]struct {
		noted   bool // that what is torn was on disk
		message string
	}{
		"where it had been forced":       {noted: true, message: "acknowledged samples are lost"},
		"where nobody knows that it was": {message: "torn"},
	}
	for title, c := range tests {
		t.Run(title, func(t *testing.T) {
			o := Options{Listen: "127.0.0.1:0", Data: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Now: time.Now}
			fillAndTear(t, o)
			if !c.noted { // as if the process had not come to it
				require.NoError(t, os.Remove(filepath.Join(o.Data, "tsdb", "hindcast-forced.json")))
			}
			h := healthOfStart(t, o)
			require.Equal(t, !c.noted, h.Ready)
			require.Contains(t, h.Components[1].Message, c.message)

			h = healthOfStart(t, o)
			require.Equal(t, !c.noted, h.Ready, "a restart alone does not end it")
			rests, err := filepath.Glob(filepath.Join(o.Data, "tsdb", "*.corrupt"))
			require.NoError(t, err)
			for _, rest := range rests {
				require.NoError(t, os.RemoveAll(rest))
			}
			require.True(t, healthOfStart(t, o).Ready)
		})
	}
}

// fillAndTear makes a data directory whose log of samples is damaged at its end.
func fillAndTear(t *testing.T, o Options) {
	t.Helper()
	s, err := New(t.Context(), o)
	require.NoError(t, err)
	now := time.Now().UnixMilli()
	for i := range int64(3) {
		require.NoError(t, s.tsdb.Append(t.Context(), tsdb.Point{Labels: labels.FromStrings("__name__", "x"), T: now + i}))
	}
	require.NoError(t, s.Close())
	segments, err := filepath.Glob(filepath.Join(o.Data, "tsdb", "wal", "0*"))
	require.NoError(t, err)
	text, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	used := len(bytes.TrimRight(text, "\x00"))
	text[used-1] ^= 0xff
	require.NoError(t, os.WriteFile(segments[0], text, 0o600))
}

// healthOfStart starts a server and ends it.
func healthOfStart(t *testing.T, o Options) graph.Health {
	t.Helper()
	s, err := New(t.Context(), o)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	return s.Health(t.Context())
}

func names(components []model.Component) []string {
	var all []string
	for _, c := range components {
		all = append(all, c.Name)
	}
	return all
}

func TestTargetsAreShownAsTheyAre(t *testing.T) {
	now := time.Now()
	up := targetOf(tsdb.TargetStatus{Job: "a", Instance: "i", URL: "http://x/metrics", Scraped: true, Up: true, LastScrape: now, LastDuration: 20 * time.Millisecond, Samples: 7})
	require.True(t, up.Up)
	require.Equal(t, now, *up.LastScrape)
	require.InDelta(t, 0.02, *up.LastDurationSeconds, 1e-9)
	require.Equal(t, 7, *up.Samples)
	require.Nil(t, up.Error)

	down := targetOf(tsdb.TargetStatus{Job: "a", Scraped: true, Err: "connection refused"})
	require.False(t, down.Up)
	require.Equal(t, "connection refused", *down.Error)

	waiting := targetOf(tsdb.TargetStatus{Job: "a", Up: true})
	require.False(t, waiting.Up, "nothing is known before the first scrape")
	require.Nil(t, waiting.LastScrape, "and that is not the year 1")
	require.Nil(t, waiting.Samples, "and not 0")
}

func TestBackfillProgressKeepsAbsentTimesAbsent(t *testing.T) {
	specs := t.TempDir()
	writeSpec(t, scenario.All()[0], specs)
	s := running(t, specs)
	_, ok := s.Backfill("nobody asked for this")
	require.False(t, ok)
	require.Eventually(t, func() bool { return len(s.slos.All()) == 1 }, 10*time.Second, 10*time.Millisecond)
	key := s.slos.All()[0].Objectives[0].Indicator.Key()
	require.Eventually(t, func() bool { p, ok := s.Backfill(key); return ok && p.Done }, 10*time.Second, 10*time.Millisecond)
	p, _ := s.Backfill(key)
	require.Nil(t, p.Error)
	require.Zero(t, p.Samples)
}

func TestHealthWatchersAreToldAndEnd(t *testing.T) {
	s := &Server{}
	changed, stop := s.Watch()
	select {
	case <-changed:
		t.Fatal("nothing changed yet")
	default:
	}
	stop() // goleak sees to it that nothing goes on
}
