package slo_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// drawHappenings draws exclusions, once and every hour, and annotations.
func drawHappenings(t *rapid.T, b *bench, minutes int) (*slo.Exclusions, *slo.Annotations) {
	hourly, err := slo.ParseRecurrence("FREQ=HOURLY;COUNT=4", "Asia/Kathmandu")
	require.NoError(t, err)
	var left []slo.Exclusion
	for i := range rapid.IntRange(0, 3).Draw(t, "exclusions") {
		x := slo.Exclusion{
			Name: fmt.Sprintf("x-%d", i), Scope: slo.Scope{SLOs: []string{"drawn"}}, Approval: slo.Approval{State: slo.Approved},
			Start:  epoch.Add(time.Duration(rapid.IntRange(-30, minutes).Draw(t, "start")) * time.Minute),
			Length: time.Duration(rapid.IntRange(1, 80).Draw(t, "length")) * time.Minute,
		}
		if rapid.Bool().Draw(t, "recurs") {
			x.Recurrence = hourly
		}
		left = append(left, x)
	}
	var all []slo.Annotation
	for i := range rapid.IntRange(0, 5).Draw(t, "annotations") {
		from := rapid.IntRange(-10, minutes).Draw(t, "from")
		to := max(1, from+rapid.IntRange(0, 90).Draw(t, "lasts"))
		all = append(all, lasting(rapid.SampledFrom(slo.AnnotationKinds).Draw(t, "kind"), fmt.Sprintf("a-%d", i), min(from, to), to))
	}
	x := &slo.Exclusions{}
	x.Replace(left)
	return x, happened(b, all...)
}

// TestPartsOfAStatementAreTheStatement cuts a window, rolling or of the calendar,
// into parts: each opens with what the one before closed with, and together they
// say of every interval what the whole says.
func TestPartsOfAStatementAreTheStatement(t *testing.T) {
	t.Parallel()
	day, err := slo.ParseCalendar("1d", slo.DefaultAnchor(time.FixedZone("a quarter past", 75*60)))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		if rapid.Bool().Draw(t, "calendar") {
			b.slo.Window = day
		}
		length := 1
		if b.slo.Method = rapid.SampledFrom([]slo.Budgeting{slo.Occurrences, slo.Timeslices}).Draw(t, "method"); b.slo.Method == slo.Timeslices {
			length = rapid.SampledFrom([]int{1, 5, 7}).Draw(t, "slice")
			o := &b.slo.Objectives[0]
			o.SliceLength, o.SliceTarget = time.Duration(length)*time.Minute, o.Target
		}
		e := b.evaluator()
		e.Exclusions, e.Annotations = drawHappenings(t, b, len(slots))
		whole := statementOf(t, e, b, slo.StatementQuestion{})
		if whole.Spent == nil {
			return
		}
		minutes := int(whole.To.Sub(whole.From) / time.Minute)
		var cuts []int
		for range rapid.IntRange(0, 3).Draw(t, "cuts") {
			cuts = append(cuts, rapid.IntRange(1, max(1, minutes/length-1)).Draw(t, "cut")*length)
		}
		slices.Sort(cuts)
		cuts = slices.DeleteFunc(slices.Compact(append(cuts, minutes)), func(n int) bool { return n > minutes })
		spent, waived, from := map[string]slo.Amount{}, map[string]slo.Amount{}, 0
		balance := whole.Opening
		for _, to := range cuts {
			part := statementOf(t, e, b, slo.StatementQuestion{
				From: whole.From.Add(time.Duration(from) * time.Minute), To: whole.From.Add(time.Duration(to) * time.Minute),
			})
			require.Equal(t, whole.Budget, part.Budget)
			require.Equal(t, balance, part.Opening, "opens with what the part before closed with")
			for _, l := range part.Lines {
				spent[l.Name] += l.Spent
				if l.Waived != nil {
					waived[l.Name] += *l.Waived
				}
			}
			balance, from = part.Closing, to
		}
		require.Equal(t, whole.Closing, balance)
		for _, l := range mergedLines(whole) {
			require.InDelta(t, l.spent.Float(), spent[l.name].Float(), 1e-6*float64(len(cuts)+1), "each rounds it once, %s", l.name)
			if b.slo.Method == slo.Occurrences {
				require.Equal(t, l.waived, waived[l.name], l.name)
			}
		}
	})
}

// mergedLine is what all lines of one name say: a recurrence has several.
type mergedLine struct {
	name          string
	spent, waived slo.Amount
}

func mergedLines(st slo.Statement) (all []mergedLine) {
	for _, l := range st.Lines {
		i := slices.IndexFunc(all, func(m mergedLine) bool { return m.name == l.Name })
		if i < 0 {
			i, all = len(all), append(all, mergedLine{name: l.Name})
		}
		all[i].spent += l.Spent
		if l.Waived != nil {
			all[i].waived += *l.Waived
		}
	}
	return all
}

// TestAGroupIsStatedAsIfItWereTheWhole measures the same minutes as a group of
// something else.
func TestAGroupIsStatedAsIfItWereTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		e := b.evaluator()
		e.Exclusions, e.Annotations = drawHappenings(t, b, len(slots))
		want := statementOf(t, e, b, slo.StatementQuestion{})
		g := slo.GroupOf(map[string]string{"zone": "a"})
		b.meter.Write(b.key(g), slo.MinuteOf(epoch)+1, slots...)
		b.write(epoch, even(len(slots), 1, 2)...)
		got := statementOf(t, e, b, slo.StatementQuestion{Question: slo.Question{Group: g}})
		require.Equal(t, want.Spent, got.Spent)
		if slots[0].State == slo.Gap {
			return // a group begins with its first measured minute: nothing is missing before
		}
		require.Equal(t, want.Lines, got.Lines)
		require.Equal(t, want.Opening, got.Opening)
		require.Equal(t, want.Waived, got.Waived)
	})
}
