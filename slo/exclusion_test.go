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
