package slotest

import (
	"fmt"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// record is one answer: its fields by name.
type record map[string]value

// value is the value of a field: one item, or a list of them.
type value []item

// item is a number, a time, a duration, a word or a text; a nil item is absent.
type item any

// one returns the value of a single item.
func one(i item) value { return value{i} }

// figure returns the value of a number that may be absent.
func figure(f *float64) value { return one(pointed(f)) }

// pointed returns what p points to, nil for nil.
func pointed[T any](p *T) item {
	if p == nil {
		return nil
	}
	return *p
}

// yes returns the word for a truth.
func yes(b bool) item {
	if b {
		return "yes"
	}
	return "no"
}

// question returns the Question of the evaluator.
func (s *session) question(q question) slo.Question {
	out := slo.Question{Window: q.window, Group: q.group, Terms: slo.Terms{Ignore: q.measured}}
	if q.at.set {
		out.AsOf = q.at.in(s)
	}
	return out
}

// first returns the only objective.
func (s *session) first() *slo.Objective { return &s.objective.Objectives[0] }

func (s *session) budget(q question) ([]record, error) {
	b, err := s.evaluator().Budget(s.ctx, s.objective, s.first(), s.question(q))
	return []record{budgetRecord(b)}, err
}

func budgetRecord(b slo.Budget) record {
	asOf := one(b.AsOf)
	if b.AsOf.IsZero() {
		asOf = one(nil)
	}
	return record{
		"from": one(b.From), "to": one(b.To), "target": one(b.Target.Float()),
		"good": figure(b.Good), "total": figure(b.Total), "sli": figure(b.SLI),
		"allowed": figure(b.Allowed), "spent": figure(b.Spent), "remaining": figure(b.Remaining),
		"burnRate": figure(b.BurnRate), "coverage": one(b.Coverage), "state": one(string(b.State)),
		"exhaustsAt": one(pointed(b.ExhaustsAt)), "asOf": asOf,
		"excluded": one(float64(b.Excluded.Minutes)), "excludedGood": figure(b.Excluded.Good), "excludedTotal": figure(b.Excluded.Total),
		"warnings": one(float64(len(b.Warnings))), "warning": one(strings.Join(b.Warnings, "; ")),
	}
}

func (s *session) burn(q question) ([]record, error) {
	rates, err := s.evaluator().BurnRates(s.ctx, s.objective, s.first(), s.question(q))
	var out []record
	for _, r := range rates {
		out = append(out, record{
			"severity": one(r.Severity), "longWindow": one(r.LongWindow), "shortWindow": one(r.ShortWindow),
			"factor": one(r.Factor), "budgetFraction": one(r.BudgetFraction),
			"long": figure(r.Long), "short": figure(r.Short),
			"longCoverage": one(r.LongCoverage), "shortCoverage": one(r.ShortCoverage),
			"firing": one(yes(r.Firing)),
		})
	}
	return out, err
}

func (s *session) series(q question) ([]record, error) {
	ask := slo.SeriesQuestion{Question: s.question(q), Kind: q.kind, MaxPoints: q.points}
	if q.from.set {
		ask.From = q.from.in(s)
	}
	if q.to.set {
		ask.To = q.to.in(s)
	}
	got, err := s.evaluator().Series(s.ctx, s.objective, s.first(), ask)
	out := record{
		"from": one(got.From), "to": one(got.To), "step": one(got.Step),
		"points": one(float64(len(got.Points))), "at": nil, "coverage": nil, "estimated": nil,
	}
	for _, c := range got.Columns {
		out[c] = nil
	}
	for _, p := range got.Points {
		out["at"] = append(out["at"], p.At)
		out["coverage"] = append(out["coverage"], p.Coverage)
		out["estimated"] = append(out["estimated"], yes(p.Estimated))
		for i, c := range got.Columns {
			out[c] = append(out[c], pointed(p.Values[i]))
		}
	}
	return []record{out}, err
}

func (s *session) explain(q question) ([]record, error) {
	x, err := s.evaluator().Explain(s.ctx, s.objective, s.first(), s.question(q))
	out := record{
		"at": one(x.At), "from": one(x.From), "to": one(x.To), "formula": one(x.Formula), "source": one(x.Source),
		"minutes": one(float64(x.Minutes)), "measured": one(float64(x.Measured)),
		"estimated": one(float64(x.Estimated)), "gapCount": one(float64(x.GapCount)),
		"queries":       one(float64(len(x.Queries))),
		"firstMeasured": one(pointed(x.FirstMeasured)), "lastMeasured": one(pointed(x.LastMeasured)),
		"settled": one(pointed(x.Settled)), "gaps": nil, "days": nil, "spent": nil, "share": nil, "revisions": nil,
		"warnings": one(float64(len(x.Warnings))), "warning": one(strings.Join(x.Warnings, "; ")),
	}
	for _, gap := range x.Gaps {
		out["gaps"] = append(out["gaps"], gap)
	}
	for _, d := range x.WorstDays {
		out["days"] = append(out["days"], d.Day)
		out["spent"] = append(out["spent"], d.Spent)
		out["share"] = append(out["share"], pointed(d.Share))
	}
	for _, r := range x.Revisions {
		out["revisions"] = append(out["revisions"], r.Reason)
	}
	return []record{out}, err
}

func (s *session) groups(q question) ([]record, error) {
	budgets, err := s.evaluator().Groups(s.ctx, s.objective, s.first(), s.question(q))
	var out []record
	for _, g := range budgets {
		r := budgetRecord(g.Budget)
		r["group"] = one(groupText(g.Group))
		out = append(out, r)
	}
	return out, err
}

// period tells the window that an instant belongs to, and its slots so far.
func (s *session) period(q question) ([]record, error) {
	w := s.objective.Window
	if !q.window.IsZero() {
		w = q.window
	}
	at := q.at.in(s)
	from, to := w.Period(at)
	span := w.Span(at)
	return []record{{
		"from": one(from), "to": one(to), "length": one(to.Sub(from)), "title": one(w.Title()),
		"shorthand": one(w.Shorthand()), "slots": one(float64(span.Len())), "until": one(span.End()),
	}}, nil
}

// groupText returns labels as a script writes them.
func groupText(g slo.Group) string {
	text := strings.NewReplacer(`{`, "", `}`, "", `"`, "", ":", "=")
	return text.Replace(string(g))
}

// shown returns an item as a script would write it.
func shown(s *session, i item) string {
	switch v := i.(type) {
	case nil:
		return "-"
	case time.Time:
		return v.Format(time.RFC3339) + " (" + v.Sub(s.start).String() + ")"
	case slo.Interval:
		return v.From.Sub(s.start).String() + ".." + v.To.Sub(s.start).String()
	case string:
		if v == "" || strings.Contains(v, " ") {
			return `"` + v + `"`
		}
	}
	return fmt.Sprint(i)
}
