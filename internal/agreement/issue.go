package agreement

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
)

// MaxPeriods is how many periods are listed.
const MaxPeriods = 24

// StatedPeriod is a period of an agreement, and whether it can be stated.
type StatedPeriod struct {
	slo.Period
	Settled bool
}

// Figures returns the figures of an agreement in a period, "" for the current one.
func (b *Book) Figures(ctx context.Context, a *slo.SLA, period string) (slo.SLAFigures, error) {
	p := a.Window.PeriodAt(b.Now())
	if period != "" {
		var err error
		if p, err = a.Window.PeriodNamed(period); err != nil {
			return slo.SLAFigures{}, fault.At("period", err)
		}
	}
	return b.Evaluator.SLA(ctx, a, p, b.Find)
}

// Periods lists the periods of an agreement for which anything was measured, the
// newest first, the current one among them.
func (b *Book) Periods(a *slo.SLA) []StatedPeriod {
	var oldest time.Time
	for _, promise := range a.Streams {
		if _, o := promise.Of(b.Find); o != nil {
			extent, ok := b.Evaluator.Extent(o)
			if ok && (oldest.IsZero() || extent.Start().Before(oldest)) {
				oldest = extent.Start()
			}
		}
	}
	var all []StatedPeriod
	for p := a.Window.PeriodAt(b.Now()); !oldest.IsZero() && p.To.After(oldest) && len(all) < MaxPeriods; p = a.Window.PeriodBefore(p) {
		all = append(all, StatedPeriod{p, b.Evaluator.SettledSLA(a, p, b.Find)})
	}
	return all
}

// Issue freezes the figures of a period for a customer. Issued again, it is a
// further revision that says what differs; fault.Conflict if nothing does, and if
// somebody else was faster. A period that goes on, or whose data may still be
// late, is fault.Invalid: the error says when it can be stated.
func (b *Book) Issue(ctx context.Context, sla, customer, period, by, note string) (Statement, error) {
	a := b.ByName(sla)
	if a == nil {
		return Statement{}, fault.At("sla", notThere(sla))
	}
	party, ok := a.Customer(customer)
	if !ok {
		return Statement{}, fault.At("customer", fault.NotFoundf("SLA %q has no customer %.80q", sla, customer))
	}
	if by = strings.TrimSpace(by); by == "" {
		return Statement{}, fault.At("by", errNobody)
	}
	if period == "" {
		return Statement{}, fault.At("period", fault.Invalidf("the period is missing: a statement is of one that is over"))
	}
	f, err := b.Figures(ctx, a, period)
	if err != nil {
		return Statement{}, err
	}
	if err := b.issuable(f); err != nil {
		return Statement{}, fault.At("period", err)
	}
	d, err := b.freeze(ctx, f, party)
	if err != nil {
		return Statement{}, err
	}
	d.IssuedAt, d.IssuedBy, d.Note = b.now().In(a.Window.Zone()), by, strings.TrimSpace(note)
	return b.append(ctx, d)
}

// issuable refuses periods whose figures may change by themselves.
func (b *Book) issuable(f slo.SLAFigures) error {
	from := f.To.Add(slo.LateDelay).In(f.SLA.Window.Zone())
	switch {
	case f.Settled:
		return nil
	case b.Now().Before(f.To):
		return fault.Invalidf("period %s goes on until %s: it can be stated from %s on", f.Period, clock(f.To), clock(from))
	case b.Now().Before(from):
		return fault.Invalidf("data of period %s may still be late: it can be stated from %s on", f.Period, clock(from))
	}
	for _, s := range f.Streams {
		if _, o := s.Promise.Of(b.Find); o == nil {
			return fault.Invalidf("there is no objective %s any more: define it again, or take it out of the agreement", s.Promise.Title())
		}
	}
	return fault.Invalidf("the source of %s has not been asked about all of period %s yet: it can be stated when it has", b.lagging(f), f.Period)
}

// lagging names the first stream that the collector has not read to the end.
func (b *Book) lagging(f slo.SLAFigures) string {
	for _, s := range f.Streams {
		_, o := s.Promise.Of(b.Find)
		if last, ok := b.Evaluator.Settled(o); !ok || last < slo.MinuteOf(f.To) {
			return s.Promise.Title()
		}
	}
	return f.SLA.Name
}

func (b *Book) freeze(ctx context.Context, f slo.SLAFigures, party slo.Customer) (Document, error) {
	days := make([][]slo.DayFigures, len(f.Streams))
	p := slo.Period{Name: f.Period, From: f.From, To: f.To}
	for i, s := range f.Streams {
		var err error
		if days[i], err = b.Evaluator.Days(ctx, f.SLA, p, s.Promise, b.Find); err != nil {
			return Document{}, err
		}
	}
	return freeze(f, party, days, b.Find), nil
}

// append keeps a document as the next revision.
func (b *Book) append(ctx context.Context, d Document) (Statement, error) {
	earlier, err := b.Store.Statements(ctx, d.SLA.Name, d.Customer.Name, d.Period.Name)
	if err != nil {
		return Statement{}, err
	}
	action := "ISSUED"
	d.Revision = len(earlier) + 1
	if len(earlier) > 0 {
		last := read(earlier[len(earlier)-1])
		action, d.Revision = "CORRECTED", last.Revision+1
		if d.Corrections = correct(last.Document.facts(), d.facts()); last.Damage != "" {
			d.Corrections = []Correction{{fmt.Sprintf("revision %d", last.Revision), "damaged: " + last.Damage, "issued anew"}}
		}
		if len(d.Corrections) == 0 {
			return Statement{}, fault.Conflictf("nothing differs from revision %d of the statement of %s for %s, %s: it stands", last.Revision, d.SLA.Name, d.Customer.Name, d.Period.Name)
		}
	}
	document := marshal(d)
	row := store.Statement{
		SLA: d.SLA.Name, Customer: d.Customer.Name, Period: d.Period.Name, Revision: d.Revision,
		IssuedAt: d.IssuedAt.UTC(), IssuedBy: d.IssuedBy, Document: document, Digest: digestOf(document),
	}
	summary := fmt.Sprintf("statement for %s, %s, revision %d: %s, credit %s", d.Customer.Name, d.Period.Name, d.Revision, d.headline(), d.creditWords())
	if err := b.Store.AppendStatement(ctx, row, b.change(d.IssuedBy, action, d.SLA.Name, summary)); err != nil {
		return Statement{}, err
	}
	st := read(row)
	st.Latest = true
	return st, st.Err()
}

func (d *Document) headline() string {
	if d.State == slo.NoData || d.AchievedPercent == nil {
		return string(d.State)
	}
	return *d.AchievedPercent + " % of " + d.SLA.TargetPercent + " %"
}

func (d *Document) creditWords() string {
	if d.Credit == nil {
		return none
	}
	return strings.TrimSpace(d.Credit.CreditPercent + " % " + strings.TrimSuffix(amount(d.Credit.Amount, d.Credit.Currency), none))
}

// Statements lists every revision for an agreement, by customer and period; ""
// lists all. Those that are damaged say so.
func (b *Book) Statements(ctx context.Context, sla, customer, period string) ([]Statement, error) {
	rows, err := b.Store.Statements(ctx, sla, customer, period)
	if err != nil {
		return nil, err
	}
	all := make([]Statement, len(rows))
	for i, row := range rows {
		all[i] = read(row)
		next := i + 1
		all[i].Latest = next == len(rows) || rows[next].Customer != row.Customer || rows[next].Period != row.Period
	}
	return all, nil
}

// Statement returns a revision, the newest for 0; it is fault.NotFound if there is
// none, and fault.Unavailable if it is damaged.
func (b *Book) Statement(ctx context.Context, sla, customer, period string, revision int) (Statement, error) {
	all, err := b.Statements(ctx, sla, customer, period)
	if err != nil {
		return Statement{}, err
	}
	for _, st := range all {
		if st.Customer == customer && st.Period == period && (st.Revision == revision || revision == 0 && st.Latest) {
			return st, st.Err()
		}
	}
	if len(all) > 0 {
		return Statement{}, fault.NotFoundf("the statement of %.80q for %.80q, %.40q, has no revision %d", sla, customer, period, revision)
	}
	return Statement{}, fault.NotFoundf("no statement of %.80q for %.80q, %.40q, was issued", sla, customer, period)
}

// Drift lists what differs between a statement and the figures as they are now.
func (b *Book) Drift(ctx context.Context, st Statement) ([]Correction, error) {
	a := b.ByName(st.SLA)
	if a == nil {
		return []Correction{{"agreement", st.Document.SLA.Title, "deleted"}}, nil
	}
	party, ok := a.Customer(st.Customer)
	if !ok {
		return []Correction{{"customer", st.Document.Customer.Title, "not in the agreement any more"}}, nil
	}
	p, err := a.Window.PeriodNamed(st.Period)
	if err != nil {
		return []Correction{{"window", st.Document.SLA.Window, a.Window.Title()}}, nil //nolint:nilerr // another window has other periods
	}
	f, err := b.Evaluator.SLA(ctx, a, p, b.Find)
	if err != nil {
		return nil, err
	}
	now := freeze(f, party, make([][]slo.DayFigures, len(f.Streams)), b.Find)
	return correct(st.Document.facts(), now.facts()), nil
}
