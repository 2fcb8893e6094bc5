package slo_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// happened returns annotations of minutes counted from epoch.
func happened(b *bench, all ...slo.Annotation) *slo.Annotations {
	a := &slo.Annotations{Now: func() time.Time { return b.now }}
	for i := range all {
		all[i].Scope = slo.Scope{SLOs: []string{"drawn", "checkout"}}
	}
	a.Replace(all)
	return a
}

// lasting is an annotation from one minute after epoch to another; to 0 is open.
func lasting(kind slo.AnnotationKind, name string, from, to int) slo.Annotation {
	a := slo.Annotation{Kind: kind, Name: name, From: epoch.Add(time.Duration(from) * time.Minute)}
	if to > 0 {
		a.To = epoch.Add(time.Duration(to) * time.Minute)
	}
	return a
}

func statementOf(t tester, e slo.Evaluator, b *bench, q slo.StatementQuestion) slo.Statement {
	t.Helper()
	st, err := e.Statement(b.context(), b.slo, &b.slo.Objectives[0], q)
	require.NoError(t, err)
	return st
}

func TestAStatementSaysWhereTheBudgetWent(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "1h")
	b.write(epoch, even(60, 99, 100)...)                    // one bad event a minute
	b.write(epoch.Add(10*time.Minute), even(5, 50, 100)...) // 50 a minute in an incident
	b.write(epoch.Add(30*time.Minute), even(5, 0, 100)...)  // all of them in an excluded outage
	b.write(epoch.Add(55*time.Minute), even(5, 99, 100)...)
	e := b.evaluator()
	e.Exclusions = leftOut(slo.Span{From: 30, To: 34})
	e.Annotations = happened(b,
		lasting(slo.IncidentAnnotation, "fire", 10, 15),
		lasting(slo.DeployAnnotation, "v2", 8, 40),
		lasting(slo.OtherAnnotation, "quiet", 58, 0),
	)
	st := statementOf(t, e, b, slo.StatementQuestion{})
	require.Equal(t, 55.0, st.Opening.Float(), "1 % of 55 minutes")
	require.Equal(t, 300.0, st.Spent.Float())
	require.Equal(t, -245.0, st.Closing.Float())
	require.Equal(t, 500.0, st.Waived.Float())
	require.Equal(t, "events", st.Unit)
	require.Equal(t, []string{
		"DEPLOY v2 22 min: 22, left 33",
		"INCIDENT fire 5 min: 250, left -217",
		"EXCLUSION x-0 5 min: 0, left -217, waived 500",
		"OTHER quiet 2 min: 2, left -219",
		"UNATTRIBUTED  26 min: 26, left -245",
	}, lineTexts(st))
	require.Contains(t, st.Warnings, "goes on: quiet")
}

func TestAMinuteIsWaivedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "1h")
	b.write(epoch, even(60, 90, 100)...) // ten bad events a minute
	e := b.evaluator()
	e.Exclusions = leftOut(slo.Span{From: 20, To: 29}, slo.Span{From: 10, To: 24}, slo.Span{From: 12, To: 14})
	st := statementOf(t, e, b, slo.StatementQuestion{})
	require.Equal(t, []string{
		"EXCLUSION x-1 15 min: 0, left 40, waived 150",
		"EXCLUSION x-2 0 min: 0, left 40, waived 0",
		"EXCLUSION x-0 5 min: 0, left 40, waived 50",
		"UNATTRIBUTED  40 min: 400, left -360",
	}, lineTexts(st))
	require.Equal(t, 200.0, st.Waived.Float(), "what is bad in the twenty minutes that are excluded")
}

func lineTexts(st slo.Statement) []string {
	texts := make([]string, len(st.Lines))
	for i, l := range st.Lines {
		texts[i] = fmt.Sprintf("%s %s %d min: %g", l.Kind, l.Name, l.Minutes, l.Spent.Float())
		if l.Balance != nil {
			texts[i] += fmt.Sprintf(", left %g", l.Balance.Float())
		}
		if l.Waived != nil {
			texts[i] += fmt.Sprintf(", waived %g", l.Waived.Float())
		}
	}
	return texts
}

func TestAPartOfAWindowOpensWithWhatWasLeft(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "1h")
	b.write(epoch, even(60, 95, 100)...)
	q := slo.StatementQuestion{From: epoch.Add(20 * time.Minute), To: epoch.Add(50 * time.Minute)}
	st := statementOf(t, b.evaluator(), b, q)
	require.Equal(t, []float64{500, 150, 350}, []float64{st.Opening.Float(), st.Spent.Float(), st.Closing.Float()})
	_, err := b.evaluator().Statement(b.context(), b.slo, &b.slo.Objectives[0], slo.StatementQuestion{From: epoch.Add(2 * time.Hour)})
	require.ErrorContains(t, err, "choose a part of it")
}

func TestThreeThatShareAddUpToTheDigit(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "1h")
	b.write(epoch, even(60, 99, 100)...)
	e := b.evaluator()
	e.Annotations = happened(b,
		lasting(slo.IncidentAnnotation, "a", 10, 20), lasting(slo.IncidentAnnotation, "b", 10, 20), lasting(slo.IncidentAnnotation, "c", 10, 20))
	st := statementOf(t, e, b, slo.StatementQuestion{})
	require.Equal(t, []slo.Amount{3_333_334, 3_333_333, 3_333_333, 50_000_000},
		[]slo.Amount{st.Lines[0].Spent, st.Lines[1].Spent, st.Lines[2].Spent, st.Lines[3].Spent})
	require.Contains(t, st.Warnings[0], "share equally")
}

func TestWithoutFiguresThereIsNothingToState(t *testing.T) {
	t.Parallel()
	b := newBench(t, "90", "1h")
	b.write(epoch, make([]slo.Slot, 60)...)
	st := statementOf(t, b.evaluator(), b, slo.StatementQuestion{})
	require.Nil(t, st.Opening)
	require.Nil(t, st.Spent)
	require.Empty(t, st.Lines)

	b.write(epoch, even(60, 0, 0)...)
	st = statementOf(t, b.evaluator(), b, slo.StatementQuestion{})
	require.Nil(t, st.Opening, "nothing was allowed, because nothing happened")
	require.Equal(t, slo.Amount(0), *st.Spent)
	require.Nil(t, st.Lines[0].Balance)
}

// TestTheLinesOfAStatementAddUp draws traffic, exclusions, annotations, late
// data, a method and a part of the window, and holds each line to a walk over
// the minutes.
func TestTheLinesOfAStatementAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		o := &b.slo.Objectives[0]
		b.slo.Method = rapid.SampledFrom([]slo.Budgeting{slo.Occurrences, slo.Occurrences, slo.Timeslices, slo.RatioTimeslices}).Draw(t, "method")
		length := 1
		if b.slo.Method != slo.Occurrences {
			length = rapid.SampledFrom([]int{1, 5, 7}).Draw(t, "slice")
			o.SliceLength, o.SliceTarget = time.Duration(length)*time.Minute, o.Target
		}
		var runs []slo.Span
		for range rapid.IntRange(0, 3).Draw(t, "exclusions") {
			from := rapid.IntRange(-10, len(slots)).Draw(t, "from")
			runs = append(runs, slo.Span{From: slo.Minute(from), To: slo.Minute(from + rapid.IntRange(0, 60).Draw(t, "length"))})
		}
		var all []slo.Annotation
		for i := range rapid.IntRange(0, 6).Draw(t, "annotations") {
			from := rapid.IntRange(-10, len(slots)).Draw(t, "from")
			to := max(1, from+rapid.IntRange(0, 90).Draw(t, "length")) // 0 would be open
			kind := rapid.SampledFrom(slo.AnnotationKinds).Draw(t, "kind")
			all = append(all, lasting(kind, fmt.Sprintf("a-%d", i), min(from, to), to))
		}
		e := b.evaluator()
		e.Exclusions, e.Annotations = leftOut(runs...), happened(b, all...)
		for range rapid.IntRange(0, 3).Draw(t, "late") { // a rewrite
			i := rapid.IntRange(0, len(slots)-1).Draw(t, "minute")
			slots[i] = drawSlot(t, 100)
			b.write(epoch.Add(time.Duration(i)*time.Minute), slots[i])
			b.now = epoch.Add(time.Duration(len(slots)) * time.Minute)
		}
		var q slo.StatementQuestion
		if rapid.Bool().Draw(t, "part") {
			q.From = b.now.Add(-time.Duration(rapid.IntRange(20, 60).Draw(t, "back")) * time.Minute)
			q.To = b.now.Add(-time.Duration(rapid.IntRange(0, 10).Draw(t, "short")) * time.Minute)
		}
		st := statementOf(t, e, b, q)
		if st.Spent == nil {
			require.Empty(t, st.Lines)
			return
		}
		var sum, waived slo.Amount
		for _, l := range st.Lines {
			sum += l.Spent
			if l.Waived != nil {
				waived += *l.Waived
			}
		}
		require.Equal(t, *st.Spent, sum, "to the digit")
		if st.Opening != nil {
			require.Equal(t, *st.Closing, *st.Opening-sum)
			require.Equal(t, *st.Closing, *st.Lines[len(st.Lines)-1].Balance)
		}
		if st.Waived != nil {
			require.Equal(t, *st.Waived, waived)
		}
		if q.From.IsZero() {
			require.InDelta(t, *st.Budget.Spent, st.Spent.Float(), 1e-6)
		}
		holdLines(t, b, slots, runs, all, length, st)
	})
}

// holdLines recomputes each line minute by minute.
func holdLines(t *rapid.T, b *bench, slots []slo.Slot, runs []slo.Span, all []slo.Annotation, length int, st slo.Statement) {
	type account struct {
		spent, waived float64
		minutes       int
	}
	want := map[string]*account{"": {}}
	for _, l := range st.Lines {
		want[l.Name] = &account{}
	}
	origin := slo.MinuteOf(epoch) + 1
	first, last := int(slo.MinuteOf(st.From)+1-origin), int(slo.MinuteOf(st.To)-origin)
	excluder := func(i int) string {
		name, begin := "", 0
		for n, r := range runs {
			start := int(r.From)
			if int(r.From) <= i && i <= int(r.To) && (name == "" || start < begin) {
				name, begin = fmt.Sprintf("x-%d", n), start
			}
		}
		return name
	}
	for i := first; i <= last; i++ {
		if name := excluder(i); name != "" {
			want[name].minutes++
			if slots[i].State != slo.Gap {
				want[name].waived += slots[i].Total - slots[i].Good
			}
			continue
		}
		owners, best := []string{""}, len(slo.AnnotationKinds)
		for _, a := range all {
			if span := a.Span(b.now); span.Contains(origin + slo.Minute(i)) {
				for rank, kind := range slo.AnnotationKinds {
					if kind == a.Kind && rank < best {
						best, owners = rank, []string{a.Name}
					} else if kind == a.Kind && rank == best {
						owners = append(owners, a.Name)
					}
				}
			}
		}
		for _, owner := range owners {
			want[owner].minutes++
			want[owner].spent += minuteSpent(b, slots, excluder, i, length) / float64(len(owners))
		}
	}
	for _, l := range st.Lines {
		require.InDelta(t, want[l.Name].spent, l.Spent.Float(), 2e-6, "%s %s", l.Kind, l.Name)
		require.Equal(t, want[l.Name].minutes, l.Minutes, "%s %s", l.Kind, l.Name)
		if l.Waived != nil {
			require.InDelta(t, want[l.Name].waived, l.Waived.Float(), 1e-6)
		}
	}
}

// minuteSpent returns what a minute spent: its bad events, or its part of what
// its slice spent.
func minuteSpent(b *bench, slots []slo.Slot, excluder func(int) string, i, length int) float64 {
	bad := func(i int) float64 {
		if i < 0 || excluder(i) != "" || slots[i].State == slo.Gap {
			return 0
		}
		return slots[i].Total - slots[i].Good
	}
	if b.slo.Method == slo.Occurrences {
		return bad(i)
	}
	origin := int(slo.MinuteOf(epoch) + 1)
	begin := (origin+i)/length*length - origin
	var good, total, spoilt float64
	counted, seen := 0, 0
	for n := begin; n < begin+length; n++ {
		if n >= 0 && excluder(n) != "" {
			continue
		}
		counted++
		if n >= 0 && slots[n].State != slo.Gap {
			seen++
			good, total, spoilt = good+slots[n].Good, total+slots[n].Total, spoilt+bad(n)
		}
	}
	if seen == 0 || float64(seen)/float64(counted) < slo.DefaultFloor || total == 0 || spoilt == 0 {
		return 0
	}
	spent := 1 - good/total
	if b.slo.Method == slo.Timeslices {
		spent = 1
		if good/total >= b.slo.Objectives[0].SliceTarget.Float() {
			spent = 0
		}
	}
	return spent * bad(i) / spoilt
}

func BenchmarkStatement(b *testing.B) {
	bench := newBench(b, "99.9", "30d")
	bench.write(epoch, even(30*slo.MinutesPerDay, 99, 100)...)
	e := bench.evaluator()
	var all []slo.Annotation
	for i := range 200 {
		all = append(all, lasting(slo.DeployAnnotation, strconv.Itoa(i), 1+i*200, 1+i*200+45))
	}
	e.Annotations = happened(bench, all...)
	for b.Loop() {
		statementOf(b, e, bench, slo.StatementQuestion{})
	}
}

func TestAmountsThatNothingHoldsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "1h")
	b.write(epoch, even(30, 0, 1e12)...)
	b.write(epoch.Add(30*time.Minute), even(30, 1e12, 1e10)...) // nearly as much more good than total
	e := b.evaluator()
	e.Annotations = happened(b, lasting(slo.IncidentAnnotation, "fire", 0, 30))
	_, err := e.Statement(t.Context(), b.slo, &b.slo.Objectives[0], slo.StatementQuestion{})
	require.ErrorContains(t, err, "more events than a statement counts")

	b = newBench(t, "99.999", "1h")
	b.write(epoch, even(60, 0, 1e-4)...)
	st := statementOf(t, b.evaluator(), b, slo.StatementQuestion{})
	require.Zero(t, *st.Opening, "less than a millionth was allowed")
	require.InDelta(t, 1e5, *st.Lines[0].Share, 1)
}
