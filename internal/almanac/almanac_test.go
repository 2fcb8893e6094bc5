package almanac

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// start is when the tests begin.
var start = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// world is an almanac over a real database, with a clock that is set.
type world struct {
	*Almanac
	now  time.Time
	disk *store.Store // nil for one in memory
	told [][]slo.Scope
	fail error // of the next write
}

// failing fails a write when it is told to.
type failing struct {
	Store
	w *world
}

func (f failing) ReplaceObject(ctx context.Context, was []byte, o store.Object, c store.Change) error {
	if err := f.w.fail; err != nil {
		return err
	}
	return f.Store.ReplaceObject(ctx, was, o, c)
}

func newWorld(t testing.TB, dir string) *world {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return worldOver(t, s)
}

func worldOver(t testing.TB, s Store) *world {
	t.Helper()
	w := &world{now: start}
	w.disk, _ = s.(*store.Store)
	w.Almanac = New(Options{
		Store: failing{s, w}, Now: func() time.Time { return w.now }, Exclusions: &slo.Exclusions{},
		Annotations: &slo.Annotations{Now: func() time.Time { return w.now }},
		Known: func(c slo.Scope) error {
			for _, name := range c.SLOs {
				if name != "api" && name != "web" {
					return fault.Invalidf("there is no SLO %q", name)
				}
			}
			return nil
		},
		Changed: func(scopes []slo.Scope) { w.told = append(w.told, scopes) },
	})
	require.NoError(t, w.Load(t.Context()))
	return w
}

// draft is a good draft, an hour ahead.
func draft(change func(*ExclusionDraft)) ExclusionDraft {
	d := ExclusionDraft{
		Title: "Database move", Reason: "announced on the status page", Kind: slo.MaintenanceExclusion,
		Scope: slo.Scope{SLOs: []string{"api"}}, Start: start.Add(time.Hour), Length: 2 * time.Hour, By: "Ada Lovelace",
	}
	if change != nil {
		change(&d)
	}
	return d
}

// back makes a draft reach back.
func back(d *ExclusionDraft) { d.Start = start.Add(-time.Hour) }

// edit makes a draft change the exclusion of that name.
func edit(name string, change func(*ExclusionDraft)) ExclusionDraft {
	return draft(func(d *ExclusionDraft) {
		d.Change, d.Name = true, name
		change(d)
	})
}

// save saves a draft that is good.
func (w *world) save(t testing.TB, d ExclusionDraft) slo.Exclusion {
	t.Helper()
	x, err := w.SaveExclusion(t.Context(), d)
	require.NoError(t, err)
	return x
}

// approveIt lets somebody else approve.
func (w *world) approveIt(t testing.TB, name string) {
	t.Helper()
	_, err := w.DecideExclusion(t.Context(), Decision{Name: name, Approve: true, By: "Grace Hopper"})
	require.NoError(t, err)
}

func (w *world) entries(t testing.TB) []store.Change {
	t.Helper()
	all, err := w.disk.Audit(t.Context(), "", "", math.MaxInt64, 100)
	require.NoError(t, err)
	return all
}

func TestWhatIsAnnouncedIsInForceAtOnce(t *testing.T) {
	w := newWorld(t, t.TempDir())
	x := w.save(t, draft(nil))
	require.Equal(t, slo.ApprovalNotNeeded, x.Approval.State)
	require.Equal(t, "database-move", x.Name)
	require.False(t, x.Retroactive())
	require.Equal(t, [][]slo.Scope{{{SLOs: []string{"api"}}}}, w.told)
	got, ok := w.Exclusions.ByName("database-move")
	require.True(t, ok)
	require.Equal(t, x, got)
	e := w.entries(t)
	require.Len(t, e, 1)
	require.Equal(t, store.Change{
		ID: 1, At: start, Actor: "Ada Lovelace", Action: "CREATED", Kind: KindExclusion, Name: "database-move",
		Summary: "“Database move”: 2h from 2026-03-10 13:00:00 UTC, once, of SLO api. Reason: announced on the status page",
	}, e[0])
}

func TestWhatReachesBackWaitsForSomebodyElse(t *testing.T) {
	w := newWorld(t, t.TempDir())
	x := w.save(t, draft(back))
	require.Equal(t, slo.ApprovalPending, x.Approval.State)
	require.True(t, x.Retroactive())
	require.False(t, x.InForce())
	for _, by := range []string{"Ada Lovelace", "  ada   LOVELACE "} {
		_, err := w.DecideExclusion(t.Context(), Decision{Name: x.Name, Approve: true, By: by})
		require.Equal(t, fault.Forbidden, fault.KindOf(err), by)
		require.Equal(t, "by", fault.FieldOf(err))
	}
	_, err := w.DecideExclusion(t.Context(), Decision{Name: x.Name, Approve: true, By: " \t"})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.Equal(t, "by", fault.FieldOf(err))

	w.now = start.Add(time.Minute)
	x, err = w.DecideExclusion(t.Context(), Decision{Name: x.Name, Approve: true, By: " Grace Hopper ", Note: " seen the ticket "})
	require.NoError(t, err)
	require.Equal(t, slo.Approval{State: slo.Approved, By: "Grace Hopper", At: w.now, Note: "seen the ticket"}, x.Approval)
	require.True(t, x.InForce())
	_, err = w.DecideExclusion(t.Context(), Decision{Name: x.Name, Approve: false, By: "Alan Turing"})
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "approved by Grace Hopper")
	_, err = w.DecideExclusion(t.Context(), Decision{Name: "another", Approve: true, By: "Alan Turing"})
	require.Equal(t, fault.NotFound, fault.KindOf(err))
	require.Equal(t, "APPROVED", w.entries(t)[0].Action)
	require.Contains(t, w.entries(t)[0].Summary, "Note: seen the ticket")
}

func TestOnlyWhatWasLookedAtIsApproved(t *testing.T) {
	w := newWorld(t, t.TempDir())
	seen := w.save(t, draft(back))
	w.now = start.Add(time.Second)
	longer := w.save(t, edit(seen.Name, func(d *ExclusionDraft) { back(d); d.Length = 30 * 24 * time.Hour }))
	_, err := w.DecideExclusion(t.Context(), Decision{Name: seen.Name, Approve: true, By: "Grace", CreatedAt: seen.CreatedAt})
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "look at it again")
	_, err = w.DecideExclusion(t.Context(), Decision{Name: seen.Name, Approve: true, By: "Grace", CreatedAt: longer.CreatedAt})
	require.NoError(t, err)
}

func TestARejectedExclusionCanBeAskedForAgain(t *testing.T) {
	w := newWorld(t, t.TempDir())
	x := w.save(t, draft(back))
	_, err := w.DecideExclusion(t.Context(), Decision{Name: x.Name, Approve: false, By: "Grace Hopper", Note: "no ticket"})
	require.NoError(t, err)
	require.False(t, w.Exclusions.All()[0].InForce())
	again := w.save(t, edit(x.Name, func(d *ExclusionDraft) { back(d); d.Reason, d.By = "ticket 17", "Alan Turing" }))
	require.Equal(t, slo.Approval{State: slo.ApprovalPending}, again.Approval)
	require.Equal(t, "Ada Lovelace", again.Author, "she chose the time, he did not")
}

// later is what happens to an exclusion that is in force since it was announced
// or approved.
func TestAChangeNeedsAnApprovalIfThePastMoves(t *testing.T) {
	weekly := func(d *ExclusionDraft) { d.Rule, d.Zone = "FREQ=WEEKLY", "UTC" }
	for name, c := range map[string]struct {
		first  func(*ExclusionDraft) // a draft of the start
		after  time.Duration
		change func(*ExclusionDraft)
		want   slo.ApprovalState
		author string
	}{
		"another reason, before it begins":             {nil, 0, func(d *ExclusionDraft) { d.Reason = "another" }, slo.ApprovalNotNeeded, "Ada Lovelace"},
		"another time, before and ahead":               {nil, 0, func(d *ExclusionDraft) { d.Start = d.Start.Add(time.Hour) }, slo.ApprovalNotNeeded, "Bob"},
		"moved back, before it begins":                 {nil, 0, back, slo.ApprovalPending, "Bob"},
		"moved ahead, while it runs":                   {nil, 2 * time.Hour, func(d *ExclusionDraft) { d.Start = start.Add(5 * time.Hour) }, slo.ApprovalPending, "Bob"},
		"longer, while it runs":                        {nil, 2 * time.Hour, func(d *ExclusionDraft) { d.Length = 4 * time.Hour }, slo.ApprovalNotNeeded, "Bob"},
		"shorter but past now, while it runs":          {nil, 90 * time.Minute, func(d *ExclusionDraft) { d.Length = time.Hour }, slo.ApprovalNotNeeded, "Bob"},
		"ended before now, while it runs":              {nil, 2 * time.Hour, func(d *ExclusionDraft) { d.Length = time.Minute }, slo.ApprovalPending, "Bob"},
		"longer, after it ended":                       {nil, 9 * time.Hour, func(d *ExclusionDraft) { d.Length = 3 * time.Hour }, slo.ApprovalPending, "Bob"},
		"another title, after it ended":                {nil, 9 * time.Hour, func(d *ExclusionDraft) { d.Title = "other" }, slo.ApprovalNotNeeded, "Ada Lovelace"},
		"another SLO, after it ended":                  {nil, 9 * time.Hour, func(d *ExclusionDraft) { d.Scope.SLOs = []string{"web"} }, slo.ApprovalPending, "Bob"},
		"another kind, after it ended":                 {nil, 9 * time.Hour, func(d *ExclusionDraft) { d.Kind = slo.OtherExclusion }, slo.ApprovalPending, "Bob"},
		"another SLO, before it begins":                {nil, 0, func(d *ExclusionDraft) { d.Scope.SLOs = []string{"web"} }, slo.ApprovalNotNeeded, "Bob"},
		"another reason for an approved one":           {back, time.Hour, func(d *ExclusionDraft) { back(d); d.Reason = "another" }, slo.Approved, "Ada Lovelace"},
		"an approved one that is longer in the past":   {back, 9 * time.Hour, func(d *ExclusionDraft) { back(d); d.Length = 3 * time.Hour }, slo.ApprovalPending, "Bob"},
		"a series that ends, after it began":           {weekly, 10 * 24 * time.Hour, func(d *ExclusionDraft) { d.Rule, d.Zone = "FREQ=WEEKLY;COUNT=4", "UTC" }, slo.ApprovalNotNeeded, "Bob"},
		"a series that never had its second":           {weekly, 10 * 24 * time.Hour, func(d *ExclusionDraft) { d.Rule, d.Zone = "FREQ=WEEKLY;COUNT=1", "UTC" }, slo.ApprovalPending, "Bob"},
		"a time left out of a series that is to come":  {weekly, 10 * 24 * time.Hour, func(d *ExclusionDraft) { weekly(d); d.Except = []time.Time{d.Start.AddDate(0, 0, 14)} }, slo.ApprovalNotNeeded, "Bob"},
		"a time left out of a series that took place":  {weekly, 10 * 24 * time.Hour, func(d *ExclusionDraft) { weekly(d); d.Except = []time.Time{d.Start.AddDate(0, 0, 7)} }, slo.ApprovalPending, "Bob"},
		"once becomes a series, before the next comes": {nil, 9 * time.Hour, weekly, slo.ApprovalNotNeeded, "Bob"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir())
			x := w.save(t, draft(c.first))
			if x.Approval.State == slo.ApprovalPending {
				w.approveIt(t, x.Name)
				x = w.Exclusions.All()[0]
			}
			w.now = start.Add(c.after)
			got := w.save(t, edit(x.Name, func(d *ExclusionDraft) { c.change(d); d.By = "Bob" }))
			require.Equal(t, c.want, got.Approval.State)
			require.Equal(t, c.author, got.Author)
			if c.want == x.Approval.State && c.after > 0 {
				require.Equal(t, x.CreatedAt, got.CreatedAt, "what has begun was announced when it was")
			}
			if c.want == slo.ApprovalPending {
				require.Contains(t, w.entries(t)[0].Summary, "waits for an approval")
			}
		})
	}
}

func TestADraftIsRefusedWithTheFieldToBlame(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*ExclusionDraft)
		field  string
		kind   fault.Kind
	}{
		"no title":                      {func(d *ExclusionDraft) { d.Title = " " }, "title", fault.Invalid},
		"no reason":                     {func(d *ExclusionDraft) { d.Reason = "" }, "reason", fault.Invalid},
		"nobody":                        {func(d *ExclusionDraft) { d.By = "\n" }, "by", fault.Invalid},
		"an unknown kind":               {func(d *ExclusionDraft) { d.Kind = "HOLIDAY" }, "kind", fault.Invalid},
		"nothing in scope":              {func(d *ExclusionDraft) { d.Scope = slo.Scope{SLOs: []string{""}} }, "scope", fault.Invalid},
		"an SLO that there is not":      {func(d *ExclusionDraft) { d.Scope.SLOs = []string{"apj"} }, "scope", fault.Invalid},
		"no length":                     {func(d *ExclusionDraft) { d.Length = 0 }, "length", fault.Invalid},
		"eleven years":                  {func(d *ExclusionDraft) { d.Length = 11 * 366 * 24 * time.Hour }, "length", fault.Invalid},
		"no start":                      {func(d *ExclusionDraft) { d.Start = time.Time{} }, "start", fault.Invalid},
		"a start beyond all years":      {func(d *ExclusionDraft) { d.Start = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "start", fault.Invalid},
		"a name with a slash":           {func(d *ExclusionDraft) { d.Name = "a/b" }, "name", fault.Invalid},
		"a name that is taken":          {func(d *ExclusionDraft) { d.Name = "taken" }, "name", fault.Conflict},
		"a name of a file":              {func(d *ExclusionDraft) { d.Name = "filed" }, "name", fault.Conflict},
		"a zone without a rule":         {func(d *ExclusionDraft) { d.Zone = "UTC" }, "timeZone", fault.Invalid},
		"dates without a rule":          {func(d *ExclusionDraft) { d.Except = []time.Time{start} }, "exceptDates", fault.Invalid},
		"a rule that is none":           {func(d *ExclusionDraft) { d.Rule = "every sunday" }, "rrule", fault.Invalid},
		"a zone that is none":           {func(d *ExclusionDraft) { d.Rule, d.Zone = "FREQ=DAILY", "Mars/Olympus" }, "timeZone", fault.Invalid},
		"the machine's own zone":        {func(d *ExclusionDraft) { d.Rule, d.Zone = "FREQ=DAILY", "Local" }, "timeZone", fault.Invalid},
		"a date that no occurrence has": {func(d *ExclusionDraft) { d.Rule, d.Except = "FREQ=DAILY", []time.Time{start} }, "exceptDates", fault.Invalid},
		"a change of nothing":           {func(d *ExclusionDraft) { d.Change, d.Name = true, "never" }, "", fault.NotFound},
		"a change of a file's":          {func(d *ExclusionDraft) { d.Change, d.Name = true, "filed" }, "", fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir())
			w.Files([]slo.Exclusion{{Name: "filed", Length: time.Hour, Origin: slo.Origin{File: "x.yaml", Line: 3}}}, nil)
			w.save(t, draft(func(d *ExclusionDraft) { d.Name = "taken" }))
			_, err := w.SaveExclusion(t.Context(), draft(c.change))
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.Equal(t, c.field, fault.FieldOf(err), "%v", err)
			require.Len(t, w.Exclusions.All(), 2)
			require.Len(t, w.entries(t), 1, "what is refused leaves no trace")
		})
	}
}

func TestAChangeIsInForceOnlyOnceItIsKept(t *testing.T) {
	w := newWorld(t, t.TempDir())
	w.fail = errors.New("the disk is full")
	_, err := w.SaveExclusion(t.Context(), draft(nil))
	require.ErrorIs(t, err, w.fail)
	require.Empty(t, w.Exclusions.All())
	require.Empty(t, w.told)
}

func TestScopesStayValidWhileObjectivesComeAndGo(t *testing.T) {
	w := newWorld(t, t.TempDir())
	x := w.save(t, draft(func(d *ExclusionDraft) { d.Scope.SLOs = []string{"web", "api", "api"} }))
	require.Equal(t, []string{"api", "web"}, x.Scope.SLOs)
	w.Known = func(c slo.Scope) error {
		if len(c.SLOs) > 0 {
			return fault.Invalidf("there is no SLO %q", c.SLOs[0])
		}
		return nil
	}
	w.save(t, edit(x.Name, func(d *ExclusionDraft) { d.Scope.SLOs, d.Title = []string{"api", "web"}, "other" }))
	_, err := w.SaveExclusion(t.Context(), edit(x.Name, func(d *ExclusionDraft) { d.Scope.SLOs = []string{"api", "new"} }))
	require.Equal(t, "scope", fault.FieldOf(err))
}

func TestEverythingIsThereAgainAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	w := worldOver(t, s)
	w.save(t, draft(func(d *ExclusionDraft) {
		d.Rule, d.Zone, d.Except = "FREQ=WEEKLY;BYDAY=TU", "Europe/Vienna", []time.Time{start.Add(time.Hour).AddDate(0, 0, 7)}
	}))
	w.save(t, draft(func(d *ExclusionDraft) {
		back(d)
		d.Scope = slo.Scope{Services: []string{"shop"}, Labels: map[string]string{"a": "ä"}}
	}))
	w.approveIt(t, "database-move-2")
	_, err = w.SaveAnnotation(t.Context(), AnnotationDraft{
		Kind: slo.IncidentAnnotation, Title: "Größe: 5%", URL: "https://x.example/1?a=b", Scope: slo.Scope{SLOs: []string{"api"}}, From: start, Labels: map[string]string{"v": "1"}, By: "Ada",
	})
	require.NoError(t, err)
	exclusions, annotations := w.Exclusions.All(), w.Annotations.All()
	require.NoError(t, s.Close())

	w = newWorld(t, dir)
	require.Equal(t, exclusions, w.Exclusions.All())
	require.Equal(t, annotations, w.Annotations.All())
	require.Empty(t, w.Problems())
}

func TestNamesAreMadeOfTitles(t *testing.T) {
	for title, want := range map[string]string{
		"Database move": "database-move", "  Störung: 5 % of *everything*!": "storung-5-of-everything", "数据库": "exclusion", "---": "exclusion",
		"ﬁne": "fine", strings.Repeat("long ", 40): strings.TrimSuffix(strings.Repeat("long-", 13)[:63], "-"),
	} {
		got, err := nameFor("", title, "exclusion", func(string) bool { return false })
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Regexp(t, label, got)
	}
	taken := map[string]bool{}
	title := strings.Repeat("x", 80)
	for range 12 {
		got, err := nameFor("", title, "exclusion", func(n string) bool { return taken[n] })
		require.NoError(t, err)
		require.False(t, taken[got])
		require.Regexp(t, label, got)
		taken[got] = true
	}
	require.Contains(t, taken, strings.Repeat("x", 60)+"-12")
}

func TestARowThatCannotBeReadIsAProblemAndNothingElse(t *testing.T) {
	w := newWorld(t, t.TempDir())
	good := w.save(t, draft(nil))
	text := string(exclusionJSON(good))
	for name, definition := range map[string]string{
		"garbage": "}{", "empty": "", "newer": strings.Replace(text, `"title"`, `"only":"weekends","title"`, 1), "two": text + text,
		"length": strings.Replace(text, `"2h0m0s"`, `"soon"`, 1), "nothing": strings.Replace(text, `"2h0m0s"`, `"0s"`, 1),
		"state": strings.Replace(text, "NOT_NEEDED", "FINE", 1), "kind": strings.Replace(text, "MAINTENANCE", "HOLIDAY", 1),
		"all": strings.Replace(text, `{"slos":["api"]}`, "{}", 1), "rule": strings.Replace(text, `"author"`, `"rrule":"FREQ=NEVER","author"`, 1),
	} {
		require.NotEqual(t, text, definition, name)
		require.NoError(t, w.disk.SaveObject(t.Context(), store.Object{Kind: KindExclusion, Name: name, Definition: []byte(definition)}, store.Change{}))
	}
	require.NoError(t, w.disk.SaveObject(t.Context(), store.Object{Kind: KindAnnotation, Name: "a", Definition: []byte(`{"kind":"PARTY"}`)}, store.Change{}))
	require.NoError(t, w.Load(t.Context()))
	require.Equal(t, []slo.Exclusion{good}, w.Exclusions.All())
	require.Len(t, w.Problems(), 11)
	for _, p := range w.Problems() {
		require.Contains(t, p.Text, "cannot be read and is not in force")
	}
	require.Equal(t, fault.NotFound, fault.KindOf(w.DeleteExclusion(t.Context(), "garbage", "Ada")), "what cannot be read is left alone")
}

func TestAFileDoesNotReplaceWhatThePageMade(t *testing.T) {
	w := newWorld(t, t.TempDir())
	filed := slo.Exclusion{Name: "database-move", Scope: slo.Scope{SLOs: []string{"web"}}, Length: time.Hour, Approval: slo.Approval{State: slo.ApprovalNotNeeded}, Origin: slo.Origin{File: "x.yaml", Line: 3}}
	w.Files([]slo.Exclusion{filed}, nil)
	require.Equal(t, []slo.Exclusion{filed}, w.Exclusions.All())
	require.Equal(t, fault.Conflict, fault.KindOf(w.DeleteExclusion(t.Context(), filed.Name, "Ada")))
	x := w.save(t, draft(nil))
	require.Equal(t, "database-move-2", x.Name, "the name of the file is taken")

	filed.Name = x.Name
	w.told = nil
	w.Files([]slo.Exclusion{filed}, nil)
	require.Equal(t, []slo.Exclusion{x}, w.Exclusions.All())
	require.Len(t, w.Problems(), 1)
	require.Equal(t, `x.yaml:3:1: Exclusion "database-move-2" was made in the page, and that one stays in force: rename or remove one`, w.Problems()[0].String())
	require.Equal(t, [][]slo.Scope{{{SLOs: []string{"web"}}}}, w.told, "the one that left")
	require.NoError(t, w.DeleteExclusion(t.Context(), x.Name, "Ada"))
	require.Equal(t, []slo.Exclusion{filed}, w.Exclusions.All())
	require.Empty(t, w.Problems())
}

func TestAnotherServerFollows(t *testing.T) {
	w := newWorld(t, t.TempDir())
	other := worldOver(t, w.disk)
	x := w.save(t, draft(back))
	require.NoError(t, other.Follow(t.Context()))
	require.Equal(t, w.Exclusions.All(), other.Exclusions.All())
	require.Len(t, other.told, 1)
	require.NoError(t, other.Follow(t.Context()))
	require.Len(t, other.told, 1, "nothing changed")

	// Here it is edited while there somebody approves what it was.
	w.save(t, edit(x.Name, func(d *ExclusionDraft) { back(d); d.Length = 9 * time.Hour }))
	_, err := other.DecideExclusion(t.Context(), Decision{Name: x.Name, Approve: true, By: "Grace Hopper"})
	require.Equal(t, fault.Conflict, fault.KindOf(err), "what was approved is not what there is")
	_, err = other.SaveExclusion(t.Context(), draft(func(d *ExclusionDraft) { d.Name = "new" }))
	require.NoError(t, err)
	_, err = w.SaveExclusion(t.Context(), draft(func(d *ExclusionDraft) { d.Name = "new" }))
	require.Equal(t, fault.Conflict, fault.KindOf(err), "another server was faster")
	require.NoError(t, other.Follow(t.Context()))
	require.NoError(t, w.Follow(t.Context()))
	require.Equal(t, w.Exclusions.All(), other.Exclusions.All())
	other.approveIt(t, x.Name)
	require.NoError(t, other.DeleteExclusion(t.Context(), x.Name, "Ada"))
	require.NoError(t, w.Follow(t.Context()))
	require.Equal(t, []string{"new"}, []string{w.Exclusions.All()[0].Name})
	require.Equal(t, "DELETED", w.entries(t)[0].Action)
}

func TestAnnotationsAreKeptAndChanged(t *testing.T) {
	w := newWorld(t, t.TempDir())
	good := AnnotationDraft{Kind: slo.IncidentAnnotation, Title: "Outage", Scope: slo.Scope{SLOs: []string{"api"}}, From: start, By: "Ada"}
	a, err := w.SaveAnnotation(t.Context(), good)
	require.NoError(t, err)
	require.Equal(t, "outage", a.Name)
	require.True(t, a.To.IsZero(), "it goes on")
	w.now = start.Add(time.Hour)
	ended := good
	ended.Change, ended.Name, ended.To, ended.By = true, a.Name, w.now, "Grace"
	b, err := w.SaveAnnotation(t.Context(), ended)
	require.NoError(t, err)
	require.Equal(t, "Ada", b.Author)
	require.Equal(t, a.CreatedAt, b.CreatedAt)
	require.Equal(t, "to: “open” → “2026-03-10 13:00:00 UTC”", w.entries(t)[0].Summary)
	require.Equal(t, "Grace", w.entries(t)[0].Actor)
	for name, c := range map[string]struct {
		change func(*AnnotationDraft)
		field  string
	}{
		"no title":             {func(d *AnnotationDraft) { d.Title = "" }, "title"},
		"nobody":               {func(d *AnnotationDraft) { d.By = "" }, "by"},
		"an unknown kind":      {func(d *AnnotationDraft) { d.Kind = "PARTY" }, "kind"},
		"nothing in scope":     {func(d *AnnotationDraft) { d.Scope = slo.Scope{} }, "scope"},
		"no such SLO":          {func(d *AnnotationDraft) { d.Scope.SLOs = []string{"apj"} }, "scope"},
		"an end at its start":  {func(d *AnnotationDraft) { d.To = d.From }, "to"},
		"no start":             {func(d *AnnotationDraft) { d.From = time.Time{} }, "from"},
		"a script":             {func(d *AnnotationDraft) { d.URL = "javascript:alert(1)" }, "url"},
		"a password":           {func(d *AnnotationDraft) { d.URL = "https://u:p@x.example/" }, "url"},
		"a relative address":   {func(d *AnnotationDraft) { d.URL = "/etc/passwd" }, "url"},
		"a name that is taken": {func(d *AnnotationDraft) { d.Name = "outage" }, "name"},
	} {
		d := good
		c.change(&d)
		_, err := w.SaveAnnotation(t.Context(), d)
		require.Equal(t, c.field, fault.FieldOf(err), "%s: %v", name, err)
	}
	require.NoError(t, w.DeleteAnnotation(t.Context(), a.Name, "Ada"))
	require.Empty(t, w.Annotations.All())
	require.Equal(t, fault.NotFound, fault.KindOf(w.DeleteAnnotation(t.Context(), a.Name, "Ada")))
}

// TestEveryFieldTellsThingsApart changes each field of an exclusion and of an
// annotation in turn: whoever adds one has to compare it.
func TestEveryFieldTellsThingsApart(t *testing.T) {
	at := func(v any, path string) reflect.Value {
		field := reflect.ValueOf(v).Elem()
		for name := range strings.SplitSeq(path, ".") {
			field = field.FieldByName(name)
		}
		return field
	}
	weekly, err := slo.ParseRecurrence("FREQ=WEEKLY", "UTC")
	require.NoError(t, err)
	paths := map[string]any{
		"Name": "x", "Title": "x", "Reason": "x", "Kind": slo.OtherExclusion, "Scope.SLOs": []string{"x"}, "Scope.Services": []string{"x"},
		"Scope.Labels": map[string]string{"a": "x"}, "Start": start, "Length": time.Hour, "Recurrence": weekly, "Author": "x", "CreatedAt": start,
		"Approval.State": slo.Approved, "Approval.By": "x", "Approval.At": start, "Approval.Note": "x", "Origin": slo.Origin{File: "x"},
	}
	require.Equal(t, 12, reflect.TypeFor[slo.Exclusion]().NumField(), "a new field has to be compared")
	for path, v := range paths {
		var x slo.Exclusion
		at(&x, path).Set(reflect.ValueOf(v))
		require.False(t, sameExclusion(x, slo.Exclusion{}), path)
		require.True(t, sameExclusion(x, x), path)
	}
	require.Equal(t, 11, reflect.TypeFor[slo.Annotation]().NumField(), "a new field has to be compared")
	for path, v := range map[string]any{
		"Name": "x", "Kind": slo.OtherAnnotation, "Title": "x", "URL": "x", "Scope.SLOs": []string{"x"}, "From": start, "To": start,
		"Labels": map[string]string{"a": "x"}, "Author": "x", "CreatedAt": start, "Origin": slo.Origin{Line: 1},
	} {
		var a slo.Annotation
		at(&a, path).Set(reflect.ValueOf(v))
		require.False(t, sameAnnotation(a, slo.Annotation{}), path)
		require.True(t, sameAnnotation(a, a), path)
	}
}

// BenchmarkDeploy tells of one more deploy where there are as many as are kept.
func BenchmarkDeploy(b *testing.B) {
	w := worldOver(b, &memory{objects: map[string]store.Object{}})
	w.annotations.page = map[string]kept[slo.Annotation]{}
	for i := range maxAnnotations - 1 {
		name := fmt.Sprintf("deploy-%06d", i)
		w.annotations.page[name] = kept[slo.Annotation]{value: slo.Annotation{
			Name: name, Kind: slo.DeployAnnotation, Scope: slo.Scope{Services: []string{"shop"}}, From: start.Add(time.Duration(i) * time.Minute), Labels: map[string]string{"version": "1"},
		}}
	}
	w.publish()
	for b.Loop() {
		_, _, err := w.UpsertAnnotation(b.Context(), "deploy-one-more", func(was slo.Annotation) (slo.Annotation, error) {
			return slo.Annotation{Kind: slo.DeployAnnotation, Scope: slo.Scope{Services: []string{"shop"}}, Author: "a", From: start.Add(time.Duration(b.N)), URL: "https://a", Title: was.Title + "x"}, nil
		})
		require.NoError(b, err)
	}
}
