package alert_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
	"github.com/hindcast/hindcast/slo/ledger"
)

// The installation of BenchmarkTick.
const (
	tickSLOs = 10_000
	tickDays = 4 // the longest pair looks back three
)

// tickStart is in the afternoon of the last day.
var tickStart = time.Date(2026, time.March, 18, 14, 0, 7, 0, time.UTC)

// counted is an indicator of which only the key matters.
type counted struct{ slo.IndicatorKey }

func (c counted) Key() slo.IndicatorKey { return c.IndicatorKey }
func (counted) SourceName() string      { return "" }
func (counted) GroupBy() []string       { return nil }
func (counted) Unit() slo.Unit          { return slo.Events }
func (counted) Queries() []slo.Query    { return nil }

// BenchmarkTick judges all policies of ten thousand objectives, the four pairs of
// the workbook each: once a minute as the server does, on a ledger that has just
// been given a minute more of all of them, which is not timed; and after a restart,
// when what is pending has to be worked out anew.
func BenchmarkTick(b *testing.B) {
	now := tickStart
	clock := func() time.Time { return now }
	book, err := ledger.Open(b.Context(), ledger.NewMemory(), ledger.Options{Now: clock, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	slos := tickFleet(b)
	today := slo.MinuteOf(now).Day()
	for day := today - tickDays; day <= today; day++ {
		first := slo.Minute(day) * slo.MinutesPerDay
		record(b, book, slos, slo.Span{From: first, To: min(first+slo.MinutesPerDay, slo.MinuteOf(now)) - 1})
	}
	_, err = book.Seal(b.Context(), today)
	require.NoError(b, err)
	e := alert.New(alert.Options{
		SLOs: func() []*slo.SLO { return slos }, Judge: slo.Evaluator{Meter: book, Now: clock},
		Store: &memory{episodes: map[string]alert.Episode{}}, Now: clock, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(b, e.Step(b.Context(), nil))
	for name, before := range map[string]func(b *testing.B){
		"a minute": func(b *testing.B) {
			now = now.Add(time.Minute)
			last := slo.MinuteOf(now) - 1
			record(b, book, slos, slo.Span{From: last, To: last})
		},
		"a restart": func(*testing.B) { e.Forget() },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				before(b)
				b.StartTimer()
				require.NoError(b, e.Step(b.Context(), nil))
			}
			require.Empty(b, e.Standings())
		})
	}
}

// tickFleet returns the objectives and their policies.
func tickFleet(b *testing.B) []*slo.SLO {
	b.Helper()
	target, err := slo.ParseTarget("0.999")
	require.NoError(b, err)
	window, err := slo.Rolling(30 * 24 * time.Hour)
	require.NoError(b, err)
	pair := func(severity string, factor float64, long, short time.Duration) slo.AlertPolicy {
		return slo.AlertPolicy{Name: severity + long.String(), WhenBreaching: true, Condition: slo.AlertCondition{
			Severity: severity, Op: slo.GreaterOrEqual, Threshold: factor, Lookback: long, Short: short,
		}}
	}
	policies := []slo.AlertPolicy{
		pair("page", 14.4, time.Hour, 5*time.Minute), pair("page", 6, 6*time.Hour, 30*time.Minute),
		pair("ticket", 3, 24*time.Hour, 2*time.Hour), pair("ticket", 1, 72*time.Hour, 6*time.Hour),
	}
	slos := make([]*slo.SLO, tickSLOs)
	for i := range slos {
		slos[i] = &slo.SLO{
			Name: fmt.Sprintf("slo-%05d", i), Window: window, AlertPolicies: policies,
			Objectives: []slo.Objective{{Name: "o", Target: target, Indicator: counted{slo.IndicatorKey(fmt.Sprintf("i-%05d", i))}}},
		}
	}
	return slos
}

// record writes what all objectives measured in a span: traffic with a daily
// cycle, and an error now and then.
func record(b *testing.B, book *ledger.Ledger, slos []*slo.SLO, span slo.Span) {
	b.Helper()
	slots := make([]slo.Slot, span.Len())
	for i := range slots {
		m := int(span.From) + i
		total := float64(600 + 300*(m/60%12))
		slots[i] = slo.Slot{Good: total - float64(m%7/6), Total: total, State: slo.Measured}
	}
	var writes []ledger.Write
	for _, s := range slos {
		key := s.Objectives[0].Indicator.Key()
		writes = append(writes, ledger.Write{
			Indicator: key, Reason: "live", Cursor: &ledger.Cursor{Indicator: key, Settled: span.To, Done: true},
			Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}}},
		})
	}
	require.NoError(b, book.WriteMany(b.Context(), writes))
}
