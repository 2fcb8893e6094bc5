package slo_test

import (
	"context"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

// contract is an agreement with a meter to write its streams into.
type contract struct {
	meter      *slotest.Meter
	slos       map[string]*slo.SLO
	sla        *slo.SLA
	exclusions *slo.Exclusions
	now        time.Time
}

func newContract(t tester, targetPercent string, w slo.Window) *contract {
	t.Helper()
	target, err := slo.ParseTargetPercent(targetPercent)
	require.NoError(t, err)
	return &contract{meter: slotest.NewMeter(), slos: map[string]*slo.SLO{}, exclusions: &slo.Exclusions{}, sla: &slo.SLA{
		Name: "gold", Target: target, Window: w, Combination: slo.Worst, Customers: []slo.Customer{{Name: "acme", Fee: "1200.00", Currency: "EUR"}},
	}}
}

func (c *contract) find(name string) *slo.SLO { return c.slos[name] }

func (c *contract) evaluator() slo.Evaluator {
	return slo.Evaluator{Meter: c.meter, Exclusions: c.exclusions, Now: func() time.Time { return c.now }}
}

// promise adds a stream; what its own SLO says about window and target is no
// matter to the agreement.
func (c *contract) promise(t tester, name string, start time.Time, slots ...slo.Slot) {
	t.Helper()
	target, err := slo.ParseTarget("0.5")
	require.NoError(t, err)
	w, err := slo.ParseRolling("1h")
	require.NoError(t, err)
	key := slo.IndicatorKey(name)
	c.slos[name] = &slo.SLO{Name: name, Service: "shop", Window: w, Objectives: []slo.Objective{{Name: "objective-1", Target: target, Indicator: slotest.Indicator(key)}}}
	c.sla.Streams = append(c.sla.Streams, slo.Promise{SLO: name})
	from := slo.MinuteOf(start) + 1
	c.meter.Write(slo.StreamKey{Indicator: key}, from, slots...)
	last := from + slo.Minute(len(slots)) - 1
	c.meter.Settle(key, last)
	c.now = last.End()
}

func (c *contract) figures(t tester, period string) slo.SLAFigures {
	t.Helper()
	p, err := c.sla.Window.PeriodNamed(period)
	require.NoError(t, err)
	f, err := c.evaluator().SLA(context.Background(), c.sla, p, c.find)
	require.NoError(t, err)
	return f
}

func (c *contract) bands(t tester, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		band, err := slo.ParseCredit(pairs[i], pairs[i+1])
		require.NoError(t, err)
		c.sla.Credits = append(c.sla.Credits, band)
	}
}

func days(t tester) slo.Window { return calendarOf(t, "1d", "2024-01-01 00:00:00", "UTC") }

// drawRuns draws n minutes as runs of like slots.
func drawRuns(t *rapid.T, label string, n int) []slo.Slot {
	var slots []slo.Slot
	for len(slots) < n {
		s := drawSlot(t, 20)
		length := min(rapid.IntRange(30, 400).Draw(t, label), n-len(slots))
		for range length {
			slots = append(slots, s)
		}
	}
	return slots
}

// TestAnSLAAgreesWithAnSLOToTheBit holds an agreement over one stream to an SLO of
// the same window, target and terms, over random traffic with gaps, exclusions,
// slices and instants inside and after the period.
func TestAnSLAAgreesWithAnSLOToTheBit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newContract(t, rapid.SampledFrom([]string{"99.9", "95", "99.123456789"}).Draw(t, "target"), days(t))
		length := rapid.IntRange(1, 2*slo.MinutesPerDay).Draw(t, "minutes")
		c.promise(t, "api", epoch, drawRuns(t, "run", length)...)
		c.slos["api"].Method = rapid.SampledFrom([]slo.Budgeting{slo.Occurrences, slo.Timeslices, slo.RatioTimeslices}).Draw(t, "method")
		c.slos["api"].Objectives[0].SliceLength = time.Duration(rapid.SampledFrom([]int{1, 5, 60}).Draw(t, "slice")) * time.Minute
		slice, err := slo.ParseSliceTarget("0.95")
		require.NoError(t, err)
		c.slos["api"].Objectives[0].SliceTarget = slice
		c.now = c.now.Add(time.Duration(rapid.IntRange(0, 3*3600).Draw(t, "later")) * time.Second)
		c.exclusions.Replace([]slo.Exclusion{{
			Name: "work", Kind: slo.MaintenanceExclusion, Scope: slo.Scope{Services: []string{"shop"}}, Start: epoch.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "start")) * time.Minute),
			Length: time.Duration(rapid.IntRange(1, 500).Draw(t, "length")) * time.Minute, Approval: slo.Approval{State: slo.ApprovalNotNeeded},
		}})
		c.sla.Terms = rapid.SampledFrom([]slo.Terms{{}, {Ignore: true}, {Kinds: "DEPENDENCY"}, {Most: time.Hour}}).Draw(t, "terms")
		c.sla.Combination = rapid.SampledFrom([]slo.Combination{slo.Worst, slo.Total}).Draw(t, "combination")

		p := c.sla.Window.PeriodAt(epoch.Add(time.Duration(rapid.IntRange(1, length).Draw(t, "asked")) * time.Minute))
		got, err := c.evaluator().SLA(t.Context(), c.sla, p, c.find)
		require.NoError(t, err)

		alike := *c.slos["api"]
		alike.Window, alike.Objectives = c.sla.Window, []slo.Objective{alike.Objectives[0]}
		alike.Objectives[0].Target = c.sla.Target
		q := slo.Question{AsOf: p.To, Terms: c.sla.Terms}
		if q.Terms.Most > 0 {
			q.Terms.Per = c.sla.Window
		}
		want, err := c.evaluator().Budget(t.Context(), &alike, &alike.Objectives[0], q)
		require.NoError(t, err)
		if !p.Contains(want.To) { // slices of which none has ended yet
			require.Equal(t, slo.NoData, got.Budget.State)
			return
		}
		require.Equal(t, want, got.Budget)
		require.Equal(t, want, got.Streams[0].Budget)

		days, err := c.evaluator().Days(t.Context(), c.sla, p, c.sla.Streams[0], c.find)
		require.NoError(t, err)
		require.Len(t, days, 1)
		if c.now.Before(p.To) {
			return
		}
		require.Equal(t, want.Coverage, days[0].Coverage)
		require.Equal(t, want.Good, days[0].Good)
	})
}

// TestTotalsAddAndTheWorstDecides recomputes several streams in exact arithmetic.
func TestTotalsAddAndTheWorstDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newContract(t, "99", days(t))
		n := rapid.IntRange(2, 4).Draw(t, "streams")
		good, all, low := new(big.Rat), new(big.Rat), big.NewRat(2, 1)
		for i := range n {
			g, total := float64(rapid.IntRange(0, 100).Draw(t, "good")), 100.0
			if rapid.Bool().Draw(t, "quiet") {
				g, total = 0, 0
			} else if r := new(big.Rat).Quo(rat(g), rat(total)); r.Cmp(low) < 0 {
				low = r
			}
			c.promise(t, fmt.Sprint("s", i), epoch, even(slo.MinutesPerDay, g, total)...)
			good.Add(good, new(big.Rat).Mul(rat(g), big.NewRat(slo.MinutesPerDay, 1)))
			all.Add(all, new(big.Rat).Mul(rat(total), big.NewRat(slo.MinutesPerDay, 1)))
		}
		worst := c.figures(t, "2026-01-01")
		c.sla.Combination = slo.Total
		total := c.figures(t, "2026-01-01")
		require.Zero(t, good.Cmp(rat(*total.Budget.Good)))
		require.Zero(t, all.Cmp(rat(*total.Budget.Total)))
		if all.Sign() == 0 {
			require.Nil(t, worst.Budget.SLI)
			require.Equal(t, [2]slo.State{slo.NoTraffic, slo.NoTraffic}, [2]slo.State{worst.Budget.State, total.Budget.State})
			return
		}
		requireRat(t, low, worst.Budget.SLI)
		requireRat(t, new(big.Rat).Quo(good, all), total.Budget.SLI)
		require.LessOrEqual(t, *worst.Budget.SLI, *total.Budget.SLI+1e-15, "a mean is not below the lowest")
	})
}

func TestAStreamWithoutFiguresMakesTheWholeNoData(t *testing.T) {
	t.Parallel()
	for _, how := range []slo.Combination{slo.Worst, slo.Total} {
		c := newContract(t, "99", days(t))
		c.sla.Combination = how
		c.bands(t, "99", "10")
		c.promise(t, "bad", epoch, even(slo.MinutesPerDay, 0, 1)...)
		require.Equal(t, "10", c.figures(t, "2026-01-01").Credit.Percent)
		c.promise(t, "half", epoch, even(700, 1, 1)...)
		c.now = epoch.AddDate(0, 0, 2)
		f := c.figures(t, "2026-01-01")
		require.Equal(t, slo.NoData, f.Budget.State)
		require.InDelta(t, 700.0/1440, f.Budget.Coverage, 1e-15)
		require.Nil(t, f.Credit, "nobody can tell")
		require.False(t, f.Settled, "its minutes may still come")
		require.Contains(t, f.Budget.Warnings[0], "half: partial: 700 of 1440 minutes")

		delete(c.slos, "half")
		f = c.figures(t, "2026-01-01")
		require.Equal(t, slo.NoData, f.Budget.State)
		require.Equal(t, []string{"half: there is no objective half any more"}, f.Budget.Warnings)
	}
}

func TestAPeriodIsSettledWhenLateDataHaveHadTheirTime(t *testing.T) {
	t.Parallel()
	c := newContract(t, "99", days(t))
	c.promise(t, "api", epoch, even(slo.MinutesPerDay+30, 1, 1)...)
	end := epoch.AddDate(0, 0, 1)
	for name, x := range map[string]struct {
		now    time.Time
		period string
		want   bool
	}{
		"over, and an hour is not":  {end.Add(59 * time.Minute), "2026-01-01", false},
		"over for an hour":          {end.Add(time.Hour), "2026-01-01", true},
		"it goes on":                {end.Add(23 * time.Hour), "2026-01-02", false},
		"over, and not asked about": {end.Add(48 * time.Hour), "2026-01-02", false},
	} {
		c.now = x.now
		require.Equal(t, x.want, c.figures(t, x.period).Settled, name)
	}
	c.now = end.Add(time.Hour)
	require.Equal(t, []string{"nothing of the period is settled yet"}, c.figures(t, "2026-01-03").Budget.Warnings)
}

// TestACompositeCanBePromised: it settles when its components have.
func TestACompositeCanBePromised(t *testing.T) {
	t.Parallel()
	c := newContract(t, "99", days(t))
	journey := mixed(t, "28d", slo.WorstOf, component("a", 1, slo.Hold), component("b", 1, slo.Hold))
	for i, good := range []float64{99, 98} {
		key := journey.Objectives[0].Composite.Components[i].Part.Indicator.Key()
		c.meter.Write(slo.StreamKey{Indicator: key}, slo.MinuteOf(epoch)+1, even(slo.MinutesPerDay, good, 100)...)
		c.meter.Settle(key, slo.MinuteOf(epoch)+slo.Minute(slo.MinutesPerDay*(i+1)-i)) // b goes on
	}
	c.slos["journey"], c.sla.Streams = journey, []slo.Promise{{SLO: "journey"}}
	c.now = epoch.AddDate(0, 0, 1).Add(time.Hour)
	f := c.figures(t, "2026-01-01")
	require.InDelta(t, 0.98, *f.Budget.SLI, 1e-12)
	require.True(t, f.Settled)
	extent, ok := c.evaluator().Extent(&journey.Objectives[0])
	require.True(t, ok)
	require.Equal(t, epoch, extent.Start())

	c.meter.Settle(journey.Objectives[0].Composite.Components[0].Part.Indicator.Key(), slo.MinuteOf(epoch)+100)
	require.False(t, c.figures(t, "2026-01-01").Settled, "one of them was not asked about all of the day")
}

func TestCreditsAreMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		due := func(good float64) *big.Rat {
			c := newContract(t, "99.9", days(t))
			c.bands(t, "99.9", "10", "99", "25.5", "95", "100")
			c.promise(t, "api", epoch, even(slo.MinutesPerDay, good, 100_000)...)
			f := c.figures(t, "2026-01-01")
			require.Equal(t, f.Credit != nil, f.Budget.State == slo.Breached, "a credit is due if and only if the target is missed")
			if f.Credit == nil {
				return new(big.Rat)
			}
			amount, ok := new(big.Rat).SetString(f.Credit.Amount(c.sla.Customers[0]))
			require.True(t, ok)
			return amount
		}
		at := rapid.OneOf(rapid.IntRange(0, 100_000), rapid.SampledFrom([]int{99_900, 99_899, 99_000, 98_999, 95_000, 94_999}))
		a, b := at.Draw(t, "a"), at.Draw(t, "b")
		require.GreaterOrEqual(t, due(float64(min(a, b))).Cmp(due(float64(max(a, b)))), 0)
	})
}

func TestTheLowestBandThatWasNotReachedApplies(t *testing.T) {
	t.Parallel()
	for achieved, want := range map[float64]string{100: "", 99.9: "", 99.89: "10", 99: "10", 98.99: "25", 95: "25", 94.99: "100", 0: "100"} {
		c := newContract(t, "99.9", days(t))
		c.bands(t, "99.9", "10", "99", "25", "95", "100")
		c.promise(t, "api", epoch, even(slo.MinutesPerDay, achieved*100, 10_000)...)
		got := ""
		if band := c.figures(t, "2026-01-01").Credit; band != nil {
			got = band.Percent
		}
		require.Equal(t, want, got, achieved)
	}
}

func TestBandsThatSayTwoThings(t *testing.T) {
	t.Parallel()
	target, err := slo.ParseTargetPercent("99.9")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		bands []string
		at    int
		say   string
	}{
		"above the target":  {[]string{"99.95", "10"}, 0, "would be due while the target of 99.9 % is reached"},
		"twice":             {[]string{"99.9", "10", "99.90", "25"}, 1, "overlaps the one below 99.9 %"},
		"the lowest first":  {[]string{"95", "25", "99", "10"}, 1, "write the highest first"},
		"less for worse":    {[]string{"99.9", "25", "99", "10"}, 1, "who achieves less is due more"},
		"the same for less": {[]string{"99.9", "10", "99", "10.0"}, 1, "is not more than"},
	} {
		sla := newContract(t, "99.9", days(t))
		sla.bands(t, c.bands...)
		at, err := slo.CheckCredits(target, sla.sla.Credits)
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
		require.ErrorContains(t, err, c.say, name)
		require.Equal(t, c.at, at, name)
	}
	for _, pair := range [][2]string{{"100", "10"}, {"99", "0"}, {"99", "100.01"}, {"99", "-1"}, {"99", "1e1"}, {"", "10"}, {"99", ""}, {"99", ".5"}, {"99", "5."}} {
		_, err := slo.ParseCredit(pair[0], pair[1])
		require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", pair)
	}
}

func TestAmountsAreRoundedHalfToEven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ fee, currency, percent, want string }{
		"exact":                          {"1200.00", "EUR", "10", "120.00"},
		"half rounds to even, down":      {"0.50", "EUR", "1", "0.00"},
		"half rounds to even, up":        {"1.50", "EUR", "1", "0.02"},
		"half rounds to even, 2.5 cents": {"2.50", "EUR", "1", "0.02"},
		"above half":                     {"2.51", "EUR", "1", "0.03"},
		"floats would make it 1.00":      {"1.005", "KWD", "100", "1.005"},
		"no minor unit":                  {"1050", "JPY", "10", "105"},
		"no minor unit, half":            {"25", "JPY", "10", "2"},
		"a third":                        {"100.00", "USD", "33.333333", "33.33"},
		"more digits than a float has":   {"9999999999999999.99", "EUR", "100", "9999999999999999.99"},
		"no fee":                         {"", "", "10", ""},
	} {
		band, err := slo.ParseCredit("99", c.percent)
		require.NoError(t, err)
		require.Equal(t, c.want, band.Amount(slo.Customer{Fee: c.fee, Currency: c.currency}), name)
	}
}

func TestAchievedIsCutAndNeverRounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		good, total float64
		decimals    int
		want        string
	}{
		"the target exactly":        {19, 20, 4, "95"},
		"99.9 exactly":              {999, 1000, 4, "99.9"},
		"just missed":               {99_899_999, 100_000_000, 4, "99.8999"},
		"with more decimals":        {99_899_999, 100_000_000, 6, "99.899999"},
		"all":                       {5, 5, 4, "100"},
		"nearly all is not all":     {999_999_999, 1_000_000_000, 4, "99.9999"},
		"none":                      {0, 5, 4, "0"},
		"next to nothing":           {1, 1e12, 4, "0"},
		"a small part":              {1, 1000, 4, "0.1"},
		"more good than there were": {11, 10, 4, "110"},
	} {
		sli := c.good / c.total
		require.Equal(t, c.want, slo.AchievedPercent(&sli, c.decimals), name)
	}
	require.Empty(t, slo.AchievedPercent(nil, 4))
	rapid.Check(t, func(t *rapid.T) {
		text := fmt.Sprintf("%d.%0*d", rapid.IntRange(1, 99).Draw(t, "percent"), rapid.IntRange(1, 6).Draw(t, "digits"), rapid.IntRange(1, 9).Draw(t, "rest"))
		target, err := slo.ParseTargetPercent(text)
		require.NoError(t, err)
		total := float64(rapid.IntRange(1, 1_000_000).Draw(t, "total"))
		sli := float64(rapid.IntRange(0, int(total)).Draw(t, "good")) / total
		shown, ok := new(big.Rat).SetString(slo.AchievedPercent(&sli, 8))
		require.True(t, ok)
		goal, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		require.Equal(t, sli >= target.Float(), shown.Cmp(goal) >= 0, "what is shown says the same as what is judged: %v of %s", sli, text)
	})
}

func TestAgreementsThatSayNothing(t *testing.T) {
	t.Parallel()
	rolling, err := slo.ParseRolling("30d")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*contract)
		field  string
		say    string
	}{
		"no target":        {func(c *contract) { c.sla.Target = slo.Target{} }, "target", "missing"},
		"a rolling window": {func(c *contract) { c.sla.Window = rolling }, "window", "an agreement runs by a calendar"},
		"no window":        {func(c *contract) { c.sla.Window = slo.Window{} }, "window", "no window"},
		"no streams":       {func(c *contract) { c.sla.Streams = nil }, "streams", "name an SLO"},
		"an unknown SLO":   {func(c *contract) { c.sla.Streams[0].SLO = "apx" }, "streams", `there is no SLO "apx"`},
		"no objective":     {func(c *contract) { c.sla.Streams[0].Objective = "x" }, "streams", `SLO "api" has no objective "x"`},
		"twice the same":   {func(c *contract) { c.sla.Streams = append(c.sla.Streams, c.sla.Streams[0]) }, "streams", "promised twice"},
		"slices that are added": {
			func(c *contract) { c.sla.Combination, c.slos["api"].Method = slo.Total, slo.Timeslices }, "streams",
			"combine by WORST",
		},
		"no customers":        {func(c *contract) { c.sla.Customers = nil }, "customers", "name a customer"},
		"a customer twice":    {func(c *contract) { c.sla.Customers = append(c.sla.Customers, c.sla.Customers[0]) }, "customers", "named twice"},
		"a fee in words":      {func(c *contract) { c.sla.Customers[0].Fee = "12,00" }, "customers", "not a plain decimal"},
		"a fee of no country": {func(c *contract) { c.sla.Customers[0].Currency = "euro" }, "customers", "ISO 4217"},
		"half a cent":         {func(c *contract) { c.sla.Customers[0].Fee = "1.005" }, "customers", "more decimals"},
		"a lone currency":     {func(c *contract) { c.sla.Customers[0].Fee = "" }, "customers", "belongs to a fee"},
		"a negative notice":   {func(c *contract) { c.sla.Terms.Notice = -time.Hour }, "terms", "notice of -1h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newContract(t, "99", days(t))
			b.promise(t, "api", epoch, even(1, 1, 1)...)
			require.NoError(t, b.sla.Check(b.find))
			c.change(b)
			err := b.sla.Check(b.find)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.Equal(t, c.field, fault.FieldOf(err))
			require.ErrorContains(t, err, c.say)
		})
	}
}
