package figures

import (
	"fmt"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/slotest"
)

// BenchmarkThousandObjectives asks for figures of 1,000 objectives with streams of
// their own and 31 days of history in the ledger, through the HTTP API.
func BenchmarkThousandObjectives(b *testing.B) {
	const objectives, days = 1000, 31
	now := epoch.Add(days * 24 * time.Hour)
	book, err := ledger.Open(b.Context(), ledger.NewMemory(), ledger.Options{Now: func() time.Time { return now }})
	require.NoError(b, err)
	var slos []*slo.SLO
	slots := steady(1440, 1)
	for i := range objectives {
		name := "slo-" + strconv.Itoa(i)
		ind := slotest.Indicator(name)
		slos = append(slos, objective(b, name, "0.999", ind, 30*24*time.Hour))
		for day := range slo.Minute(days) {
			from := slo.MinuteOf(epoch) + 1 + day*1440
			span := slo.Span{From: from, To: from + 1439}
			slots[i%1440].Good--
			require.NoError(b, book.Write(b.Context(), ledger.Write{
				Indicator: ind.Key(), Reason: "bench", Cursor: &ledger.Cursor{Indicator: ind.Key(), Settled: span.To, Done: true},
				Measurement: slo.Measurement{Span: span, Streams: []slo.StreamSlots{{Slots: slots}}},
			}))
		}
	}
	figures := &Figures{SLOs: &slo.Registry{}, Evaluator: slo.Evaluator{Meter: book, Now: func() time.Time { return now }}}
	figures.SLOs.Replace(slos, nil)
	db, err := tsdb.Open(tsdb.Options{Dir: b.TempDir()})
	require.NoError(b, err)
	defer func() { require.NoError(b, db.Close()) }()
	db.SetFigures(figures)
	server := httptest.NewServer(db.Handler())
	defer server.Close()
	c, err := api.NewClient(api.Config{Address: server.URL, Client: server.Client()})
	require.NoError(b, err)
	prom := v1.NewAPI(c)
	_, _, err = prom.Query(b.Context(), `vector(1)`, now) // the first request builds the API
	require.NoError(b, err)
	for _, q := range []struct {
		name, query string
		steps       int
		step        time.Duration
	}{
		{"no figure", `vector(1)`, 0, 0},
		{"a label that no figure has", `{job="api"}`, 0, 0},
		{"every metric of one", `{__name__=~"hindcast_slo_.+", slo="slo-7"}`, 0, 0},
		{"one metric of all", `hindcast_slo_error_budget_remaining_ratio`, 0, 0},
		{"every metric of all", `{__name__=~"hindcast_slo_.+"}`, 0, 0},
		{"the alert on all", `hindcast_slo_burning == 1`, 0, 0},
		{"a month of one, 721 points", `hindcast_slo_error_budget_remaining_ratio{slo="slo-7"}`, 720, time.Hour},
		{"a day of all, 97 points", `min(hindcast_slo_error_budget_remaining_ratio)`, 96, 15 * time.Minute},
		{"each minute of a day of one", `avg_over_time(hindcast_slo_burn_rate{slo="slo-7",long="1h"}[1d])`, 0, 0},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				var err error
				if q.steps == 0 {
					_, _, err = prom.Query(b.Context(), q.query, now)
				} else {
					_, _, err = prom.QueryRange(b.Context(), q.query, v1.Range{Start: now.Add(-time.Duration(q.steps) * q.step), End: now, Step: q.step})
				}
				if err != nil {
					b.Fatal(fmt.Errorf("%s: %w", q.query, err))
				}
			}
		})
	}
}
