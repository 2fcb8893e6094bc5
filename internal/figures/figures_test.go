package figures

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is where the histories of tests begin.
var epoch = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// world is a history with objectives on it, behind a Prometheus API.
type world struct {
	*Figures
	meter *slotest.Meter
	now   time.Time
	api   v1.API
}

// grouped is an indicator with groups.
type grouped struct{ slotest.Indicator }

func (grouped) GroupBy() []string { return []string{"code"} }

func newWorld(t testing.TB, slos ...*slo.SLO) *world {
	t.Helper()
	w := &world{meter: slotest.NewMeter(), now: epoch}
	w.Figures = &Figures{
		SLOs:      &slo.Registry{},
		Evaluator: slo.Evaluator{Meter: w.meter, Now: func() time.Time { return w.now }},
		Team:      func(service string) string { return map[string]string{"shop": "trading"}[service] },
	}
	w.SLOs.Replace(slos, nil)
	db, err := tsdb.Open(tsdb.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	db.SetFigures(w.Figures)
	server := httptest.NewServer(db.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, db.Close())
	})
	c, err := api.NewClient(api.Config{Address: server.URL, Client: server.Client()})
	require.NoError(t, err)
	w.api = v1.NewAPI(c)
	return w
}

func objective(t testing.TB, name, target string, ind slo.Indicator, window time.Duration) *slo.SLO {
	t.Helper()
	parsed, err := slo.ParseTarget(target)
	require.NoError(t, err)
	w, err := slo.Rolling(window)
	require.NoError(t, err)
	return &slo.SLO{Name: name, Service: "shop", Window: w, Objectives: []slo.Objective{{Name: "objective-1", Target: parsed, Indicator: ind}}}
}

// pass writes minutes of traffic and moves the clock past them.
func (w *world) pass(key slo.StreamKey, slots ...slo.Slot) {
	from := slo.MinuteOf(w.now) + 1
	w.meter.Write(key, from, slots...)
	last := from + slo.Minute(len(slots)) - 1
	w.meter.Settle(key.Indicator, last)
	w.now = last.End()
}

// steady returns minutes of 1000 events, a number of which are bad.
func steady(minutes int, bad float64) []slo.Slot {
	slots := make([]slo.Slot, minutes)
	for i := range slots {
		slots[i] = slo.Slot{Good: 1000 - bad, Total: 1000, State: slo.Measured}
	}
	return slots
}

// query asks at an instant and returns the values by the series.
func (w *world) query(t testing.TB, text string, at time.Time) map[string]float64 {
	t.Helper()
	v, warnings, err := w.api.Query(t.Context(), text, at)
	require.NoError(t, err, text)
	require.Empty(t, warnings)
	all := map[string]float64{}
	for _, s := range v.(model.Vector) {
		all[s.Metric.String()] = float64(s.Value)
	}
	return all
}

// one asks for what is one series.
func (w *world) one(t testing.TB, text string, at time.Time) float64 {
	t.Helper()
	all := w.query(t, text, at)
	require.Len(t, all, 1, text)
	for _, v := range all {
		return v
	}
	return 0
}

// TestSeriesAreWhatTheEvaluatorSays compares every metric of random histories at
// random instants with the evaluator's own answer.
func TestSeriesAreWhatTheEvaluatorSays(t *testing.T) {
	s := objective(t, "checkout", "0.99", slotest.Indicator("requests"), 2*time.Hour)
	o := &s.Objectives[0]
	w := newWorld(t, s)
	rapid.Check(t, func(t *rapid.T) {
		w.now, w.meter = epoch, slotest.NewMeter()
		w.Evaluator.Meter = w.meter
		slots := make([]slo.Slot, 300)
		for i := range slots {
			slots[i] = drawSlot(t)
		}
		w.pass(slo.StreamKey{Indicator: "requests"}, slots...)
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "later")) * time.Second)
		at := epoch.Add(time.Duration(rapid.IntRange(1, 298).Draw(t, "minute")) * time.Minute)
		b, rates, err := w.Evaluator.Status(t.Context(), s, o, slo.Question{AsOf: at})
		require.NoError(t, err)
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 59}).Draw(t, "seconds")) * time.Second)
		for name, want := range map[string]*float64{
			"sli_ratio": b.SLI, "error_budget_remaining_ratio": b.Remaining, "error_budget_allowed": b.Allowed, "error_budget_spent": b.Spent,
			"good": b.Good, "total": b.Total, "coverage_ratio": &b.Coverage, "target_ratio": new(0.99), "excluded_minutes": new(0.0), "info": new(1.0),
			fmt.Sprintf("state{state=%q}", b.State): new(1.0), fmt.Sprintf("state{state!=%q} > 0", b.State): nil,
		} {
			w.holds(t, name, at, want)
		}
		for _, r := range rates {
			pair := fmt.Sprintf("{long=%q, severity=%q}", length(r.LongWindow), r.Severity)
			w.holds(t, "burn_rate"+pair, at, r.Long)
			w.holds(t, "burn_rate_short"+pair, at, r.Short)
			w.holds(t, "burn_rate_threshold"+pair, at, &r.Factor)
			w.holds(t, "burning"+pair, at, new(truth(r.Firing)))
		}
	})
}

func drawSlot(t *rapid.T) slo.Slot {
	switch rapid.IntRange(0, 9).Draw(t, "slot") {
	case 0:
		return slo.Slot{}
	case 1:
		return slo.Slot{State: slo.Measured}
	case 2:
		return slo.Slot{Good: 500, Total: 1000, State: slo.Estimated}
	default:
		return slo.Slot{Good: 998, Total: 1000, State: slo.Measured}
	}
}

// holds requires a metric to have a value, to the bit, or none.
func (w *world) holds(t *rapid.T, metric string, at time.Time, want *float64) {
	t.Helper()
	v, _, err := w.api.Query(t.Context(), "hindcast_slo_"+metric, at)
	require.NoError(t, err)
	if want == nil {
		require.Empty(t, v, metric)
		return
	}
	require.Len(t, v, 1, metric)
	require.InDelta(t, *want, float64(v.(model.Vector)[0].Value), 0, metric)
}

func TestLabelsTellObjectiveAndGroup(t *testing.T) {
	w := newWorld(t, objective(t, "checkout", "0.99", grouped{"requests"}, 30*24*time.Hour), objective(t, "search", "0.9", slotest.Indicator("other"), time.Hour))
	w.pass(slo.StreamKey{Indicator: "requests"}, steady(10, 5)...)
	w.now = epoch
	w.pass(slo.StreamKey{Indicator: "requests", Group: slo.GroupOf(map[string]string{"code": "200"})}, steady(10, 0)...)
	require.Equal(t, map[string]float64{
		`hindcast_slo_sli_ratio{objective="objective-1", service="shop", slo="checkout", team="trading", window="30d"}`:                   0.995,
		`hindcast_slo_sli_ratio{group_code="200", objective="objective-1", service="shop", slo="checkout", team="trading", window="30d"}`: 1,
	}, w.query(t, `hindcast_slo_sli_ratio`, w.now))
	require.Equal(t, map[string]float64{
		`hindcast_slo_burn_rate{long="1h", objective="objective-1", service="shop", severity="page", short="5m", slo="checkout", team="trading", window="30d"}`: 0.5,
	}, w.query(t, `hindcast_slo_burn_rate{slo="checkout", long="1h", group_code=""}`, w.now))
	require.Len(t, w.query(t, `hindcast_slo_state{slo="checkout", group_code="200"}`, w.now), 6)
	require.InDelta(t, 1, w.one(t, `hindcast_slo_info{slo="search", method="Occurrences", unit="events", title="search"}`, w.now), 0)
	require.Len(t, w.query(t, `hindcast_slo_burn_rate_threshold{slo="search"}`, w.now), 2, "an hour has fewer pairs")
}

// A figure that became absent must not be shown for the five minutes of the
// lookback.
func TestAbsentFiguresHaveNoValueAtOnce(t *testing.T) {
	key := slo.StreamKey{Indicator: "requests"}
	w := newWorld(t, objective(t, "checkout", "0.99", slotest.Indicator("requests"), time.Hour))
	w.pass(key, steady(30, 1)...)
	w.pass(key, make([]slo.Slot, 30)...)
	quiet := make([]slo.Slot, 40)
	for i := range quiet {
		quiet[i].State = slo.Measured
	}
	w.pass(key, quiet...)
	busy := epoch.Add(89 * time.Minute)
	require.InDelta(t, 0.999, w.one(t, `hindcast_slo_sli_ratio`, busy), 1e-12)
	require.Empty(t, w.query(t, `hindcast_slo_sli_ratio`, busy.Add(time.Minute)), "the last minute with traffic has left the window")
	require.InDelta(t, 1, w.one(t, `absent(hindcast_slo_sli_ratio{slo="checkout"})`, busy.Add(time.Minute)), 0)
	require.InDelta(t, 0, w.one(t, `hindcast_slo_total`, busy.Add(time.Minute)), 0)
	require.InDelta(t, 2, w.one(t, `count_over_time(hindcast_slo_sli_ratio[10m])`, busy.Add(8*time.Minute)), 0)

	require.Empty(t, w.query(t, `hindcast_slo_sli_ratio`, epoch.Add(-time.Hour)), "nothing is known of before")
	require.InDelta(t, 1, w.one(t, `hindcast_slo_state{state="NO_DATA"}`, epoch.Add(-time.Hour)), 0)
	require.Empty(t, w.query(t, `hindcast_slo_target_ratio`, w.now.Add(11*time.Minute)), "nor of what is to come")
}

func TestAfterTheNewestMinuteFiguresAreAsOfNow(t *testing.T) {
	key := slo.StreamKey{Indicator: "requests"}
	w := newWorld(t, objective(t, "checkout", "0.99", slotest.Indicator("requests"), time.Hour))
	w.pass(key, steady(90, 100)...)
	newest := w.now
	w.now = newest.Add(130 * time.Second)
	for _, at := range []time.Time{newest, newest.Add(time.Minute), w.now, w.now.Add(4 * time.Minute)} {
		require.InDelta(t, 60_000, w.one(t, `hindcast_slo_total`, at), 0, at)
		require.InDelta(t, 1, w.one(t, `hindcast_slo_coverage_ratio`, at), 0, at)
		require.InDelta(t, 1, w.one(t, `hindcast_slo_state{state="BREACHED"}`, at), 0, at)
		require.InDelta(t, 1, w.one(t, `hindcast_slo_burning{long="5m"}`, at), 0, "the gaps of minutes to come freeze no alert")
	}
	w.now = newest.Add(20 * time.Minute)
	require.InDelta(t, 1, w.one(t, `hindcast_slo_state{state="STALE"}`, w.now), 0)
	require.InDelta(t, 1, w.one(t, `count(hindcast_slo_state == 1)`, w.now), 0)
}

// What is changed afterwards changes every point, without being written anywhere.
func TestWhatIsChangedAfterwardsHoldsForThePast(t *testing.T) {
	key := slo.StreamKey{Indicator: "requests"}
	w := newWorld(t, objective(t, "checkout", "0.99", slotest.Indicator("requests"), 24*time.Hour))
	w.pass(key, steady(40*1440, 5)...)
	month := v1.Range{Start: w.now.Add(-30 * 24 * time.Hour), End: w.now, Step: time.Hour}
	remaining := func() []model.SamplePair {
		v, _, err := w.api.QueryRange(t.Context(), `hindcast_slo_error_budget_remaining_ratio`, month)
		require.NoError(t, err)
		require.Len(t, v, 1)
		return v.(model.Matrix)[0].Values
	}
	points := remaining()
	require.Len(t, points, 721)
	for _, p := range points {
		require.InDelta(t, 0.5, float64(p.Value), 1e-9)
	}
	w.SLOs.Replace([]*slo.SLO{objective(t, "checkout", "0.999", slotest.Indicator("requests"), 24*time.Hour)}, nil)
	for _, p := range remaining() {
		require.InDelta(t, -4, float64(p.Value), 1e-9)
	}
	w.meter.Write(key, slo.MinuteOf(epoch)+1+20*1440, steady(1440, 0)...)
	for i, p := range remaining() {
		want := -4.0
		if age := i - 240; age > 0 && age < 48 { // the day that got better enters the window and leaves it
			want += 5 * float64(min(age, 48-age)) / 24
		}
		require.InDelta(t, want, float64(p.Value), 1e-9, i)
	}
}

// A maintenance that is excluded afterwards changes the points since then, and
// removing it restores them.
func TestAnExclusionHoldsForThePast(t *testing.T) {
	key := slo.StreamKey{Indicator: "requests"}
	w := newWorld(t, objective(t, "checkout", "0.99", slotest.Indicator("requests"), 24*time.Hour))
	exclusions := &slo.Exclusions{}
	w.Evaluator.Exclusions = exclusions
	w.pass(key, steady(1440, 0)...)
	outage := w.now
	w.pass(key, steady(60, 500)...)
	w.pass(key, steady(2*1440, 0)...)
	points := func(metric string) []model.SamplePair {
		v, _, err := w.api.QueryRange(t.Context(), metric, v1.Range{Start: outage.Add(time.Hour), End: w.now, Step: time.Hour})
		require.NoError(t, err)
		require.Len(t, v, 1)
		return v.(model.Matrix)[0].Values
	}
	before := points(`hindcast_slo_error_budget_remaining_ratio`)
	require.InDelta(t, 1-0.5/24/0.01, float64(before[0].Value), 1e-9)

	exclusions.Replace([]slo.Exclusion{{
		Name: "move", Start: outage, Length: time.Hour, CreatedAt: w.now, Scope: slo.Scope{SLOs: []string{"checkout"}},
		Approval: slo.Approval{State: slo.Approved},
	}})
	for i, p := range points(`hindcast_slo_error_budget_remaining_ratio`) {
		require.InDelta(t, 1, float64(p.Value), 0, i)
	}
	for i, p := range points(`hindcast_slo_excluded_minutes`) {
		require.InDelta(t, 60*max(0, min(1, 24-i)), float64(p.Value), 0, i)
	}
	for i, p := range points(`hindcast_slo_total`)[:24] {
		require.InDelta(t, 23*60*1000, float64(p.Value), 0, i)
	}
	exclusions.Replace(nil)
	require.Equal(t, before, points(`hindcast_slo_error_budget_remaining_ratio`))
}

func TestMatchersRuleObjectivesOutBeforeTheyAreEvaluated(t *testing.T) {
	var slos []*slo.SLO
	for i := range 20 {
		slos = append(slos, objective(t, "slo-"+strconv.Itoa(i), "0.99", slotest.Indicator("requests"), time.Hour))
	}
	w := newWorld(t, slos...)
	counting := &counted{Meter: w.meter}
	w.Evaluator.Meter = counting
	w.pass(slo.StreamKey{Indicator: "requests"}, steady(60, 1)...)
	require.Len(t, w.query(t, `hindcast_slo_good`, w.now), 20)
	all := counting.tallies
	counting.tallies = 0
	require.Len(t, w.query(t, `hindcast_slo_good{slo="slo-7",window="1h",team=~"tr.*",job="",group_code=""}`, w.now), 1)
	require.Equal(t, all/20, counting.tallies)
	counting.tallies = 0
	require.Len(t, w.query(t, `hindcast_slo_good / hindcast_slo_total`, w.now), 20)
	require.Equal(t, all, counting.tallies, "both metrics of one objective cost one evaluation")
	counting.tallies = 0
	require.Empty(t, w.query(t, `{__name__=~"hindcast_slo_.*", service="other"}`, w.now))
	require.Empty(t, w.query(t, `up{slo="slo-7"}`, w.now))
	require.Empty(t, w.query(t, `{job="api"} or {slo=~".+",team="nobody"} or {window="7d",slo!=""} or {__name__!="",group_code="200"}`, w.now))
	require.Zero(t, counting.tallies)
}

// counted counts the sums that are asked for.
type counted struct {
	slo.Meter
	tallies int
}

func (c *counted) Tally(ctx context.Context, key slo.StreamKey, span slo.Span) (slo.Tally, error) {
	c.tallies++
	return c.Meter.Tally(ctx, key, span)
}

func TestAgreementsAreSeriesOfTheirCustomers(t *testing.T) {
	key := slo.StreamKey{Indicator: "requests"}
	w := newWorld(t, objective(t, "checkout", "0.9", slotest.Indicator("requests"), time.Hour))
	month, err := slo.Calendar(1, slo.Month, slo.DefaultAnchor(time.UTC))
	require.NoError(t, err)
	target, err := slo.ParseTargetPercent("99.5")
	require.NoError(t, err)
	gold := &slo.SLA{
		Name: "gold", Target: target, Window: month, Combination: slo.Worst, Streams: []slo.Promise{{SLO: "checkout"}},
		Customers: []slo.Customer{{Name: "acme"}, {Name: "globex"}}, Credits: []slo.Credit{{Below: target, Percent: "12.5"}},
	}
	w.Agreements = func() []*slo.SLA { return []*slo.SLA{gold} }
	w.pass(key, steady(1440, 0)...)
	good := w.now
	w.pass(key, steady(1440, 20)...)

	require.Equal(t, map[string]float64{
		`hindcast_sla_credit_percent{customer="acme", period="current", sla="gold", window="1M"}`:   12.5,
		`hindcast_sla_credit_percent{customer="globex", period="current", sla="gold", window="1M"}`: 12.5,
	}, w.query(t, `hindcast_sla_credit_percent`, w.now))
	require.InDelta(t, 0.99, w.one(t, `hindcast_sla_achieved_ratio{customer="acme"} < hindcast_sla_target_ratio`, w.now), 1e-12)
	require.InDelta(t, 1, w.one(t, `hindcast_sla_achieved_ratio{customer="acme"}`, good), 0, "as it stood then")
	require.InDelta(t, 0, w.one(t, `hindcast_sla_credit_percent{customer="acme"}`, good), 0)
	require.Empty(t, w.query(t, `hindcast_sla_achieved_ratio`, epoch.Add(-time.Hour)), "nothing was achieved in the month before")
	require.Empty(t, w.query(t, `hindcast_sla_credit_percent`, epoch.Add(-time.Hour)), "and nobody can tell what is due")
	require.Len(t, w.query(t, `hindcast_sla_target_ratio`, epoch.Add(-time.Hour)), 2)
	require.Empty(t, w.query(t, `hindcast_sla_target_ratio`, w.now.Add(time.Hour)))
	require.Empty(t, w.query(t, `hindcast_sla_target_ratio{sla="silver"} or hindcast_sla_target_ratio{slo="checkout"}`, w.now))

	// Seen from the end of the month, the instants of its first days are the same.
	w.pass(key, steady(27*1440, 0)...)
	require.InDelta(t, 0.99, w.one(t, `hindcast_sla_achieved_ratio{customer="acme"}`, epoch.Add(48*time.Hour)), 1e-12)
}
