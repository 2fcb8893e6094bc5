package alert_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
)

var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// script judges by what a test wrote: one letter for each minute since epoch, h
// for holds, n for holds not, u for unknown, q for idle.
type script struct {
	verdicts string
	err      error
}

func (s *script) Judge(_ context.Context, _ *slo.SLO, _ *slo.Objective, _ slo.AlertCondition, q slo.Question) (slo.Judgement, error) {
	i := len(s.verdicts) - 1
	if !q.AsOf.IsZero() {
		i = int(slo.MinuteOf(q.AsOf) - slo.MinuteOf(epoch) - 1)
	}
	j := slo.Judgement{Minute: slo.MinuteOf(epoch) + 1 + slo.Minute(i), Reason: "written"}
	if i >= 0 {
		j.Verdict = map[byte]slo.Verdict{'h': slo.Holds, 'n': slo.HoldsNot, 'u': slo.Unknown, 'q': slo.Idle}[s.verdicts[i]]
		if j.Verdict != slo.Unknown {
			j.Long = new(20.0)
		}
	}
	return j, s.err
}

// memory is a store that can be told to fail.
type memory struct {
	episodes map[string]alert.Episode
	writes   int
	err      error
}

func (m *memory) Episodes(_ context.Context, since time.Time) (all []alert.Episode, err error) {
	for _, e := range m.episodes {
		if e.Open() || e.ResolvedAt.After(since) {
			all = append(all, e)
		}
	}
	return all, m.err
}

func (m *memory) SaveEpisodes(_ context.Context, all []alert.Episode) error {
	if m.err != nil {
		return m.err
	}
	m.writes++
	for _, e := range all {
		m.episodes[e.ID()] = e
	}
	return nil
}

// fixture is an engine over one SLO with one policy.
type fixture struct {
	*alert.Engine
	judge *script
	store *memory
	slos  []*slo.SLO
}

func newFixture(change func(*slo.AlertPolicy)) *fixture {
	p := slo.AlertPolicy{
		Name: "page", WhenBreaching: true, WhenResolved: true, Labels: map[string][]string{"team": {"web", "db"}},
		Condition: slo.AlertCondition{Severity: "page", Op: slo.GreaterOrEqual, Threshold: 14.4, Lookback: time.Hour},
		Targets:   []slo.NotificationTarget{{Name: "n", Target: "am"}},
	}
	if change != nil {
		change(&p)
	}
	f := &fixture{judge: &script{}, store: &memory{episodes: map[string]alert.Episode{}}}
	f.slos = []*slo.SLO{{Name: "api", Service: "shop", Objectives: []slo.Objective{{Name: "o"}}, AlertPolicies: []slo.AlertPolicy{p}}}
	f.restart()
	return f
}

// restart makes a new engine over the same store, as a restart or another
// replica does.
func (f *fixture) restart() {
	f.Engine = alert.New(alert.Options{
		SLOs: func() []*slo.SLO { return f.slos }, Judge: f.judge, Store: f.store, Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return epoch.Add(time.Duration(len(f.judge.verdicts)) * time.Minute) },
	})
}

// after steps once, when what is written was settled.
func (f *fixture) after(t require.TestingT, verdicts string) {
	f.judge.verdicts = verdicts
	require.NoError(t, f.Step(context.Background(), nil))
}

// times lists the episodes as minutes since epoch.
func (f *fixture) times(t require.TestingT) (all [][2]int) {
	for _, e := range f.store.episodes {
		to := -1
		if !e.Open() {
			to = int(e.ResolvedAt.Sub(epoch) / time.Minute)
		}
		all = append(all, [2]int{int(e.FiredAt.Sub(epoch) / time.Minute), to})
	}
	return all
}

func TestAnEpisodeCarriesWhatIsToBeSaid(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "nnh")
	require.Equal(t, map[string]alert.Episode{"api/o/page/1767225780": {
		Key: alert.Key{SLO: "api", Objective: "o", Policy: "page"}, FiredAt: epoch.Add(3 * time.Minute), Reason: "written", Burn: new(20.0),
		Service: "shop", Severity: "page", Condition: "burn rate at least 14.4 over 1h", Labels: map[string]string{"team": "web"}, Targets: []string{"am"}, TellEnd: true,
	}}, f.store.episodes)
	f.after(t, "nnhh")
	require.Equal(t, 1, f.store.writes, "nothing new is not written")
	f.after(t, "nnhhn")
	require.Equal(t, [][2]int{{3, 5}}, f.times(t))
}

func TestMinutesThatWereMissedAreJudgedEach(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "n")
	f.after(t, "nhhnn")
	require.Equal(t, [][2]int{{2, 4}}, f.times(t))
}

func TestARestartGoesOnWithWhatIsOpen(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "nh")
	f.restart()
	f.after(t, "nhhh")
	require.Equal(t, [][2]int{{2, -1}}, f.times(t), "it is the same episode")
	f.restart()
	f.after(t, "nhhhn")
	require.Equal(t, [][2]int{{2, 5}}, f.times(t))
}

func TestWhatFiresAtTheFirstLookFiresNow(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "hhnhh")
	require.Equal(t, [][2]int{{5, -1}}, f.times(t), "what was before is past")
}

func TestWhatIsPendingSurvivesARestart(t *testing.T) {
	t.Parallel()
	f := newFixture(func(p *slo.AlertPolicy) { p.Condition.After = 3 * time.Minute })
	f.after(t, "nhh")
	require.Len(t, f.Standings(), 1)
	require.Equal(t, slo.Pending, f.Standings()[0].Alarm.Phase)
	f.restart()
	f.after(t, "nhhhh")
	require.Equal(t, [][2]int{{5, -1}}, f.times(t))
}

func TestAStoreThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "n")
	f.judge.verdicts, f.store.err = "nh", errors.New("disk full")
	require.ErrorContains(t, f.Step(t.Context(), nil), "disk full")
	require.Empty(t, f.Standings(), "nobody sees what is not durable")
	f.store.err = nil
	f.after(t, "nhh")
	require.Equal(t, [][2]int{{2, -1}}, f.times(t), "it fired when it did")
}

func TestWhatCannotBeJudgedIsJudgedLater(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "nh")
	f.judge.err = errors.New("the ledger is busy")
	f.after(t, "nhn")
	require.Equal(t, [][2]int{{2, -1}}, f.times(t))
	f.judge.err = nil
	f.after(t, "nhnn")
	require.Equal(t, [][2]int{{2, 3}}, f.times(t))
}

func TestAFrozenAlarmNeitherFiresNorEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "nhuu")
	require.Empty(t, f.times(t), "at the first look, nobody can tell")
	f.after(t, "nhuuh")
	f.after(t, "nhuuhuu")
	require.Equal(t, [][2]int{{5, -1}}, f.times(t))
	require.True(t, f.Standings()[0].Alarm.Frozen)
}

func TestAnExclusionEndsWhatItMakesUntrue(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "n")
	f.after(t, "nhh")
	f.after(t, "nhn") // the same minute, judged anew
	require.Equal(t, [][2]int{{2, 3}}, f.times(t))
}

func TestWhatIsSettledMayGoBack(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "n")
	f.after(t, "nnh")
	f.after(t, "nn") // the last minute is read again, and the one before it is good
	require.Equal(t, [][2]int{{3, 3}}, f.times(t), "nothing ends before it begins")
	f.after(t, "nnn")
	require.Equal(t, [][2]int{{3, 3}}, f.times(t))
}

func TestAPolicyThatIsGoneEndsItsEpisode(t *testing.T) {
	t.Parallel()
	f := newFixture(nil)
	f.after(t, "nh")
	f.slos = nil
	require.NoError(t, f.Step(t.Context(), func(*slo.SLO) bool { return false }))
	require.Equal(t, [][2]int{{2, -1}}, f.times(t), "a pass over some cannot tell")
	require.NoError(t, f.Step(t.Context(), nil))
	require.Equal(t, [][2]int{{2, 2}}, f.times(t))
	for _, e := range f.store.episodes {
		require.Contains(t, e.Reason, "no longer defined")
	}
}

func TestAPolicyCanTellThatNobodyCanTell(t *testing.T) {
	t.Parallel()
	f := newFixture(func(p *slo.AlertPolicy) { p.WhenNoData, p.WhenBreaching = true, false })
	f.after(t, "n")
	f.after(t, "nuuuuuuuuuu")
	require.Empty(t, f.store.episodes)
	f.after(t, "nuuuuuuuuuuu")
	require.Equal(t, [][2]int{{12, -1}}, f.times(t), "ten minutes after the first")
	f.after(t, "nuuuuuuuuuuuh")
	require.Equal(t, [][2]int{{12, 13}}, f.times(t))
}

func TestWhatIsNotReadYetIsNotMissing(t *testing.T) {
	t.Parallel()
	f := newFixture(func(p *slo.AlertPolicy) { p.WhenNoData = true })
	f.after(t, strings.Repeat("u", 60)) // the history of a new indicator
	require.Empty(t, f.store.episodes)
	f.after(t, strings.Repeat("u", 69))
	require.Empty(t, f.store.episodes)
	f.after(t, strings.Repeat("u", 70))
	require.Equal(t, [][2]int{{70, -1}}, f.times(t), "ten minutes after the first look")
}

// TestTheEngineIsTheReplay runs drawn lives, with restarts and pauses, and
// compares the episodes with stepping an alarm minute by minute.
func TestTheEngineIsTheReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		after := rapid.IntRange(0, 4).Draw(t, "after")
		f := newFixture(func(p *slo.AlertPolicy) { p.Condition.After = time.Duration(after) * time.Minute })
		verdicts := "n" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"h", "h", "n", "u", "q"}), 1, 60).Draw(t, "verdicts"), "")
		for at := 1; at <= len(verdicts); at += rapid.IntRange(1, 9).Draw(t, "pause") {
			f.after(t, verdicts[:at])
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 && len(f.Standings()) == 0 {
				f.restart()
				f.after(t, verdicts[:at]) // what fires while it is away, it sees when it is back
			}
		}
		f.after(t, verdicts)

		want := map[int]int{}
		var a slo.Alarm
		began := 0
		for i := range verdicts {
			was := a.Phase
			verdict := map[byte]slo.Verdict{'h': slo.Holds, 'n': slo.HoldsNot, 'u': slo.Unknown, 'q': slo.Idle}[verdicts[i]]
			a = a.Step(slo.AlertCondition{After: time.Duration(after) * time.Minute}, slo.Judgement{Minute: slo.Minute(i), Verdict: verdict})
			switch {
			case was != slo.Firing && a.Phase == slo.Firing:
				began = i + 1
				want[began] = -1
			case was == slo.Firing && a.Phase != slo.Firing:
				want[began] = i + 1
			}
		}
		got := map[int]int{}
		for _, e := range f.times(t) {
			got[e[0]] = e[1]
		}
		require.Equal(t, want, got)
	})
}
