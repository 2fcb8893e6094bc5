package graph

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// fakeSLAs has five agreements, s0 with five statements, and remembers what it is
// asked for.
type fakeSLAs struct {
	saved   []model.SlaInput
	issued  []model.IssueInput
	dropped []string
	periods []string
	drifted int
	asked   sync.Mutex    // guards periods and drifted: fields resolve side by side
	block   chan struct{} // if not nil, figures wait until it is closed
}

var _ SLAs = (*fakeSLAs)(nil)

func fakeSLA(i int) model.Sla {
	return model.Sla{
		Name: fmt.Sprint("s", i), DisplayName: "Gold", Description: "d", Service: new("shop"), Target: "0.999", TargetPercent: "99.9",
		Window: model.Window{Duration: "1M", TimeZone: new("UTC"), Title: "calendar month (UTC)"}, Combination: slo.Worst,
		Streams:   []model.SlaStream{{Slo: fakeSLO("shop", "api"), SloName: "api"}, {SloName: "gone", Objective: "x"}},
		Customers: []model.SlaCustomer{{Name: "acme", DisplayName: "ACME", Fee: new("10.00"), Currency: new("EUR")}, {Name: "umbrella", DisplayName: "umbrella"}},
		Credits:   []model.SlaCredit{{BelowPercent: "99.9", CreditPercent: "10"}}, Terms: model.SlaTerms{Exclusions: true, Kinds: []slo.ExclusionKind{slo.OtherExclusion}, Notice: new(72 * time.Hour)},
		Origin: &slo.Origin{File: "a.yaml", Line: 3},
	}
}

// fakeStatement is revision i+1 of a statement; two each are issued in one hour.
func fakeStatement(i int) model.SlaStatement {
	return model.SlaStatement{
		Sla: "s0", SlaTitle: "Gold", Customer: model.SlaCustomer{Name: "acme", DisplayName: "ACME"}, Period: model.SlaPeriod{Name: "2026-06", From: now.AddDate(0, -1, 0), To: now, Settled: true},
		Revision: i + 1, IssuedAt: now.Add(time.Duration(i/2) * time.Hour), IssuedBy: "Ada", TargetPercent: "99.9", AchievedPercent: new("99.5"), State: slo.Breached, Coverage: 1,
		Good: new(995.0), Total: new(1000.0), CreditPercent: new("10"), CreditAmount: new("1.00"), Currency: new("EUR"),
		Lines:       []model.SlaStatementLine{{SloName: "api", AchievedPercent: new("99.5"), Good: new(995.0), Total: new(1000.0), Coverage: 1, State: slo.Breached, Evidence: "/slos/api"}},
		Exclusions:  []model.SlaStatementExclusion{{Name: "x", Title: "Move", Kind: slo.OtherExclusion, Reason: "r", From: now, To: now.Add(time.Hour), Slos: []string{"api"}}},
		Corrections: []model.SlaCorrection{{What: "good", Was: "996", Is: "995"}}, Latest: i == 4, Digest: "ab", Links: []model.SlaLink{{Format: "html", URL: "/statements/s0/acme/2026-06.html"}},
	}
}

func (f *fakeSLAs) SLAs(context.Context) ([]model.Sla, error) {
	var all []model.Sla
	for i := range 5 {
		all = append(all, fakeSLA(4-i))
	}
	return all, nil
}

func (f *fakeSLAs) SLA(_ context.Context, name string) (*model.Sla, error) {
	for i := range 5 {
		if s := fakeSLA(i); s.Name == name {
			return &s, nil
		}
	}
	return nil, nil
}

func (f *fakeSLAs) Promising(_ context.Context, s *slo.SLO) ([]model.Sla, error) {
	if s.Name == "api" {
		return []model.Sla{fakeSLA(1)}, nil
	}
	return nil, nil
}

func (f *fakeSLAs) Figures(ctx context.Context, _, period string) (*model.SlaFigures, error) {
	f.asked.Lock()
	f.periods = append(f.periods, period)
	f.asked.Unlock()
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	b := slo.Budget{From: now.Add(-time.Hour), To: now, Target: target("0.999"), State: slo.NoData}
	return &model.SlaFigures{
		Period: period, From: b.From, To: b.To, Budget: b, Streams: []model.SlaStreamFigures{{SloName: "api", Budget: b}},
		Credit: &model.SlaCredit{BelowPercent: "99.9", CreditPercent: "10"}, Due: []model.SlaDue{{Customer: "acme", Percent: new("10"), Amount: new("1.00"), Currency: new("EUR")}},
		Warnings: []string{"partial"},
	}, nil
}

func (f *fakeSLAs) Periods(context.Context, string) ([]model.SlaPeriod, error) {
	return []model.SlaPeriod{{Name: "2026-07", From: now, To: now.AddDate(0, 1, 0)}, {Name: "2026-06", From: now.AddDate(0, -1, 0), To: now, Settled: true}}, nil
}

func (f *fakeSLAs) Statements(_ context.Context, sla string) ([]model.SlaStatement, error) {
	var all []model.SlaStatement
	for i := range 5 {
		if sla == "s0" {
			all = append(all, fakeStatement(i))
		}
	}
	return all, nil
}

func (f *fakeSLAs) Statement(_ context.Context, sla, _, _ string, revision int) (*model.SlaStatement, error) {
	switch {
	case sla == "damaged":
		return nil, fault.Unavailablef("revision 1 is damaged and not shown")
	case sla != "s0" || revision > 5:
		return nil, nil
	case revision == 0:
		revision = 5
	}
	return new(fakeStatement(revision - 1)), nil
}

func (f *fakeSLAs) Drift(context.Context, *model.SlaStatement) ([]model.SlaCorrection, error) {
	f.asked.Lock()
	f.drifted++
	f.asked.Unlock()
	return []model.SlaCorrection{{What: "good", Was: "995", Is: "994"}}, nil
}

func (f *fakeSLAs) SaveSLA(_ context.Context, in model.SlaInput) (*model.Sla, error) {
	if in.TargetPercent == "100" {
		return nil, fault.At("targetPercent", fault.Invalidf("target is not below 100 %%"))
	}
	f.saved = append(f.saved, in)
	return new(fakeSLA(0)), nil
}

func (f *fakeSLAs) DeleteSLA(_ context.Context, name, by string) error {
	f.dropped = append(f.dropped, name+" by "+by)
	return nil
}

func (f *fakeSLAs) Issue(_ context.Context, in model.IssueInput) (*model.SlaStatement, error) {
	if in.Note == "again" {
		return nil, fault.Conflictf("nothing differs from revision 1")
	}
	f.issued = append(f.issued, in)
	return new(fakeStatement(0)), nil
}
