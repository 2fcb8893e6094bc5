package agreement_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/slotest"
)

// september begins the history of the tests; the clock stands an hour after the end
// of October in Vienna.
var (
	september = time.Date(2026, time.September, 1, 0, 0, 0, 0, time.UTC)
	november  = time.Date(2026, time.October, 31, 23, 0, 0, 0, time.UTC)
)

// office is a book over a real database and a meter to write into.
type office struct {
	*agreement.Book
	t          *testing.T
	store      agreement.Store
	meter      *slotest.Meter
	slos       map[string]*slo.SLO
	exclusions *slo.Exclusions
	now        time.Time
	told       []string // agreements that were said to be others than before
}

func newOffice(t *testing.T) *office {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	o := &office{t: t, store: s, meter: slotest.NewMeter(), slos: map[string]*slo.SLO{}, exclusions: &slo.Exclusions{}, now: november.Add(time.Hour)}
	o.Book = o.another()
	require.NoError(t, o.Load(t.Context()))
	for _, name := range []string{"api", "web"} {
		target, err := slo.ParseTarget("0.5")
		require.NoError(t, err)
		w, err := slo.ParseRolling("28d")
		require.NoError(t, err)
		o.slos[name] = &slo.SLO{Name: name, DisplayName: "The " + name, Service: "shop", Window: w, Objectives: []slo.Objective{
			{Name: "objective-1", Target: target, Indicator: slotest.Indicator(slo.IndicatorKey(name))},
		}}
		o.measure(name, september, november.Add(time.Hour), 999, 1000)
	}
	return o
}

// another is a second book on the same database, as another replica has it.
func (o *office) another() *agreement.Book {
	return agreement.New(agreement.Options{
		Store: o.store, Now: func() time.Time { return o.now }, Find: func(name string) *slo.SLO { return o.slos[name] },
		Evaluator: slo.Evaluator{Meter: o.meter, Exclusions: o.exclusions, Now: func() time.Time { return o.now }},
		Changed: func(others []*slo.SLA) {
			for _, a := range others {
				o.told = append(o.told, fmt.Sprint(a.Name, " ", a.Target.Percent()))
			}
		},
	})
}

// measure writes the same figures into each minute.
func (o *office) measure(name string, from, to time.Time, good, total float64) {
	span := slo.SpanOf(from, to)
	slots := make([]slo.Slot, span.Len())
	for i := range slots {
		slots[i] = slo.Slot{Good: good, Total: total, State: slo.Measured}
	}
	o.meter.Write(slo.StreamKey{Indicator: slo.IndicatorKey(name)}, span.From, slots...)
	if last, ok := o.meter.Settled(slo.IndicatorKey(name)); !ok || last < span.To {
		o.meter.Settle(slo.IndicatorKey(name), span.To)
	}
}

// gold promises 99.9 % of api, by months in Vienna.
func gold(t *testing.T, streams ...slo.Promise) slo.SLA {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vienna")
	require.NoError(t, err)
	w, err := slo.ParseCalendar("1M", slo.DefaultAnchor(zone))
	require.NoError(t, err)
	target, err := slo.ParseTargetPercent("99.9")
	require.NoError(t, err)
	a := slo.SLA{
		DisplayName: "Gold support", Description: "What is promised.", Combination: slo.Worst, Target: target, Window: w, Streams: streams,
		Customers: []slo.Customer{{Name: "acme", DisplayName: "ACME", Fee: "1200.00", Currency: "EUR"}, {Name: "umbrella"}},
	}
	if streams == nil {
		a.Streams = []slo.Promise{{SLO: "api"}}
	}
	for _, pair := range [][2]string{{"99.9", "10"}, {"99", "25"}} {
		band, err := slo.ParseCredit(pair[0], pair[1])
		require.NoError(t, err)
		a.Credits = append(a.Credits, band)
	}
	return a
}

func (o *office) save(a slo.SLA) *slo.SLA {
	o.t.Helper()
	saved, err := o.Save(o.t.Context(), a, agreement.Edit{By: "Zoë"})
	require.NoError(o.t, err)
	return saved
}

func (o *office) issue(period string) (agreement.Statement, error) {
	return o.Issue(o.t.Context(), "gold-support", "acme", period, " Zoë ", "as agreed")
}

func TestAStatementIsFrozenAndCorrectedVisibly(t *testing.T) {
	o := newOffice(t)
	o.save(gold(t))
	first, err := o.issue("2026-10")
	require.NoError(t, err)
	d := first.Document
	require.Equal(t, [4]any{"99.9", 1, "Zoë", "as agreed"}, [4]any{*d.AchievedPercent, d.Revision, d.IssuedBy, d.Note})
	require.Nil(t, d.Credit)
	require.Len(t, d.Lines[0].Days, 31)
	require.InDelta(t, 31*24*60+60, *d.Total/1000, 0, "October has an hour more in Vienna")

	_, err = o.issue("2026-10")
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "nothing differs from revision 1")
	drift, err := o.Drift(t.Context(), first)
	require.NoError(t, err)
	require.Empty(t, drift)

	o.measure("api", november.Add(-24*time.Hour), november, 900, 1000) // data that came late
	drift, err = o.Drift(t.Context(), first)
	require.NoError(t, err)
	o.now = o.now.Add(time.Hour)
	second, err := o.issue("2026-10")
	require.NoError(t, err)
	require.Equal(t, drift, second.Document.Corrections)
	require.Equal(t, []agreement.Correction{
		{What: "achieved", Was: "99.9 %", Is: "99.581 %"},
		{What: "state", Was: string(d.State), Is: "BREACHED"},
		{What: "good", Was: "44655300", Is: "44512740"},
		{What: "credit", Was: "none", Is: "10 %"},
		{What: "amount due", Was: "none", Is: "120.00 EUR"},
	}, second.Document.Corrections)

	all, err := o.Statements(t.Context(), "gold-support", "", "")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, first.Statement, all[0].Statement, "the first is what it was, to the byte")
	require.Equal(t, [2]bool{false, true}, [2]bool{all[0].Latest, all[1].Latest})
	require.Equal(t, second.Document, all[1].Document)
	_, err = o.issue("2026-10")
	require.ErrorContains(t, err, "nothing differs from revision 2")

	require.NoError(t, o.Delete(t.Context(), "gold-support", "Zoë"))
	newest, err := o.Statement(t.Context(), "gold-support", "acme", "2026-10", 0)
	require.NoError(t, err, "statements stay")
	require.Equal(t, 2, newest.Revision)
	drift, err = o.Drift(t.Context(), newest)
	require.NoError(t, err)
	require.Equal(t, []agreement.Correction{{What: "agreement", Was: "Gold support", Is: "deleted"}}, drift)
	entries, err := o.store.Audit(t.Context(), "SLA", "", 100, 100)
	require.NoError(t, err)
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	require.Equal(t, []string{"DELETED", "CORRECTED", "ISSUED", "CREATED"}, actions)
	require.Contains(t, entries[1].Summary, "revision 2: 99.581 % of 99.9 %, credit 10 % 120.00 EUR")
}

// TestWhatIsCorrected changes one thing after the other about an agreement and what
// it is about.
func TestWhatIsCorrected(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*office, *slo.SLA)
		want   []string
	}{
		"nothing":        {func(*office, *slo.SLA) {}, nil},
		"another target": {func(_ *office, a *slo.SLA) { a.Target, a.Credits = a.Credits[1].Below, nil }, []string{"target", "credits", "state"}},
		"a name":         {func(_ *office, a *slo.SLA) { a.DisplayName = "Golden" }, []string{"agreement"}},
		"the customer's": {func(_ *office, a *slo.SLA) { a.Customers[0].DisplayName = "Acme Inc." }, []string{"customer"}},
		"a fee":          {func(_ *office, a *slo.SLA) { a.Customers[0].Fee = "1300.00" }, []string{"fee"}},
		"the terms":      {func(_ *office, a *slo.SLA) { a.Terms.Ignore = true }, []string{"exclusions that count", "exclusion work, 2026-10-10 02:00 +02:00 to 2026-10-10 03:00 +02:00"}},
		"an exclusion": {func(o *office, _ *slo.SLA) { o.exclusions.Replace(nil) }, []string{
			"exclusion work, 2026-10-10 02:00 +02:00 to 2026-10-10 03:00 +02:00",
		}},
		"a stream": {func(_ *office, a *slo.SLA) { a.Streams = append(a.Streams, slo.Promise{SLO: "web"}) }, []string{
			"api: achieved", "api: state", "api: good", "api: total", "api: excluded minutes", "api: coverage",
			"web: achieved", "web: state", "web: good", "web: total", "web: excluded minutes", "web: coverage",
			"exclusion work, 2026-10-10 02:00 +02:00 to 2026-10-10 03:00 +02:00",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.exclusions.Replace([]slo.Exclusion{{
				Name: "work", Title: "Move", Kind: slo.MaintenanceExclusion, Scope: slo.Scope{Services: []string{"shop"}}, Length: time.Hour,
				Start: time.Date(2026, 10, 10, 0, 0, 0, 0, time.UTC), Approval: slo.Approval{State: slo.Approved, By: "Ann"}, Author: "Zoë",
			}})
			a := o.save(gold(t))
			st, err := o.issue("2026-10")
			require.NoError(t, err)
			require.Equal(t, "Ann", st.Document.Exclusions[0].ApprovedBy)
			changed := *a
			changed.Customers = append([]slo.Customer(nil), a.Customers...)
			c.change(o, &changed)
			_, err = o.Save(t.Context(), changed, agreement.Edit{Change: true, By: "Zoë"})
			require.NoError(t, err)
			drift, err := o.Drift(t.Context(), st)
			require.NoError(t, err)
			var what []string
			for _, d := range drift {
				if d.What != "excluded minutes" && d.What != "good" && d.What != "total" && d.What != "coverage" { // what exclusions do is slo's
					what = append(what, d.What)
				}
			}
			require.ElementsMatch(t, c.want, what)
			_, err = o.issue("2026-10")
			require.Equal(t, c.want == nil, fault.KindOf(err) == fault.Conflict)
		})
	}
}

func TestWhatCannotBeIssuedYetSaysWhenItCan(t *testing.T) {
	o := newOffice(t)
	o.save(gold(t))
	for name, c := range map[string]struct {
		now    time.Time
		period string
		field  string
		say    string
	}{
		"it goes on":       {november.Add(-time.Minute), "2026-10", "period", "goes on until 2026-11-01 00:00 +01:00: it can be stated from 2026-11-01 01:00 +01:00 on"},
		"late data":        {november.Add(59 * time.Minute), "2026-10", "period", "may still be late: it can be stated from 2026-11-01 01:00 +01:00 on"},
		"nobody asked":     {november.AddDate(0, 2, 0), "2026-11", "period", "the source of api has not been asked about all of period 2026-11"},
		"another calendar": {november.Add(time.Hour), "2026-Q3", "period", "write it like 2024-01"},
		"no period":        {november.Add(time.Hour), "", "period", "the period is missing"},
	} {
		o.now = c.now
		_, err := o.issue(c.period)
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
		require.Equal(t, c.field, fault.FieldOf(err), name)
		require.ErrorContains(t, err, c.say, name)
	}
	o.now = november.Add(time.Hour)
	delete(o.slos, "api")
	_, err := o.issue("2026-10")
	require.ErrorContains(t, err, "there is no objective api any more")
	for field, args := range map[string][3]string{"sla": {"silver", "acme", "Zoë"}, "customer": {"gold-support", "acne", "Zoë"}, "by": {"gold-support", "acme", " \t"}} {
		_, err := o.Issue(t.Context(), args[0], args[1], "2026-10", args[2], "")
		require.Equal(t, field, fault.FieldOf(err))
	}
}

func TestOfTwoWhoIssueAtOnceOneIsTold(t *testing.T) {
	o := newOffice(t)
	o.save(gold(t))
	var all errgroup.Group
	errs := make([]error, 6)
	for i := range errs {
		all.Go(func() error { _, errs[i] = o.issue("2026-10"); return nil })
	}
	require.NoError(t, all.Wait())
	issued := 0
	for _, err := range errs {
		if err == nil {
			issued++
			continue
		}
		require.Equal(t, fault.Conflict, fault.KindOf(err))
	}
	require.Equal(t, 1, issued)
	rows, err := o.Statements(t.Context(), "gold-support", "", "")
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

// damaging changes what is read from the store.
type damaging struct {
	agreement.Store
	change func(*store.Statement)
}

func (d *damaging) Statements(ctx context.Context, sla, _, _ string) ([]store.Statement, error) {
	rows, err := d.Store.Statements(ctx, sla, "", "") // the columns may be damaged
	for i := range rows {
		d.change(&rows[i])
	}
	return rows, err
}

func TestADamagedStatementIsSaidToBeAndNotShown(t *testing.T) {
	for name, change := range map[string]func(*store.Statement){
		"one byte of it": func(st *store.Statement) { st.Document[len(st.Document)/2] ^= 1 },
		"a figure of it": func(st *store.Statement) {
			st.Document = []byte(strings.Replace(string(st.Document), `"99.9"`, `"100"`, 1))
		},
		"its digest":            func(st *store.Statement) { st.Digest = "0" + st.Digest[1:] },
		"the customer's row":    func(st *store.Statement) { st.Customer = "umbrella" },
		"the revision of it":    func(st *store.Statement) { st.Revision++ },
		"all of it, and signed": func(st *store.Statement) { st.Document, st.Digest = []byte("{}"), agreement.DigestOf([]byte("{}")) },
		"a field that nobody": func(st *store.Statement) {
			st.Document = []byte(`{"a":1}`)
			st.Digest = agreement.DigestOf(st.Document)
		},
		"something that follows": func(st *store.Statement) {
			st.Document = append(st.Document, '1')
			st.Digest = agreement.DigestOf(st.Document)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.save(gold(t))
			st, err := o.issue("2026-10")
			require.NoError(t, err)
			row := st.Statement
			change(&row)
			o.Store = &damaging{o.store, change}
			all, err := o.Statements(t.Context(), "gold-support", "", "")
			require.NoError(t, err)
			require.NotEmpty(t, all[0].Damage)
			require.Zero(t, all[0].Document, "nothing of it is shown")
			_, err = o.Statement(t.Context(), "gold-support", row.Customer, "2026-10", 0)
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.ErrorContains(t, err, "is damaged and not shown")
		})
	}
}

func TestADamagedStatementCanBeIssuedAnew(t *testing.T) {
	o := newOffice(t)
	o.save(gold(t))
	_, err := o.issue("2026-10")
	require.NoError(t, err)
	o.Store = &damaging{o.store, func(st *store.Statement) {
		if st.Revision == 1 {
			st.Document[10] ^= 1
		}
	}}
	again, err := o.issue("2026-10")
	require.NoError(t, err)
	require.Equal(t, 2, again.Revision)
	require.Equal(t, "issued anew", again.Document.Corrections[0].Is)
}

func TestPeriodsReachBackToTheFirstMinute(t *testing.T) {
	o := newOffice(t)
	a := o.save(gold(t))
	var got []string
	for _, p := range o.Periods(a) {
		got = append(got, fmt.Sprint(p.Name, " ", p.Settled))
	}
	require.Equal(t, []string{"2026-11 false", "2026-10 true", "2026-09 true"}, got)
	o.slos = nil
	require.Empty(t, o.Periods(a))
}

func TestAgreementsOfThePageAreKeptAndFollowed(t *testing.T) {
	o := newOffice(t)
	other := o.another()
	require.NoError(t, other.Load(t.Context()))
	a := gold(t)
	a.Terms = slo.Terms{Kinds: "MAINTENANCE,OTHER", Notice: 72 * time.Hour, Most: 4 * time.Hour}
	a.Service = "shop"
	saved := o.save(a)
	require.Equal(t, "gold-support", saved.Name)
	second := o.save(a)
	require.Equal(t, "gold-support-2", second.Name, "a name that is made of the title is one that is free")

	require.Nil(t, other.ByName("gold-support"))
	require.NoError(t, other.Follow(t.Context()))
	require.Equal(t, saved, other.ByName("gold-support"))

	changed := *saved
	changed.Terms = slo.Terms{Ignore: true}
	_, err := other.Save(t.Context(), changed, agreement.Edit{Change: true, By: "Ann"})
	require.NoError(t, err)
	_, err = o.Save(t.Context(), changed, agreement.Edit{Change: true, By: "Ann"})
	require.Equal(t, fault.Conflict, fault.KindOf(err), "it was changed elsewhere")
	require.NoError(t, o.Follow(t.Context()))
	before := o.ByName("gold-support")
	require.NoError(t, o.Follow(t.Context()))
	require.Same(t, before, o.ByName("gold-support"), "there is nothing new to read")
	again, err := o.Save(t.Context(), changed, agreement.Edit{Change: true, By: "Ann"})
	require.NoError(t, err)
	require.Equal(t, changed.Terms, again.Terms)
	require.NoError(t, o.Delete(t.Context(), "gold-support-2", "Ann"))
	require.Len(t, o.All(), 1)
	entries, err := o.store.Audit(t.Context(), "SLA", "gold-support", 100, 100)
	require.NoError(t, err)
	require.Len(t, entries, 2, "saving what is there already is no change")
	require.Contains(t, entries[0].Summary, "no exclusion counts; before: 99.9 % of api (WORST), calendar month (Europe/Vienna), to acme 1200.00 EUR, umbrella")
}

func TestWhatIsPromisedOtherwiseIsTold(t *testing.T) {
	o := newOffice(t)
	require.Empty(t, o.told)
	saved := o.save(gold(t))
	changed := *saved
	higher, err := slo.ParseTarget("0.9995")
	require.NoError(t, err)
	changed.Target = higher
	for range 2 { // the second changes nothing
		_, err = o.Save(t.Context(), changed, agreement.Edit{Change: true, By: "Ann"})
		require.NoError(t, err)
	}
	for range 2 { // as a folder that was read again
		written := changed
		written.Name = "silver-support"
		o.Files([]*slo.SLA{&written})
	}
	require.NoError(t, o.Delete(t.Context(), saved.Name, "Ann"))
	o.Files(nil)
	require.Equal(t, []string{
		"gold-support 99.9", "gold-support 99.9", "gold-support 99.95", // made, and as it was and is
		"silver-support 99.95", "gold-support 99.95", "silver-support 99.95",
	}, o.told)
}

func TestANameIsDefinedOnce(t *testing.T) {
	o := newOffice(t)
	made := o.save(gold(t))
	file := gold(t)
	file.Name, file.Origin = "gold-support", slo.Origin{File: "shop.yaml", Line: 7}
	alone := file
	alone.Name, alone.DisplayName = "silver", ""
	o.Files([]*slo.SLA{&file, &alone})
	require.Same(t, made, o.ByName("gold-support"))
	require.Equal(t, `shop.yaml:7:1: SLA "gold-support" was made in the page, and that one stays in force: rename or remove one`, o.Problems()[0].String())

	for name, err := range map[string]error{
		"change": func() error {
			_, err := o.Save(t.Context(), alone, agreement.Edit{Change: true, By: "Zoë"})
			return err
		}(),
		"delete": o.Delete(t.Context(), "silver", "Zoë"),
	} {
		require.Equal(t, fault.Conflict, fault.KindOf(err), name)
		require.ErrorContains(t, err, "shop.yaml:7", name)
	}
	_, err := o.Save(t.Context(), alone, agreement.Edit{By: "Zoë"})
	require.Equal(t, "name", fault.FieldOf(err))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Equal(t, fault.NotFound, fault.KindOf(o.Delete(t.Context(), "bronze", "Zoë")))
	require.NoError(t, o.Delete(t.Context(), "gold-support", "Zoë"))
	require.Equal(t, "shop.yaml", o.ByName("gold-support").Origin.File)
	require.Empty(t, o.Problems())
}

func TestFieldsAreBlamed(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct {
		change func(*slo.SLA)
		field  string
	}{
		"a name":          {func(a *slo.SLA) { a.Name = "Gold" }, "name"},
		"a combination":   {func(a *slo.SLA) { a.Combination = "BEST" }, "combination"},
		"a service":       {func(a *slo.SLA) { a.Service = "the shop" }, "service"},
		"a long title":    {func(a *slo.SLA) { a.DisplayName = strings.Repeat("x", 201) }, "displayName"},
		"a long text":     {func(a *slo.SLA) { a.Description = strings.Repeat("x", 2001) }, "description"},
		"a customer":      {func(a *slo.SLA) { a.Customers[0].Name = "A/B" }, "customers"},
		"a long customer": {func(a *slo.SLA) { a.Customers[0].DisplayName = strings.Repeat("x", 201) }, "customers"},
		"a stream":        {func(a *slo.SLA) { a.Streams[0].SLO = "none" }, "streams"},
		"a band":          {func(a *slo.SLA) { a.Credits[0], a.Credits[1] = a.Credits[1], a.Credits[0] }, "credits"},
	} {
		a := gold(t)
		c.change(&a)
		_, err := o.Save(t.Context(), a, agreement.Edit{By: "Zoë"})
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
		require.Equal(t, c.field, fault.FieldOf(err), name)
	}
	_, err := o.Save(t.Context(), gold(t), agreement.Edit{By: " "})
	require.Equal(t, "by", fault.FieldOf(err))
	require.Empty(t, o.All())
}

func TestRowsThatCannotBeRead(t *testing.T) {
	o := newOffice(t)
	for name, text := range map[string]string{
		"a-text": "gold", "a-field": `{"targetPercent":"99.9","duration":"1M","timeZone":"UTC","promise":"none"}`,
		"a-target": `{"targetPercent":"101","duration":"1M","timeZone":"UTC"}`, "a-zone": `{"targetPercent":"99","duration":"1M","timeZone":"../etc"}`,
		"a-band": `{"targetPercent":"99","duration":"1M","timeZone":"UTC","credits":[{"belowPercent":"99","creditPercent":"0"}]}`, "two": `{} {}`,
	} {
		o2 := store.Object{Kind: agreement.Kind, Name: name, Definition: []byte(text)}
		require.NoError(t, o.store.ReplaceObject(t.Context(), nil, o2, store.Change{Kind: agreement.Kind, Name: name}))
	}
	require.NoError(t, o.Load(t.Context()))
	require.Empty(t, o.All())
	require.Len(t, o.Problems(), 6)
}
