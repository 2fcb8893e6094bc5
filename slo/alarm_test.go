package slo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
)

// fastBurn is a condition over ten minutes and two.
func fastBurn() slo.AlertCondition {
	return slo.AlertCondition{Severity: slo.Page, Op: slo.GreaterOrEqual, Threshold: 5, Lookback: 10 * time.Minute, Short: 2 * time.Minute}
}

func TestAConditionIsJudgedByItsWindows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  func(b *bench, c *slo.AlertCondition, e *slo.Evaluator)
		verdict slo.Verdict
		reason  string
	}{
		"both windows burn": {nil, slo.Holds, "burn rate 10 and 10"},
		"the short one recovered": {func(b *bench, _ *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch.Add(58*time.Minute), even(2, 100, 100)...)
		}, slo.HoldsNot, "burn rate 8 and 0"},
		"one window alone": {func(b *bench, c *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch.Add(58*time.Minute), even(2, 100, 100)...)
			c.Short = 0
		}, slo.Holds, "burn rate 8"},
		"below and not above": {func(_ *bench, c *slo.AlertCondition, _ *slo.Evaluator) { c.Op = slo.Less }, slo.HoldsNot, "burn rate 10 and 10"},
		"too few events":      {func(_ *bench, c *slo.AlertCondition, _ *slo.Evaluator) { c.MinEvents = 1001 }, slo.HoldsNot, "1000 events are fewer than the 1001 that are needed"},
		"enough events":       {func(_ *bench, c *slo.AlertCondition, _ *slo.Evaluator) { c.MinEvents = 1000 }, slo.Holds, "burn rate 10 and 10"},
		"no traffic of late": {func(b *bench, _ *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch.Add(58*time.Minute), even(2, 0, 0)...)
		}, slo.Idle, "burn rate 10, and nothing happened in the short window"},
		"no traffic of late, and little burnt before": {func(b *bench, c *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch.Add(58*time.Minute), even(2, 0, 0)...)
			c.Threshold = 11
		}, slo.HoldsNot, "burn rate 10"},
		"no traffic of late, and too little before": {func(b *bench, c *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch.Add(58*time.Minute), even(2, 0, 0)...)
			c.MinEvents = 1000
		}, slo.HoldsNot, "800 events are fewer than the 1000 that are needed"},
		"no traffic at all": {func(b *bench, _ *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch, even(60, 0, 0)...)
		}, slo.HoldsNot, "nothing happened in the long window"},
		"too little seen": {func(b *bench, _ *slo.AlertCondition, _ *slo.Evaluator) {
			b.write(epoch.Add(58*time.Minute), slo.Slot{}, slo.Slot{})
		}, slo.Unknown, "80 % of the long window are measured, below the floor of 90 %"},
		"excluded": {func(_ *bench, _ *slo.AlertCondition, e *slo.Evaluator) {
			e.Exclusions = leftOut(slo.Span{From: 50, To: 60})
		}, slo.HoldsNot, "every minute of a window is excluded"},
		"stale": {func(b *bench, _ *slo.AlertCondition, e *slo.Evaluator) {
			e.Now = func() time.Time { return b.now.Add(time.Hour) }
		}, slo.Unknown, "stale: the newest settled minute ended at 2026-01-01T01:00:00Z, 1 h ago"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "99", "1h")
			b.write(epoch, even(60, 90, 100)...)
			c, e := fastBurn(), b.evaluator()
			if tc.change != nil {
				tc.change(b, &c, &e)
			}
			j, err := e.Judge(t.Context(), b.slo, &b.slo.Objectives[0], c, slo.Question{})
			require.NoError(t, err)
			require.Equal(t, tc.verdict, j.Verdict)
			require.Equal(t, tc.reason, j.Reason)
		})
	}
}

func TestTheAgeOfFiguresIsSaidAsPeopleSayIt(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{
		80*time.Hour + 32*time.Second: "3 d 8 h", 30 * 24 * time.Hour: "30 d", 12*time.Minute + 5*time.Second: "12 min",
		9*time.Minute + 59*time.Second: "9 min 59 s", 72 * time.Hour: "3 d", 3*24*time.Hour + 59*time.Minute: "3 d",
	} {
		b := newBench(t, "99", "1h")
		b.write(epoch, even(60, 90, 100)...)
		e := b.evaluator()
		e.Now = func() time.Time { return b.now.Add(age) }
		got, err := e.Budget(t.Context(), b.slo, &b.slo.Objectives[0], slo.Question{})
		require.NoError(t, err)
		require.Contains(t, got.Warnings, "stale: the newest settled minute ended at 2026-01-01T01:00:00Z, "+want+" ago")
	}
}

func TestAnAlarmGoesThroughItsPhases(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after    time.Duration
		verdicts string // h holds, n holds not, u unknown, q idle
		want     string // i inactive, p pending, f firing, capital: frozen
	}{
		"fires at once":                            {0, "nhhn", "iffi"},
		"waits":                                    {2 * time.Minute, "nhhhhn", "ippffi"},
		"is forgotten while it waits":              {2 * time.Minute, "hhnhhh", "ppippf"},
		"goes on firing while nobody can tell":     {0, "huuun", "fFFFi"},
		"does not fire while nobody can tell":      {0, "nuuuh", "iIIIf"},
		"waits longer for minutes nobody can tell": {2 * time.Minute, "huuhhn", "pPPpfi"},
		"goes on firing while nothing happens":     {0, "hqqqn", "ffffi"},
		"does not fire while nothing happens":      {0, "nqqqh", "iiiif"},
		"waits longer for minutes of nothing":      {2 * time.Minute, "hqqhhn", "ppppfi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a slo.Alarm
			var got []byte
			for i, v := range tc.verdicts {
				verdict := map[rune]slo.Verdict{'h': slo.Holds, 'n': slo.HoldsNot, 'u': slo.Unknown, 'q': slo.Idle}[v]
				a = a.Step(slo.AlertCondition{After: tc.after}, slo.Judgement{Minute: slo.Minute(i), Verdict: verdict})
				phase := "ipf"[a.Phase]
				if a.Frozen {
					phase -= 'a' - 'A'
				}
				got = append(got, phase)
			}
			require.Equal(t, tc.want, string(got))
		})
	}
}

// TestAReplayIsWhatHappensMinuteByMinute judges each minute as the live engine
// does and compares.
func TestAReplayIsWhatHappensMinuteByMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, slots := drawBench(t)
		o := &b.slo.Objectives[0]
		b.slo.Method = rapid.SampledFrom([]slo.Budgeting{slo.Occurrences, slo.Timeslices}).Draw(t, "method")
		if b.slo.Method != slo.Occurrences {
			o.SliceLength, o.SliceTarget = time.Duration(rapid.IntRange(1, 5).Draw(t, "slice"))*time.Minute, o.Target
		}
		minutes := func(low, high int, name string) time.Duration {
			return time.Duration(rapid.IntRange(low, high).Draw(t, name)) * time.Minute
		}
		p := slo.AlertPolicy{WhenBreaching: true, Condition: slo.AlertCondition{
			Op:        rapid.SampledFrom([]slo.Op{slo.GreaterOrEqual, slo.Greater, slo.Less, slo.LessOrEqual}).Draw(t, "op"),
			Threshold: rapid.SampledFrom([]float64{0, 0.5, 1, 2, 10}).Draw(t, "threshold"),
			Lookback:  minutes(1, 30, "lookback"), Short: minutes(0, 5, "short"), After: minutes(0, 4, "after"),
			MinEvents: float64(rapid.IntRange(0, 2000).Draw(t, "events")),
		}}
		e := b.evaluator()
		from := rapid.IntRange(0, len(slots)).Draw(t, "excluded")
		e.Exclusions = leftOut(slo.Span{From: slo.Minute(from), To: slo.Minute(from + 7)})

		first := len(slots) - 50
		got, err := e.Replay(b.context(), b.slo, o, p, epoch.Add(time.Duration(first)*time.Minute), b.now)
		require.NoError(t, err)

		var a slo.Alarm
		var want []slo.FiringTime
		frozen := 0
		for m := first - int(p.Condition.After/time.Minute); m < len(slots); m++ {
			at := epoch.Add(time.Duration(m+1) * time.Minute)
			j, err := e.Judge(b.context(), b.slo, o, p.Condition, slo.Question{AsOf: at})
			require.NoError(t, err)
			was := a
			if a = a.Step(p.Condition, j); m < first {
				continue
			}
			if a.Frozen {
				frozen++
			}
			if a.Phase == slo.Firing && (was.Phase != slo.Firing || len(want) == 0) {
				want = append(want, slo.FiringTime{From: at})
			}
			if was.Phase == slo.Firing && a.Phase != slo.Firing && len(want) > 0 {
				want[len(want)-1].To = at
			}
			if a.Phase == slo.Firing && j.Long != nil {
				f := &want[len(want)-1]
				f.PeakBurn = max(f.PeakBurn, *j.Long)
			}
		}
		require.Equal(t, frozen, got.FrozenMinutes)
		require.Len(t, got.Firings, len(want))
		for i, f := range got.Firings {
			require.Equal(t, want[i].From, f.From)
			require.Equal(t, want[i].To, f.To)
			require.InDelta(t, want[i].PeakBurn, f.PeakBurn, 1e-9)
		}
	})
}

func TestAReplayTellsWhatWasSpentWhileItFired(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99", "2h")
	b.write(epoch, even(60, 100, 100)...)
	b.write(epoch.Add(60*time.Minute), even(20, 80, 100)...)
	b.write(epoch.Add(80*time.Minute), even(40, 100, 100)...)
	r, err := b.evaluator().Replay(t.Context(), b.slo, &b.slo.Objectives[0], slo.AlertPolicy{WhenBreaching: true, Condition: fastBurn()}, epoch, b.now)
	require.NoError(t, err)
	require.Equal(t, []slo.FiringTime{{From: epoch.Add(63 * time.Minute), To: epoch.Add(82 * time.Minute), PeakBurn: 20, Spent: 18 * 20}}, r.Firings)
	require.Equal(t, 8, r.FrozenMinutes, "until nine of ten minutes are there")

	r, err = b.evaluator().Replay(t.Context(), b.slo, &b.slo.Objectives[0], slo.AlertPolicy{WhenNoData: true, Condition: fastBurn()}, epoch, b.now)
	require.NoError(t, err)
	require.Empty(t, r.Firings, "it does not tell of a budget that burns")
	require.Equal(t, 8, r.FrozenMinutes)
}

func TestTheWorkbooksPairsArePolicies(t *testing.T) {
	t.Parallel()
	b := newBench(t, "99.9", "30d")
	b.now = epoch
	all, err := b.evaluator().WorkbookPolicies(b.slo, &b.slo.Objectives[0])
	require.NoError(t, err)
	texts := map[string]string{}
	for _, p := range all {
		texts[p.Name] = p.Condition.Text()
	}
	require.Equal(t, map[string]string{
		"workbook-page-1h": "burn rate at least 14.4 over 1h and over 5m", "workbook-page-6h": "burn rate at least 6 over 6h and over 30m",
		"workbook-ticket-24h": "burn rate at least 3 over 24h and over 2h", "workbook-ticket-72h": "burn rate at least 1 over 72h and over 6h",
	}, texts)
}

func BenchmarkReplay(b *testing.B) {
	bench := newBench(b, "99.9", "30d")
	bench.write(epoch, even(33*slo.MinutesPerDay, 99, 100)...)
	e := bench.evaluator()
	all, err := e.WorkbookPolicies(bench.slo, &bench.slo.Objectives[0])
	require.NoError(b, err)
	for b.Loop() {
		for _, p := range all {
			_, err := e.Replay(b.Context(), bench.slo, &bench.slo.Objectives[0], p, bench.now.Add(-30*24*time.Hour), bench.now)
			require.NoError(b, err)
		}
	}
}
