package slo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// TestAChangeOfExclusionsLeavesNoTrace adds, changes and removes exclusions, and
// asks in between, so that there is something to remember: what is excluded is at
// every moment what it is for somebody who was never told of anything else. All
// are removed at the end, and every figure is what it was.
func TestAChangeOfExclusionsLeavesNoTrace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, _ := drawBench(t)
		e, x := b.evaluator(), &slo.Exclusions{}
		before := figures(t, e, b.slo)
		e.Exclusions = x
		all := map[string]slo.Exclusion{}
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			name := fmt.Sprint("x-", rapid.IntRange(0, 2).Draw(t, "which"))
			if _, there := all[name]; there && rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				delete(all, name)
			} else {
				all[name] = drawExclusion(t, name)
			}
			x.Replace(listed(all))
			fresh := &slo.Exclusions{}
			fresh.Replace(listed(all))
			for range rapid.IntRange(0, 3).Draw(t, "questions") {
				span := drawSpan(t)
				require.Equal(t, fresh.Mask(b.slo, span, slo.Terms{}), x.Mask(b.slo, span, slo.Terms{}))
				require.Equal(t, fresh.Occurrences(b.slo, span, slo.Terms{}), x.Occurrences(b.slo, span, slo.Terms{}))
			}
			told := e
			told.Exclusions = fresh
			require.Equal(t, figures(t, told, b.slo), figures(t, e, b.slo))
		}
		x.Replace(nil)
		require.Equal(t, before, figures(t, e, b.slo))
	})
}

// listed returns exclusions as a set is made of them.
func listed(all map[string]slo.Exclusion) (list []slo.Exclusion) {
	for _, e := range all {
		list = append(list, e)
	}
	return list
}

// drawExclusion draws one near the minutes of a drawn bench, that recurs or not,
// is in force or waits, and is of that objective or of another.
func drawExclusion(t *rapid.T, name string) slo.Exclusion {
	e := slo.Exclusion{
		Name: name, Kind: rapid.SampledFrom(slo.ExclusionKinds).Draw(t, "kind"),
		Scope:    slo.Scope{SLOs: []string{rapid.SampledFrom([]string{"drawn", "drawn", "another"}).Draw(t, "scope")}},
		Start:    epoch.Add(time.Duration(rapid.IntRange(-3*24*60, 90).Draw(t, "start")) * time.Minute),
		Length:   time.Duration(rapid.IntRange(1, 60).Draw(t, "length")) * time.Minute,
		Approval: slo.Approval{State: rapid.SampledFrom([]slo.ApprovalState{slo.Approved, slo.Approved, slo.ApprovalPending}).Draw(t, "approval")},
	}
	rule := rapid.SampledFrom([]string{"", "", "FREQ=HOURLY;COUNT=100", "FREQ=DAILY;COUNT=9"}).Draw(t, "rule")
	if rule == "" {
		return e
	}
	var err error
	e.Recurrence, err = slo.ParseRecurrence(rule, rapid.SampledFrom([]string{"UTC", "Europe/Berlin"}).Draw(t, "zone"))
	require.NoError(t, err)
	return e
}

// drawSpan draws minutes around epoch.
func drawSpan(t *rapid.T) slo.Span {
	from := slo.MinuteOf(epoch) + slo.Minute(rapid.IntRange(-4*24*60, 200).Draw(t, "from"))
	return slo.Span{From: from, To: from + slo.Minute(rapid.IntRange(0, 3*24*60).Draw(t, "minutes"))}
}
