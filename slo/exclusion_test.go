package slo_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// leftOut returns exclusions of runs of minutes, counted from epoch.
func leftOut(runs ...slo.Span) *slo.Exclusions {
	all := make([]slo.Exclusion, len(runs))
	for i, r := range runs {
		all[i] = slo.Exclusion{
			Name: fmt.Sprintf("x-%d", i), Kind: slo.MaintenanceExclusion, Scope: slo.Scope{SLOs: []string{"drawn", "checkout"}},
			Start: epoch.Add(time.Duration(r.From) * time.Minute), Length: time.Duration(r.Len()) * time.Minute,
			Approval: slo.Approval{State: slo.ApprovalNotNeeded},
		}
	}
	x := &slo.Exclusions{}
	x.Replace(all)
	return x
}

func TestExcludedMinutesAreNoPartOfTheWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "1h")
	b.write(epoch, even(30, 100, 100)...)
	b.write(epoch.Add(30*time.Minute), even(10, 0, 100)...) // an outage
	b.write(epoch.Add(40*time.Minute), even(15, 100, 100)...)
	b.write(epoch.Add(55*time.Minute), make([]slo.Slot, 5)...) // nobody looked
	e := b.evaluator()
	e.Exclusions = leftOut(slo.Span{From: 30, To: 39}, slo.Span{From: 35, To: 41})
	got, err := e.Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.Equal(t, 4300.0, *got.Total)
	require.Zero(t, *got.Spent)
	require.Equal(t, slo.Excluded{Minutes: 12, Good: new(200.0), Total: new(1200.0)}, got.Excluded)
	require.InDelta(t, 43.0/48, got.Coverage, 1e-12, "of the minutes that count")

	as, err := e.Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{Terms: slo.Terms{Ignore: true}})
	require.NoError(t, err)
	require.Equal(t, b.budget(t, slo.Question{}), as, "as measured")
	require.Equal(t, 1000.0, *as.Spent)
}

func TestAWindowThatIsExcludedAsAWholeSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "1h")
	b.write(epoch, even(60, 50, 100)...)
	e := b.evaluator()
	e.Exclusions = leftOut(slo.Span{From: -10, To: 100})
	got, rates, err := e.Status(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.Equal(t, slo.NoData, got.State)
	require.Nil(t, got.Total)
	require.Equal(t, []string{"every minute of the window is excluded"}, got.Warnings)
	require.Equal(t, 60, got.Excluded.Minutes)
	for _, r := range rates {
		require.False(t, r.Firing)
	}
}

// TestExcludedAndCountedAreWhatWasMeasured draws traffic, exclusions and a way
// to count, and holds every figure to a walk over the minutes.
func TestExcludedAndCountedAreWhatWasMeasured(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		o := &b.slo.Objectives[0]
		b.slo.Method = rapid.SampledFrom([]slo.Budgeting{slo.Occurrences, slo.Timeslices, slo.RatioTimeslices}).Draw(t, "method")
		length := 1
		if b.slo.Method != slo.Occurrences {
			length = rapid.SampledFrom([]int{1, 5, 7}).Draw(t, "slice")
			o.SliceLength, o.SliceTarget = time.Duration(length)*time.Minute, o.Target
		}
		out := make([]bool, len(slots))
		var runs []slo.Span
		for range rapid.IntRange(0, 4).Draw(t, "exclusions") {
			from := rapid.IntRange(-10, len(slots)).Draw(t, "from")
			to := from + rapid.IntRange(0, len(slots)/2).Draw(t, "length")
			runs = append(runs, slo.Span{From: slo.Minute(from), To: slo.Minute(to)})
			for i := max(0, from); i <= to && i < len(out); i++ {
				out[i] = true
			}
		}
		before := figures(t, b.evaluator(), b.slo)
		e := b.evaluator()
		x := leftOut(runs...)
		e.Exclusions = x
		with := figures(t, e, b.slo)
		as, err := e.Budget(t.Context(), b.slo, o, slo.Question{Terms: slo.Terms{Ignore: true}})
		require.NoError(t, err)
		require.Equal(t, before.budget, as, "ignoring exclusions is what was measured")

		holdToMinutes(t, b, slots, out, length, with.budget)
		if b.slo.Method == slo.Occurrences && as.Total != nil {
			counted, excluded := deref(with.budget.Total), deref(with.budget.Excluded.Total)
			require.Equal(t, *as.Total, counted+excluded, "excluded and counted are what was measured")
			require.Equal(t, *as.Good, deref(with.budget.Good)+deref(with.budget.Excluded.Good))
		}
		x.Replace(nil)
		require.Equal(t, before, figures(t, e, b.slo), "removing the exclusions restores every number")
	})
}

func deref(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// allFigures is everything that is said about an objective.
type allFigures struct {
	budget slo.Budget
	rates  []slo.BurnRate
	series []slo.Series
	why    slo.Explanation
}

func figures(t *rapid.T, e slo.Evaluator, s *slo.SLO) (all allFigures) {
	o := &s.Objectives[0]
	var err error
	all.budget, all.rates, err = e.Status(t.Context(), s, o, slo.Question{})
	require.NoError(t, err)
	for _, kind := range []slo.SeriesKind{slo.BurnDown, slo.SLISeries, slo.BurnRateSeries, slo.Volume} {
		series, err := e.Series(t.Context(), s, o, slo.SeriesQuestion{Kind: kind, MaxPoints: 20})
		require.NoError(t, err)
		all.series = append(all.series, series)
	}
	all.why, err = e.Explain(t.Context(), s, o, slo.Question{})
	require.NoError(t, err)
	return all
}

// holdToMinutes walks over the minutes of the window, slice by slice.
func holdToMinutes(t *rapid.T, b *bench, slots []slo.Slot, out []bool, length int, got slo.Budget) {
	first := int(slo.MinuteOf(got.From) - slo.MinuteOf(epoch)) // of the window, counted from epoch
	minutes := int(got.To.Sub(got.From) / time.Minute)
	var good, total float64
	counted, covered, excluded := 0, 0, 0
	for from := first; from < first+minutes; from += length {
		var g, n float64
		in, seen := 0, 0
		for i := from; i < from+length; i++ {
			switch {
			case out[i]:
				excluded++
				continue
			case slots[i].State != slo.Gap:
				seen++
				g, n = g+slots[i].Good, n+slots[i].Total
			}
			in++
		}
		counted, covered = counted+in, covered+seen
		switch {
		case b.slo.Method == slo.Occurrences:
			good, total = good+g, total+n
		case seen == 0 || float64(seen)/float64(in) < slo.DefaultFloor || n == 0:
		case b.slo.Method == slo.RatioTimeslices:
			good, total = good+g/n, total+1
		default:
			total++
			if g/n >= b.slo.Objectives[0].SliceTarget.Float() {
				good++
			}
		}
	}
	require.Equal(t, excluded, got.Excluded.Minutes)
	if counted == 0 || covered == 0 {
		require.Nil(t, got.Total)
		return
	}
	require.InDelta(t, float64(covered)/float64(counted), got.Coverage, 1e-12)
	require.Equal(t, total, *got.Total)
	require.InDelta(t, good, *got.Good, 1e-9)
}

func TestTheFutureThatIsExcludedSpendsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "4h")
	b.write(epoch, even(240, 98, 100)...)
	b.write(epoch.Add(4*time.Hour), even(20, 60, 100)...)
	e := b.evaluator()
	soon := b.budget(t, slo.Question{}).ExhaustsAt
	require.NotNil(t, soon)
	e.Exclusions = leftOut(slo.Span{From: 261, To: 320})
	later, err := e.Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.True(t, later.ExhaustsAt == nil || later.ExhaustsAt.After(*soon), "%v is after %v", later.ExhaustsAt, soon)
}

func TestOnlyWhatIsInForceAndInScopeCounts(t *testing.T) {
	t.Parallel()
	s := &slo.SLO{Name: "api", Service: "shop", Labels: map[string][]string{"tier": {"1", "2"}, "team": {"web"}}}
	for name, tc := range map[string]struct {
		scope slo.Scope
		state slo.ApprovalState
		want  bool
	}{
		"named":                          {slo.Scope{SLOs: []string{"other", "api"}}, slo.Approved, true},
		"its service":                    {slo.Scope{Services: []string{"shop"}}, slo.ApprovalNotNeeded, true},
		"one of its labels":              {slo.Scope{Labels: map[string]string{"tier": "2"}}, slo.Approved, true},
		"all of its labels":              {slo.Scope{Labels: map[string]string{"tier": "2", "team": "web"}}, slo.Approved, true},
		"a label of another value":       {slo.Scope{Labels: map[string]string{"tier": "2", "team": "db"}}, slo.Approved, false},
		"another one":                    {slo.Scope{SLOs: []string{"apis"}}, slo.Approved, false},
		"nothing":                        {slo.Scope{}, slo.Approved, false},
		"named, but nobody approved":     {slo.Scope{SLOs: []string{"api"}}, slo.ApprovalPending, false},
		"named, but somebody refused":    {slo.Scope{SLOs: []string{"api"}}, slo.Rejected, false},
		"named, in a state from nowhere": {slo.Scope{SLOs: []string{"api"}}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &slo.Exclusions{}
			x.Replace([]slo.Exclusion{{Name: "x", Scope: tc.scope, Start: epoch, Length: time.Hour, Approval: slo.Approval{State: tc.state}}})
			mask := x.Mask(s, slo.SpanOf(epoch, epoch.Add(time.Hour)), slo.Terms{})
			require.Equal(t, tc.want, len(mask) == 1)
		})
	}
}

func TestTermsLetCountWhatAContractAllows(t *testing.T) {
	t.Parallel()
	month, err := slo.ParseCalendar("1M", slo.DefaultAnchor(time.UTC))
	require.NoError(t, err)
	at := func(d, h int) time.Time { return time.Date(2026, time.January, d, h, 0, 0, 0, time.UTC) }
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	s := &slo.SLO{Name: "api"}
	all := []slo.Exclusion{
		{Name: "a", Kind: slo.MaintenanceExclusion, Start: at(10, 2), Length: hours(3), CreatedAt: at(1, 0)},
		{Name: "b", Kind: slo.MaintenanceExclusion, Start: at(20, 2), Length: hours(3), CreatedAt: at(20, 1)},
		{Name: "c", Kind: slo.OtherExclusion, Start: at(25, 2), Length: hours(3), CreatedAt: at(1, 0)},
		{Name: "d", Kind: slo.MaintenanceExclusion, Start: time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC), Length: hours(5), CreatedAt: at(1, 0)},
	}
	for i := range all {
		all[i].Scope, all[i].Approval = slo.Scope{SLOs: []string{"api"}}, slo.Approval{State: slo.Approved}
	}
	x := &slo.Exclusions{}
	x.Replace(all)
	span := slo.SpanOf(at(1, 0), time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC))
	for name, tc := range map[string]struct {
		terms slo.Terms
		hours int
		names string
	}{
		"all":                        {slo.Terms{}, 14, "abcd"},
		"none":                       {slo.Terms{Ignore: true}, 0, ""},
		"of one kind":                {slo.Terms{Kinds: "MAINTENANCE"}, 11, "abd"},
		"of two kinds":               {slo.Terms{Kinds: "MAINTENANCE,OTHER"}, 14, "abcd"},
		"announced three days ahead": {slo.Terms{Notice: hours(72)}, 11, "acd"},
		"four hours a month":         {slo.Terms{Most: hours(4), Per: month}, 8, "abd"},
		"four announced hours":       {slo.Terms{Most: hours(4), Per: month, Notice: hours(72), Kinds: "MAINTENANCE"}, 7, "ad"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			minutes, names := 0, []string{}
			for _, run := range x.Mask(s, span, tc.terms) {
				minutes += run.Len()
			}
			for _, o := range x.Occurrences(s, span, tc.terms) {
				names = append(names, o.Exclusion.Name)
			}
			require.Equal(t, tc.hours*60, minutes)
			require.Equal(t, tc.names, strings.Join(names, ""))
		})
	}
}

func TestRecurrencesKeepTheirHour(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		rule, zone, start string
		want              []string // local starts within 2026-03-22 … 2026-04-06
		text              string
	}{
		"every Sunday at four, over the change of the clocks": {
			"FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin", "2026-03-22 04:00",
			[]string{"2026-03-22 04:00 +0100", "2026-03-29 04:00 +0200", "2026-04-05 04:00 +0200"},
			"every week on Sunday at 04:00, Europe/Berlin",
		},
		"an hour that is left out is an hour later": {
			"FREQ=WEEKLY", "Europe/Berlin", "2026-03-22 02:30",
			[]string{"2026-03-22 02:30 +0100", "2026-03-29 03:30 +0200", "2026-04-05 02:30 +0200"},
			"every week at 02:30, Europe/Berlin",
		},
		"the last Friday of the month": {
			"rrule:freq=monthly;byday=-1FR", "Europe/Berlin", "2026-03-27 22:00",
			[]string{"2026-03-27 22:00 +0100"},
			"every month on the last Friday at 22:00, Europe/Berlin",
		},
		"three times": {
			"FREQ=DAILY;INTERVAL=2;COUNT=3", "Europe/Berlin", "2026-03-28 12:00",
			[]string{"2026-03-28 12:00 +0100", "2026-03-30 12:00 +0200", "2026-04-01 12:00 +0200"},
			"every 2 days at 12:00, 3 times, Europe/Berlin",
		},
		"until a day": {
			"FREQ=DAILY;UNTIL=20260330T000000Z", "Europe/Berlin", "2026-03-28 12:00",
			[]string{"2026-03-28 12:00 +0100", "2026-03-29 12:00 +0200"},
			"every day at 12:00, until 2026-03-30, Europe/Berlin",
		},
		"a start that the rule would not have": {
			"FREQ=WEEKLY;BYDAY=MO", "Europe/Berlin", "2026-03-31 09:00",
			[]string{"2026-03-31 09:00 +0200", "2026-04-06 09:00 +0200"},
			"every week on Monday at 09:00, Europe/Berlin",
		},
		"a day that never comes": {
			"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "Europe/Berlin", "2026-03-31 09:00",
			[]string{"2026-03-31 09:00 +0200"},
			"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30, Europe/Berlin",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := slo.ParseRecurrence(tc.rule, tc.zone)
			require.NoError(t, err)
			start, err := time.ParseInLocation("2006-01-02 15:04", tc.start, berlin)
			require.NoError(t, err)
			require.Equal(t, tc.text, r.Text(start))
			e := slo.Exclusion{Start: start, Length: time.Hour, Recurrence: r}
			spans, whole := e.Times(slo.MinuteOf(time.Date(2026, time.April, 7, 0, 0, 0, 0, berlin)))
			require.True(t, whole)
			var got []string
			for _, span := range spans {
				require.Equal(t, 60, span.Len())
				got = append(got, span.Start().In(berlin).Format("2006-01-02 15:04 -0700"))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestAnOccurrenceThatDoesNotTakePlace(t *testing.T) {
	t.Parallel()
	r, err := slo.ParseRecurrence("FREQ=DAILY;COUNT=3", "UTC")
	require.NoError(t, err)
	r.Except = []time.Time{epoch, epoch.Add(24 * time.Hour)}
	e := slo.Exclusion{Start: epoch, Length: time.Hour, Recurrence: r}
	spans, _ := e.Times(slo.MinuteOf(epoch.Add(100 * time.Hour)))
	require.Len(t, spans, 1)
	require.Equal(t, epoch.Add(48*time.Hour), spans[0].Start())
}

func TestBadRulesAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for rule, why := range map[string]string{
		"FREQ=SECONDLY":                              "more often than hourly",
		"FREQ=MINUTELY;INTERVAL=90":                  "more often than hourly",
		"FREQ=DAILY;BYSECOND=1,2,3":                  "more often than hourly",
		"FREQ=DAILY;BYMINUTE=1,2":                    "more often than hourly",
		"FREQ=DAILY;INTERVAL=0":                      "at least 1",
		"FREQ=DAILY;COUNT=0":                         "at least 1",
		"FREQ=DAILY;INTERVAL=-1":                     "at least 1",
		"FREQ=DAILY;COUNT=1000000000":                "COUNT at most",
		"FREQ=DAILY;INTERVAL=99999":                  "INTERVAL is at most",
		"FREQ=HOURLY;INTERVAL=1000;BYHOUR=5;COUNT=9": "FREQ=DAILY with the hours",
		"FREQ=HOURLY;BYSETPOS=9;BYDAY=SU":            "BYSETPOS",
		"FREQ=MONTHLY;BYDAY=8TU":                     "no day of the week comes 8 times in a month",
		"FREQ=MONTHLY;BYDAY=-6MO,TU":                 "no day of the week comes 6 times in a month",
		"FREQ=YEARLY;BYMONTH=12;BYDAY=20TU":          "no day of the week comes 20 times in a month",
		"FREQ=YEARLY;BYDAY=54TU":                     "",
		"FREQ=YEARLY;BYEASTER=400":                   "days from Easter",
		"FREQ=YEARLY;BYEASTER=-81":                   "days from Easter",
		"FREQ=FORTNIGHTLY":                           "FREQ",
		"BYDAY=SU":                                   "RFC 5545|FREQ|freq",
		"every sunday":                               "",
		"DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY": "one line",
		"FREQ=DAILY;BYMONTH=13":                      "",
	} {
		_, err := slo.ParseRecurrence(rule, "UTC")
		require.Error(t, err, rule)
		if why != "" {
			require.Regexp(t, why, err.Error(), rule)
		}
	}
	for _, zone := range []string{"Local", "Europe/Atlantis", "../etc/passwd"} {
		_, err := slo.ParseRecurrence("FREQ=DAILY", zone)
		require.ErrorContains(t, err, "IANA name", zone)
	}
}

// Every ordinal that is let pass can be worked out.
func TestEveryOrdinalIsWorkedOut(t *testing.T) {
	t.Parallel()
	for _, freq := range []string{"FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=1", "FREQ=YEARLY;BYMONTH=12", "FREQ=MONTHLY;BYMONTH=12"} {
		parts := []string{"BYDAY=%dMO", "BYDAY=%dSU", "BYEASTER=%d"}
		if strings.Contains(freq, "BYMONTH") {
			parts = parts[:2] // Easter is in neither month, and the library looks for it for ever
		}
		for _, part := range parts {
			for _, n := range []int{-80, -53, -52, -6, -5, -1, 0, 1, 4, 5, 6, 52, 53, 80} {
				rule := fmt.Sprintf("%s;"+part, freq, n)
				r, err := slo.ParseRecurrence(rule, "UTC")
				if err != nil {
					continue
				}
				e := slo.Exclusion{Start: epoch, Length: time.Hour, Recurrence: r}
				require.NotPanics(t, func() { e.Times(slo.MinuteOf(epoch) + 800*slo.MinutesPerDay) }, rule)
			}
		}
	}
}

func FuzzParseRecurrence(f *testing.F) {
	for _, seed := range []string{"FREQ=WEEKLY;BYDAY=SU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY;BYHOUR=1,2", "FREQ=HOURLY;INTERVAL=1000;BYHOUR=5;COUNT=9", "FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU", "FREQ=YEARLY;BYWEEKNO=53", "FREQ=MONTHLY;BYDAY=8TU"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		r, err := slo.ParseRecurrence(rule, "America/New_York")
		if err != nil {
			return
		}
		_ = r.Text(epoch)
		e := slo.Exclusion{Start: epoch, Length: time.Hour, Recurrence: r}
		spans, _ := e.Times(slo.MinuteOf(epoch) + 400*slo.MinutesPerDay)
		for i := 1; i < len(spans); i++ {
			require.Greater(t, spans[i].From, spans[i-1].From, "in order")
		}
	})
}

func BenchmarkReplaceAndMask(b *testing.B) {
	all := make([]slo.Exclusion, 200)
	for i := range all {
		r, err := slo.ParseRecurrence("FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin")
		require.NoError(b, err)
		all[i] = slo.Exclusion{
			Name: strconv.Itoa(i), Scope: slo.Scope{Services: []string{fmt.Sprint("service-", i%50)}}, Start: epoch, Length: time.Hour,
			Recurrence: r, Approval: slo.Approval{State: slo.Approved},
		}
	}
	slos := make([]*slo.SLO, 1000)
	for i := range slos {
		slos[i] = &slo.SLO{Name: fmt.Sprint("slo-", i), Service: fmt.Sprint("service-", i%50)}
	}
	span := slo.SpanOf(epoch, epoch.Add(90*24*time.Hour))
	x := &slo.Exclusions{}
	b.Run("replace and ask for each of 1000 SLOs", func(b *testing.B) {
		for b.Loop() {
			x.Replace(all)
			for _, s := range slos {
				x.Mask(s, span, slo.Terms{})
			}
		}
	})
	b.Run("ask again", func(b *testing.B) {
		for b.Loop() {
			x.Mask(slos[0], span, slo.Terms{})
		}
	})
}

// excluding is a Meter that changes the exclusions while it is asked.
type excluding struct {
	slo.Meter
	change func()
}

func (m excluding) Tally(ctx context.Context, key slo.StreamKey, span slo.Span) (slo.Tally, error) {
	m.change()
	return m.Meter.Tally(ctx, key, span)
}

func TestAnAnswerIsMadeOfOneSetOfExclusions(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "1h")
	b.write(epoch, even(60, 90, 100)...)
	x := leftOut(slo.Span{From: 10, To: 19}, slo.Span{From: 30, To: 39})
	some := x.All()
	asked := 0
	e := b.evaluator()
	e.Exclusions = x
	e.Meter = excluding{b.meter, func() {
		if asked++; asked == 2 { // in the middle of the window's sum
			x.Replace(nil)
		}
	}}
	budget, err := e.Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
	require.NoError(t, err)
	require.Equal(t, slo.Excluded{Minutes: 20, Good: new(1800.0), Total: new(2000.0)}, budget.Excluded)
	x.Replace(some)
	asked = 0
	got := statementOf(t, e, b, slo.StatementQuestion{})
	require.Equal(t, 4000.0, *got.Budget.Total)
	require.Equal(t, slo.Excluded{Minutes: 20, Good: new(1800.0), Total: new(2000.0)}, got.Budget.Excluded)
	require.Equal(t, 200.0, got.Waived.Float())
	require.Equal(t, 6000.0, *statementOf(t, e, b, slo.StatementQuestion{}).Budget.Total, "the next answer knows")
	x.Replace(some)
	require.Equal(t, 4000.0, *statementOf(t, e, b, slo.StatementQuestion{}).Budget.Total)
}

func TestARuleThatWouldEndUnnoticedIsRefused(t *testing.T) {
	t.Parallel()
	const often, never = "give it a COUNT or an UNTIL", "does not recur once"
	for rule, why := range map[string]string{
		"FREQ=DAILY":                                                "",
		"FREQ=HOURLY":                                               often,
		"FREQ=HOURLY;COUNT=10000":                                   "",
		"FREQ=HOURLY;UNTIL=20260301T000000Z":                        "",
		"FREQ=DAILY;BYHOUR=1,13":                                    "",
		"FREQ=DAILY;BYHOUR=1,9,17":                                  often,
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":              "",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29":                       "",
		"FREQ=DAILY;COUNT=1":                                        "",
		"FREQ=DAILY;UNTIL=20200101T000000Z":                         "",
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30":                       never,
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2":               never,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99990101T000000Z": never,
	} {
		r, err := slo.ParseRecurrence(rule, "Europe/Berlin")
		require.NoError(t, err, rule)
		err = slo.Exclusion{Start: epoch, Length: time.Minute, Recurrence: r}.CheckTimes()
		if why == "" {
			require.NoError(t, err, rule)
			continue
		}
		require.ErrorContains(t, err, why, rule)
	}
	require.NoError(t, slo.Exclusion{Start: epoch, Length: time.Minute}.CheckTimes(), "once")
}

// A rule of a file is judged by its numbers, so that hundreds cost little: what
// that lets pass never ends unnoticed, and what it refuses is near to it.
func TestARuleOfAFileThatWouldEndUnnoticedIsRefused(t *testing.T) {
	t.Parallel()
	check := func(t require.TestingT, rule string) (reach, times error) {
		r, err := slo.ParseRecurrence(rule, "Europe/Berlin")
		require.NoError(t, err, rule)
		x := slo.Exclusion{Start: epoch, Length: time.Minute, Recurrence: r}
		return x.CheckReach(), x.CheckTimes()
	}
	for rule, passes := range map[string]bool{
		"FREQ=HOURLY;UNTIL=20260301T000000Z":                        true,
		"FREQ=HOURLY;UNTIL=20990301T000000Z":                        false,
		"FREQ=HOURLY;COUNT=10000":                                   true,
		"FREQ=HOURLY;INTERVAL=12;UNTIL=20990301T000000Z":            true,
		"FREQ=DAILY;BYHOUR=1,13;UNTIL=20990301T000000Z":             true,
		"FREQ=DAILY;BYHOUR=1,9,17;UNTIL=20990301T000000Z":           false,
		"FREQ=WEEKLY;BYDAY=SU;BYHOUR=1,9,17;UNTIL=20990301T000000Z": true,
		"FREQ=DAILY": true,
		"FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYHOUR=1,2,3;COUNT=30":       true,
		"FREQ=HOURLY;BYHOUR=1,2,3,4,5,6;UNTIL=20290301T000000Z":          true,
		"FREQ=HOURLY;BYHOUR=1,2,3,4,5,6;BYDAY=SA;UNTIL=20990301T000000Z": true,
	} {
		reach, times := check(t, rule)
		require.Equal(t, passes, reach == nil, "%s: %v", rule, reach)
		require.Equal(t, passes, times == nil, "%s: %v", rule, times)
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := []string{"FREQ=" + rapid.SampledFrom([]string{"HOURLY", "DAILY", "WEEKLY", "MONTHLY"}).Draw(t, "freq")}
		for part, values := range map[string][]string{
			"BYHOUR": {"", "3", "1,2,3,4,5", "0,1,2,3,4,5,6,7,8,9,10,11,12"}, "BYDAY": {"", "SU", "MO,TU,WE,TH,FR"},
			"INTERVAL": {"", "2", "5"}, "UNTIL": {"20260601T000000Z", "20280101T000000Z", "20990101T000000Z"},
		} {
			if value := rapid.SampledFrom(values).Draw(t, part); value != "" {
				parts = append(parts, part+"="+value)
			}
		}
		rule := strings.Join(parts, ";")
		if parts[0] == "FREQ=HOURLY" && strings.Contains(rule, "INTERVAL") && strings.Contains(rule, "BYHOUR") {
			t.Skip("refused when it is read")
		}
		if reach, times := check(t, rule); reach == nil && times != nil {
			require.NotContains(t, times.Error(), "recurs more than", rule)
		}
	})
}

// TestHowExclusionsAreCutChangesNothing says the same minutes in other words:
// cut into pieces, overlapping and in any order.
func TestHowExclusionsAreCutChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		b.slo.Method = rapid.SampledFrom([]slo.Budgeting{slo.Occurrences, slo.Timeslices, slo.RatioTimeslices}).Draw(t, "method")
		if o := &b.slo.Objectives[0]; b.slo.Method != slo.Occurrences {
			o.SliceLength, o.SliceTarget = 5*time.Minute, o.Target
		}
		var whole, cut []slo.Span
		for range rapid.IntRange(1, 4).Draw(t, "exclusions") {
			from := rapid.IntRange(-10, len(slots)).Draw(t, "from")
			run := slo.Span{From: slo.Minute(from), To: slo.Minute(from + rapid.IntRange(1, 90).Draw(t, "length"))}
			at := slo.Minute(rapid.IntRange(from, int(run.To)-1).Draw(t, "cut"))
			overlap := slo.Minute(rapid.IntRange(0, int(at-run.From)).Draw(t, "overlap"))
			whole = append(whole, run)
			cut = append(cut, slo.Span{From: run.From, To: at}, slo.Span{From: at + 1 - overlap, To: run.To})
		}
		e := b.evaluator()
		e.Exclusions = leftOut(whole...)
		want := figures(t, e, b.slo)
		want.why.Warnings = nil // which name what they are cut into
		e.Exclusions = leftOut(rapid.Permutation(cut).Draw(t, "order")...)
		got := figures(t, e, b.slo)
		got.why.Warnings = nil
		require.Equal(t, want, got)
	})
}

func BenchmarkStatusWithExclusions(b *testing.B) {
	bench := newBench(b, "99.9", "30d")
	bench.write(epoch, even(30*slo.MinutesPerDay, 99, 100)...)
	weekly, err := slo.ParseRecurrence("FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin")
	require.NoError(b, err)
	some := make([]slo.Exclusion, 200)
	for i := range some {
		some[i] = slo.Exclusion{
			Name: strconv.Itoa(i), Scope: slo.Scope{SLOs: []string{fmt.Sprint("slo-", i)}}, Start: epoch, Length: time.Hour,
			Recurrence: weekly, Approval: slo.Approval{State: slo.Approved},
		}
	}
	of := func(n int) *slo.Exclusions { // n of 200 are about the objective
		mine := slices.Clone(some)
		for i := range n {
			mine[i].Scope = slo.Scope{SLOs: []string{"checkout"}}
			mine[i].Start = epoch.Add(time.Duration(i) * 25 * time.Hour)
		}
		x := &slo.Exclusions{}
		x.Replace(mine)
		return x
	}
	for name, x := range map[string]slo.Excluder{"none": nil, "none of its own": of(0), "four": of(4), "two hundred": of(200)} {
		b.Run(name, func(b *testing.B) {
			e := bench.evaluator()
			e.Exclusions = x
			for b.Loop() {
				_, _, err := e.Status(b.Context(), bench.slo, &bench.slo.Objectives[0], slo.Question{})
				require.NoError(b, err)
			}
		})
	}
}

func TestClocksThatChange(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		zone, rule, start string
		want              []string
	}{
		"left out in Berlin":         {"Europe/Berlin", "FREQ=DAILY;COUNT=3", "2026-03-28T02:30:00+01:00", []string{"28 02:30 +0100", "29 03:30 +0200", "30 02:30 +0200"}},
		"left out in New York":       {"America/New_York", "FREQ=DAILY;COUNT=3", "2026-03-07T02:30:00-05:00", []string{"07 02:30 -0500", "08 03:30 -0400", "09 02:30 -0400"}},
		"left out on Lord Howe":      {"Australia/Lord_Howe", "FREQ=DAILY;COUNT=3", "2026-10-03T02:15:00+10:30", []string{"03 02:15 +1030", "04 02:45 +1100", "05 02:15 +1100"}},
		"twice in Berlin":            {"Europe/Berlin", "FREQ=DAILY;COUNT=3", "2026-10-24T02:30:00+02:00", []string{"24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"}},
		"twice in New York":          {"America/New_York", "FREQ=DAILY;COUNT=3", "2026-10-31T01:30:00-04:00", []string{"31 01:30 -0400", "01 01:30 -0400", "02 01:30 -0500"}},
		"twice, begun at the second": {"Europe/Berlin", "FREQ=DAILY;COUNT=2", "2026-10-25T02:30:00+01:00", []string{"25 02:30 +0100", "26 02:30 +0100"}},
		"every hour, each once":      {"Europe/Berlin", "FREQ=HOURLY;COUNT=4", "2026-03-29T00:30:00+01:00", []string{"29 00:30 +0100", "29 01:30 +0100", "29 03:30 +0200"}},
		"until an instant":           {"Europe/Berlin", "FREQ=DAILY;UNTIL=20261025T003000Z", "2026-10-24T02:30:00+02:00", []string{"24 02:30 +0200", "25 02:30 +0200"}},
		"until just before":          {"Europe/Berlin", "FREQ=DAILY;UNTIL=20261025T002959Z", "2026-10-24T02:30:00+02:00", []string{"24 02:30 +0200"}},
		"until, on the wall":         {"Pacific/Kiritimati", "FREQ=DAILY;UNTIL=20261025T023000", "2026-10-24T02:30:00+14:00", []string{"24 02:30 +1400", "25 02:30 +1400"}},
		"in the farthest west":       {"Pacific/Pago_Pago", "FREQ=DAILY;COUNT=2", "2026-10-24T23:30:00-11:00", []string{"24 23:30 -1100", "25 23:30 -1100"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := slo.ParseRecurrence(tc.rule, tc.zone)
			require.NoError(t, err)
			start, err := time.Parse(time.RFC3339, tc.start)
			require.NoError(t, err)
			spans, whole := slo.Exclusion{Start: start, Length: time.Minute, Recurrence: r}.Times(slo.MinuteOf(start.AddDate(0, 1, 0)))
			require.True(t, whole)
			var got []string
			for _, s := range spans {
				got = append(got, s.Start().In(r.Zone).Format("02 15:04 -0700"))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestNobodyWaitsForTheYear9999(t *testing.T) {
	t.Parallel()
	end := slo.MinuteOf(time.Date(9999, time.December, 1, 0, 0, 0, 0, time.UTC))
	for rule, most := range map[string]int{
		"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30": 1,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":  1,
		"FREQ=YEARLY":                         31,
		"FREQ=HOURLY":                         10_000,
	} {
		r, err := slo.ParseRecurrence(rule, "UTC")
		require.NoError(t, err)
		spans, _ := slo.Exclusion{Start: epoch, Length: time.Minute, Recurrence: r}.Times(end)
		require.Len(t, spans, most, rule)
	}
}
