package server

import (
	"fmt"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/slo"
)

// show returns an agreement as the API shows it.
func (c contracts) show(a *slo.SLA) model.Sla {
	zone := a.Window.Zone().String()
	v := model.Sla{
		Name: a.Name, DisplayName: a.Title(), Description: a.Description, Service: given(a.Service),
		Target: a.Target.String(), TargetPercent: a.Target.Percent(), Combination: a.Combination,
		Window: model.Window{Duration: a.Window.Shorthand(), TimeZone: &zone, Title: a.Window.Title()},
		Terms: model.SlaTerms{
			Exclusions: !a.Terms.Ignore, Kinds: append([]slo.ExclusionKind{}, a.Terms.KindsOf()...), Notice: given(a.Terms.Notice), Most: given(a.Terms.Most),
		},
		Customers: []model.SlaCustomer{}, Credits: []model.SlaCredit{}, Origin: given(a.Origin), Editable: a.Origin == slo.Origin{}, Etag: given(agreement.Etag(a)),
	}
	for _, p := range a.Streams {
		s, _ := p.Of(c.slos.ByName)
		v.Streams = append(v.Streams, model.SlaStream{Slo: s, SloName: p.SLO, Objective: p.Objective})
	}
	for _, p := range a.Customers {
		v.Customers = append(v.Customers, customerView(p.Name, p.Title(), p.Fee, p.Currency))
	}
	for _, b := range a.Credits {
		v.Credits = append(v.Credits, creditView(b))
	}
	return v
}

func customerView(name, title, fee, currency string) model.SlaCustomer {
	return model.SlaCustomer{Name: name, DisplayName: title, Fee: given(fee), Currency: given(currency)}
}

func creditView(c slo.Credit) model.SlaCredit {
	return model.SlaCredit{BelowPercent: c.Below.Percent(), CreditPercent: c.Percent}
}

// figures returns the figures of an agreement as the API shows them.
func (c contracts) figures(f slo.SLAFigures) model.SlaFigures {
	v := model.SlaFigures{
		Period: f.Period, From: f.From, To: f.To, Settled: f.Settled, Budget: f.Budget,
		AchievedPercent: given(slo.AchievedPercent(f.Budget.SLI, f.SLA.Decimals())), Due: []model.SlaDue{}, Warnings: append([]string{}, f.Warnings()...),
	}
	for _, s := range f.Streams {
		view := model.SlaStreamFigures{SloName: s.Promise.SLO, Objective: s.Promise.Objective, Budget: s.Budget, Exclusions: []model.Occurrence{}}
		for _, o := range s.Exclusions {
			view.Exclusions = append(view.Exclusions, model.Occurrence{Exclusion: new(calendar(c).show(*o.Exclusion)), From: o.Span.Start(), To: o.Span.End()})
		}
		v.Streams = append(v.Streams, view)
	}
	if f.Credit != nil {
		v.Credit = new(creditView(*f.Credit))
	}
	for _, p := range f.SLA.Customers {
		due := model.SlaDue{Customer: p.Name}
		if f.Credit != nil {
			due.Percent, due.Amount = given(f.Credit.Percent), given(f.Credit.Amount(p))
			due.Currency = given(p.Currency)
		}
		v.Due = append(v.Due, due)
	}
	return v
}

// statementView returns a statement as the API shows it. One that is damaged has
// no figures, and says why in the place of the note.
func statementView(st agreement.Statement) model.SlaStatement {
	v := model.SlaStatement{
		Sla: st.SLA, SlaTitle: st.SLA, Customer: model.SlaCustomer{Name: st.Customer, DisplayName: st.Customer}, Period: model.SlaPeriod{Name: st.Period},
		Revision: st.Revision, IssuedAt: st.IssuedAt, IssuedBy: st.IssuedBy, Latest: st.Latest, Digest: st.Digest, State: slo.NoData,
		Lines: []model.SlaStatementLine{}, Exclusions: []model.SlaStatementExclusion{}, Corrections: corrections(st.Document.Corrections), Links: links(st),
	}
	if err := st.Err(); err != nil {
		v.Note = err.Error()
		return v
	}
	d := st.Document
	v.SlaTitle, v.Note, v.TargetPercent = d.SLA.Title, d.Note, d.SLA.TargetPercent
	v.Customer = customerView(d.Customer.Name, d.Customer.Title, d.Customer.Fee, d.Customer.Currency)
	v.Period = model.SlaPeriod{Name: d.Period.Name, From: d.Period.From, To: d.Period.To, Settled: true}
	v.AchievedPercent, v.State, v.Coverage, v.Good, v.Total, v.ExcludedMinutes = d.AchievedPercent, d.State, d.Coverage, d.Good, d.Total, d.ExcludedMinutes
	if d.Credit != nil {
		v.CreditPercent, v.CreditAmount, v.Currency = given(d.Credit.CreditPercent), given(d.Credit.Amount), given(d.Credit.Currency)
	}
	for _, l := range d.Lines {
		v.Lines = append(v.Lines, model.SlaStatementLine{
			SloName: l.SLO, Objective: l.Objective, AchievedPercent: l.AchievedPercent, Good: l.Good, Total: l.Total,
			ExcludedMinutes: l.ExcludedMinutes, Coverage: l.Coverage, State: l.State, Evidence: l.Evidence,
		})
	}
	for _, x := range d.Exclusions {
		v.Exclusions = append(v.Exclusions, model.SlaStatementExclusion{
			Name: x.Name, Title: x.Title, Reason: x.Reason, Kind: x.Kind, From: x.From, To: x.To, Slos: x.SLOs,
		})
	}
	return v
}

func corrections(list []agreement.Correction) []model.SlaCorrection {
	all := []model.SlaCorrection{}
	for _, c := range list {
		all = append(all, model.SlaCorrection(c))
	}
	return all
}

// links says where a statement can be fetched.
func links(st agreement.Statement) []model.SlaLink {
	all := []model.SlaLink{}
	for _, format := range []string{"html", "json", "csv"} {
		all = append(all, model.SlaLink{Format: format, URL: statementPath(st, format)})
	}
	return all
}

// statementPath is where a revision is served. Names are DNS labels and periods are
// made of digits, letters and dashes: nothing needs escaping.
func statementPath(st agreement.Statement, format string) string {
	return fmt.Sprintf("/statements/%s/%s/%s.%s?revision=%d", st.SLA, st.Customer, st.Period, format, st.Revision)
}
