package server

import (
	"context"
	"slices"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// openAgreements loads the agreements of the page.
func (s *Server) openAgreements(ctx context.Context) error {
	s.agreements = agreement.New(agreement.Options{
		Store: s.store, Now: s.o.Now, Evaluator: s.evaluator, Find: s.slos.ByName, Changed: s.tellPromised,
	})
	return s.agreements.Load(ctx)
}

// tellPromised tells those who watch the API what is promised otherwise now.
func (s *Server) tellPromised(agreements []*slo.SLA) {
	var promised []*slo.SLO
	for _, a := range agreements {
		for _, p := range a.Streams {
			if o := s.slos.ByName(p.SLO); o != nil {
				promised = append(promised, o)
			}
		}
	}
	s.tellDecided(promised)
}

// contracts shows and keeps agreements for the API.
type contracts struct{ *Server }

var _ graph.SLAs = contracts{}

// SLAs implements graph.SLAs.
func (c contracts) SLAs(context.Context) ([]model.Sla, error) {
	return c.shown(c.agreements.All()), nil
}

func (c contracts) shown(slas []*slo.SLA) []model.Sla {
	all := make([]model.Sla, len(slas))
	for i, a := range slas {
		all[i] = c.show(a)
	}
	return all
}

// SLA implements graph.SLAs.
func (c contracts) SLA(_ context.Context, name string) (*model.Sla, error) {
	if a := c.agreements.ByName(name); a != nil {
		return new(c.show(a)), nil
	}
	return nil, nil
}

// Promising implements graph.SLAs.
func (c contracts) Promising(_ context.Context, s *slo.SLO) ([]model.Sla, error) {
	var promising []*slo.SLA
	for _, a := range c.agreements.All() {
		if slices.ContainsFunc(a.Streams, func(p slo.Promise) bool { return p.SLO == s.Name }) {
			promising = append(promising, a)
		}
	}
	return c.shown(promising), nil
}

// named returns the agreement of that name.
func (c contracts) named(name string) (*slo.SLA, error) {
	a := c.agreements.ByName(name)
	if a == nil {
		return nil, fault.NotFoundf("there is no SLA %.80q", name)
	}
	return a, nil
}

// Figures implements graph.SLAs.
func (c contracts) Figures(ctx context.Context, sla, period string) (*model.SlaFigures, error) {
	a, err := c.named(sla)
	if err != nil {
		return nil, err
	}
	f, err := c.agreements.Figures(ctx, a, period)
	if err != nil {
		return nil, err
	}
	return new(c.figures(f)), nil
}

// Periods implements graph.SLAs.
func (c contracts) Periods(_ context.Context, sla string) ([]model.SlaPeriod, error) {
	a, err := c.named(sla)
	if err != nil {
		return nil, err
	}
	all := []model.SlaPeriod{}
	for _, p := range c.agreements.Periods(a) {
		all = append(all, model.SlaPeriod{Name: p.Name, From: p.From, To: p.To, Settled: p.Settled})
	}
	return all, nil
}

// Statements implements graph.SLAs.
func (c contracts) Statements(ctx context.Context, sla string) ([]model.SlaStatement, error) {
	issued, err := c.agreements.Statements(ctx, sla, "", "")
	if err != nil {
		return nil, err
	}
	all := make([]model.SlaStatement, len(issued))
	for i, st := range issued {
		all[i] = statementView(st)
	}
	return all, nil
}

// Statement implements graph.SLAs.
func (c contracts) Statement(ctx context.Context, sla, customer, period string, revision int) (*model.SlaStatement, error) {
	st, err := c.agreements.Statement(ctx, sla, customer, period, revision)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return new(statementView(st)), nil
}

// Drift implements graph.SLAs.
func (c contracts) Drift(ctx context.Context, st *model.SlaStatement) ([]model.SlaCorrection, error) {
	kept, err := c.agreements.Statement(ctx, st.Sla, st.Customer.Name, st.Period.Name, st.Revision)
	if kept.Damage != "" {
		return []model.SlaCorrection{{What: "document", Was: "SHA-256 " + kept.Digest, Is: "damaged: " + kept.Damage}}, nil
	}
	if err != nil {
		return nil, err
	}
	drift, err := c.agreements.Drift(ctx, kept)
	return corrections(drift), err
}

// SaveSLA implements graph.SLAs.
func (c contracts) SaveSLA(ctx context.Context, in model.SlaInput) (*model.Sla, error) {
	a, err := slaOf(in)
	if err != nil {
		return nil, err
	}
	saved, err := c.agreements.Save(ctx, a, agreement.Edit{Change: in.ID != nil, Etag: textOf(in.Etag), By: in.By})
	if err != nil {
		return nil, inputFault(err)
	}
	c.o.Logger.InfoContext(ctx, "agreement saved", "sla", saved.Name, "by", in.By)
	return new(c.show(saved)), nil
}

// DeleteSLA implements graph.SLAs.
func (c contracts) DeleteSLA(ctx context.Context, name, by string) error {
	err := c.agreements.Delete(ctx, name, by)
	if err == nil {
		c.o.Logger.InfoContext(ctx, "agreement deleted", "sla", name, "by", by)
	}
	return err
}

// Issue implements graph.SLAs.
func (c contracts) Issue(ctx context.Context, in model.IssueInput) (*model.SlaStatement, error) {
	st, err := c.agreements.Issue(ctx, in.Sla, in.Customer, in.Period, in.By, in.Note)
	if err != nil {
		return nil, err
	}
	c.o.Logger.InfoContext(ctx, "statement issued", "sla", st.SLA, "customer", st.Customer, "period", st.Period, "revision", st.Revision, "by", st.IssuedBy)
	return new(statementView(st)), nil
}
