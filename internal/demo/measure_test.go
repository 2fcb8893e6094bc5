package demo_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// blocks is a demo.HistoryWriter over the block writer, as the server has it.
type blocks struct{ history *tsdb.History }

func (b blocks) Series(lset labels.Labels) int { return int(b.history.Series(lset)) }

func (b blocks) Append(series int, t int64, v float64) error {
	return b.history.Append(tsdb.Ref(series), t, v)
}

func (b blocks) AppendHistogram(series int, t int64, h *histogram.Histogram) error {
	return b.history.AppendHistogram(tsdb.Ref(series), t, h)
}

const days = 19 // enough for every incident of the script and for the upgrade

// stored returns a fleet with a history in a store.
func stored(t *testing.T, now time.Time) (*demo.Fleet, *tsdb.DB) {
	t.Helper()
	f, err := demo.New(demo.Options{Now: func() time.Time { return now }, Record: true})
	require.NoError(t, err)
	dir := t.TempDir()
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, f.WriteHistory(t.Context(), blocks{h}, now.Add(-days*24*time.Hour), now, nil))
	p, err := h.Close()
	require.NoError(t, err)
	t.Logf("%d samples, %d bytes in %s", p.Samples, p.Bytes, time.Since(began))
	db, err := tsdb.OpenReadOnly(dir, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return f, db
}

// specified reads the specifications as the server does.
func specified(t *testing.T) []*slo.SLO {
	t.Helper()
	names, err := fs.Glob(demo.Specs(), "*.yaml")
	require.NoError(t, err)
	var files []openslo.Documents
	for _, name := range names {
		text, err := fs.ReadFile(demo.Specs(), name)
		require.NoError(t, err)
		docs, problems := openslo.Parse(openslo.File{Path: name, Text: text}, openslo.Builders{"Prometheus": prometheus.Builder{}})
		require.Empty(t, problems)
		files = append(files, docs)
	}
	set, problems := openslo.Link(files...)
	require.Empty(t, problems)
	return set.SLOs
}

// bad returns the bad events that an SLO has to find; known is false where the
// model does not count what the SLO measures.
func bad(s *slo.SLO, truth demo.Truth) (n uint64, known bool) {
	switch {
	case s.Name == "recommendations-personal", s.Name == "dns-fast":
		return 0, false
	case s.Service == "checkout" && strings.HasSuffix(s.Name, "-latency"),
		s.Service == "search" && s.Name != "search-availability":
		return truth.Slow, true
	default:
		return truth.Bad, true
	}
}

// TestMeasuredIsWhatHappened goes the whole way, from the model through stored
// blocks to slots, for every SLO of the fleet and every group of it.
func TestMeasuredIsWhatHappened(t *testing.T) {
	now := time.Date(2026, 3, 18, 15, 20, 0, 0, time.UTC)
	f, db := stored(t, now)
	from := now.Add(-(days - 1) * 24 * time.Hour)
	gaps := map[string]int{"mailer": 80 * 60, "hindcast": (days - 1) * 24 * 60}
	estimated := map[string]int{"search": 120, "auth": 4} // at least
	source := &prometheus.Source{Sampler: db}
	for _, s := range specified(t) {
		if s.Objectives[0].Composite != nil {
			continue // nothing of its own is measured
		}
		t.Run(s.Name, func(t *testing.T) {
			m, err := source.Measure(t.Context(), s.Objectives[0].Indicator, slo.SpanOf(from, now))
			require.NoError(t, err)
			require.Len(t, m.Streams, map[bool]int{true: 4, false: 1}[len(s.Objectives[0].Indicator.GroupBy()) > 0])
			for _, stream := range m.Streams {
				var tally slo.Tally
				for _, slot := range stream.Slots {
					tally.Add(slot)
				}
				require.Equal(t, gaps[s.Service], tally.Slots-tally.Covered())
				require.GreaterOrEqual(t, tally.Estimated, estimated[s.Service])
				if s.Name == "auth-ratio" {
					require.InDelta(t, 1, tally.Good/tally.Total, 0.001)
					continue
				}
				truth := f.Truth(s.Service, groupOf(stream.Group), from, now)
				require.InDelta(t, float64(truth.Total), tally.Total, 1e-3)
				if n, known := bad(s, truth); known {
					require.InDelta(t, float64(n), tally.Total-tally.Good, 1e-3)
				}
			}
		})
	}
}

// groupOf returns the one label value of a group.
func groupOf(g slo.Group) (value string) {
	for _, v := range g.Labels() {
		value = v
	}
	return value
}
