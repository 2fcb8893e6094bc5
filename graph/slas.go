package graph

import (
	"context"
	"fmt"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// SLAs keeps agreements and their statements. Its errors are faults; one that is
// the fault of a field of the input names it, see fault.At.
type SLAs interface {
	// SLAs returns all agreements, in any order.
	SLAs(ctx context.Context) ([]model.Sla, error)
	// SLA returns the one of that name, nil if there is none.
	SLA(ctx context.Context, name string) (*model.Sla, error)
	// Promising returns the agreements that promise s, by name.
	Promising(ctx context.Context, s *slo.SLO) ([]model.Sla, error)
	// Figures returns an agreement's figures in a period, "" for the current one.
	Figures(ctx context.Context, sla, period string) (*model.SlaFigures, error)
	// Periods returns the periods that can be stated, newest first.
	Periods(ctx context.Context, sla string) ([]model.SlaPeriod, error)
	// Statements returns every issued revision for an agreement, in any order.
	Statements(ctx context.Context, sla string) ([]model.SlaStatement, error)
	// Statement returns a revision, the newest for 0; nil if there is none.
	Statement(ctx context.Context, sla, customer, period string, revision int) (*model.SlaStatement, error)
	// Drift returns what differs between a statement and the figures as of now.
	Drift(ctx context.Context, st *model.SlaStatement) ([]model.SlaCorrection, error)
	// SaveSLA makes an agreement, or changes the one that has in.ID.
	SaveSLA(ctx context.Context, in model.SlaInput) (*model.Sla, error)
	// DeleteSLA removes an agreement that was made here.
	DeleteSLA(ctx context.Context, name, by string) error
	// Issue freezes a statement.
	Issue(ctx context.Context, in model.IssueInput) (*model.SlaStatement, error)
}

// maxParts bounds the lists of an agreement.
const maxParts = 100

func (r *resolver) slaPage(ctx context.Context, first int, after *string) (*model.SlaConnection, error) {
	all, err := r.Options.SLAs.SLAs(ctx)
	if err != nil {
		return nil, err
	}
	p, err := listing[model.Sla]{kind: slaList, items: all, place: func(s model.Sla) place { return place{ID: s.Name} }}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.SlaConnection{Page: p}, nil
}

func (r *resolver) statementPage(ctx context.Context, sla string, first int, after *string) (*model.SlaStatementConnection, error) {
	all, err := r.Options.SLAs.Statements(ctx, sla)
	if err != nil {
		return nil, err
	}
	p, err := listing[model.SlaStatement]{kind: statementList, items: all, place: func(s model.SlaStatement) place {
		return place{Sort: newestFirst(s.IssuedAt), ID: statementKey(&s)}
	}}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.SlaStatementConnection{Page: p}, nil
}

// slaFigures and drift reckon, so that they wait for their turn as budgets do.
func (r *resolver) slaFigures(ctx context.Context, sla, period string) (*model.SlaFigures, error) {
	if err := boundTexts(text{"period", period, maxName}); err != nil {
		return nil, err
	}
	return evaluate(ctx, scopeOf(ctx), r, func(ctx context.Context) (*model.SlaFigures, error) {
		return r.Options.SLAs.Figures(ctx, sla, period)
	})
}

func (r *resolver) drift(ctx context.Context, st *model.SlaStatement) ([]model.SlaCorrection, error) {
	return evaluate(ctx, scopeOf(ctx), r, func(ctx context.Context) ([]model.SlaCorrection, error) {
		return r.Options.SLAs.Drift(ctx, st)
	})
}

// statementKey names a revision of a statement.
func statementKey(s *model.SlaStatement) string {
	return fmt.Sprintf("%s/%s/%s/%d", s.Sla, s.Customer.Name, s.Period.Name, s.Revision)
}

func (r *resolver) saveSLA(ctx context.Context, in model.SlaInput) (*model.Sla, error) {
	for field, n := range map[string]int{"streams": len(in.Streams), "customers": len(in.Customers), "credits": len(in.Credits)} {
		if n > maxParts {
			return nil, fault.At(field, fault.Invalidf("%d entries are too many, write at most %d", n, maxParts))
		}
	}
	if err := firstOf(boundID(slaID, in.ID, in.Name), boundTexts(
		text{"name", in.Name, maxName}, text{"etag", deref(in.Etag), maxName}, text{"displayName", in.DisplayName, maxTitle},
		text{"targetPercent", in.TargetPercent, maxName}, text{"window.duration", in.Window.Duration, maxDurationText},
		text{"window.timeZone", in.Window.TimeZone, maxZoneText}, text{"by", in.By, maxTitle},
	), boundProse(text{"description", in.Description, maxReason})); err != nil {
		return nil, err
	}
	if err := boundParts(in); err != nil {
		return nil, err
	}
	return r.Options.SLAs.SaveSLA(ctx, in)
}

// boundParts refuses parts of an agreement that are too long to be meant.
func boundParts(in model.SlaInput) error {
	texts := []text{{"service", deref(in.Service), maxName}}
	for _, s := range in.Streams {
		texts = append(texts, text{"streams", s.Slo, maxName}, text{"streams", s.Objective, maxTitle})
	}
	for _, c := range in.Customers {
		texts = append(texts, text{"customers", c.Name, maxName}, text{"customers", c.DisplayName, maxTitle}, text{"customers", deref(c.Fee), maxName}, text{"customers", deref(c.Currency), maxName})
	}
	for _, c := range in.Credits {
		texts = append(texts, text{"credits", c.BelowPercent, maxName}, text{"credits", c.CreditPercent, maxName})
	}
	return boundTexts(texts...)
}

func (r *resolver) deleteSLA(ctx context.Context, name, by string) (string, error) {
	if err := boundTexts(text{"name", name, maxName}, text{"by", by, maxTitle}); err != nil {
		return "", err
	}
	return idOf(slaID, name), r.Options.SLAs.DeleteSLA(ctx, name, by)
}

func (r *resolver) issue(ctx context.Context, in model.IssueInput) (*model.SlaStatement, error) {
	if err := firstOf(boundTexts(
		text{"sla", in.Sla, maxName}, text{"customer", in.Customer, maxName}, text{"period", in.Period, maxName}, text{"by", in.By, maxTitle},
	), boundProse(text{"note", in.Note, maxReason})); err != nil {
		return nil, err
	}
	return r.Options.SLAs.Issue(ctx, in)
}
