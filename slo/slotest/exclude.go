package slotest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// scope is that of everything that a script says about its objective.
var scope = slo.Scope{SLOs: []string{"script"}}

// parseExclude parses "exclude 1h..2h work every "FREQ=DAILY" in Europe/Berlin".
func parseExclude(args *words) (func(*session) error, error) {
	from, to, err := args.interval()
	if err != nil {
		return nil, err
	}
	if !to.set {
		return nil, errors.New("an exclusion has an end")
	}
	x := slo.Exclusion{Name: args.next(), Scope: scope, Approval: slo.Approval{State: slo.ApprovalNotNeeded}}
	if x.Name == "" {
		return nil, errors.New("want a name behind the interval")
	}
	if args.take("every") {
		rule, zone := args.next(), "UTC"
		if args.take("in") {
			zone = args.next()
		}
		if x.Recurrence, err = slo.ParseRecurrence(unquote(rule), zone); err != nil {
			return nil, err
		}
	}
	return func(s *session) error {
		x := x
		x.Start = from.in(s)
		x.Length = to.in(s).Sub(x.Start)
		s.excluded = append(s.excluded, x)
		return nil
	}, nil
}

// parseInclude takes an exclusion back.
func parseInclude(args *words) (func(*session) error, error) {
	name := args.next()
	return func(s *session) error {
		i := slices.IndexFunc(s.excluded, func(x slo.Exclusion) bool { return x.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no exclusion %q", name)
		}
		s.excluded = slices.Delete(slices.Clone(s.excluded), i, i+1)
		return nil
	}, nil
}

// parseAnnotate parses "annotate incident 1h..2h fire".
func parseAnnotate(args *words) (func(*session) error, error) {
	word := args.next()
	kind := slo.AnnotationKind(strings.ToUpper(word))
	if !slices.Contains(slo.AnnotationKinds, kind) {
		return nil, fmt.Errorf("unknown kind %q: want incident, deploy, maintenance or other", word)
	}
	from, to, err := args.interval()
	if err != nil {
		return nil, err
	}
	name := args.next()
	if name == "" {
		return nil, errors.New("want a name behind the interval")
	}
	return func(s *session) error {
		a := slo.Annotation{Name: name, Kind: kind, Scope: scope, From: from.in(s)}
		if to.set {
			a.To = to.in(s)
		}
		s.annotated = append(s.annotated, a)
		return nil
	}, nil
}

// interval takes "1h..2h", or "1h.." for one without an end.
func (w *words) interval() (from, to moment, err error) {
	first, last, ok := strings.Cut(w.next(), "..")
	if !ok {
		return from, to, errors.New("want the interval FROM..TO")
	}
	if from, err = parseMoment(first); err != nil || last == "" {
		return from, to, err
	}
	to, err = parseMoment(last)
	return from, to, err
}

// exclusions returns what the script excludes at this moment.
func (s *session) exclusions() *slo.Exclusions {
	x := &slo.Exclusions{}
	x.Replace(s.excluded)
	return x
}

// annotations returns what the script says that happened.
func (s *session) annotations(now func() time.Time) *slo.Annotations {
	a := &slo.Annotations{Now: now}
	a.Replace(s.annotated)
	return a
}

// statement answers with the balances, and with its lines as lists.
func (s *session) statement(q question) ([]record, error) {
	ask := slo.StatementQuestion{Question: s.question(q)}
	if q.from.set {
		ask.From = q.from.in(s)
	}
	if q.to.set {
		ask.To = q.to.in(s)
	}
	st, err := s.evaluator().Statement(s.ctx, s.objective, s.first(), ask)
	out := record{
		"from": one(st.From), "to": one(st.To), "unit": one(st.Unit),
		"opening": one(amount(st.Opening)), "spent": one(amount(st.Spent)), "waived": one(amount(st.Waived)), "closing": one(amount(st.Closing)),
		"warnings": one(float64(len(st.Warnings))), "warning": one(strings.Join(st.Warnings, "; ")),
		"kinds": nil, "names": nil, "minutes": nil, "amounts": nil, "shares": nil, "balances": nil, "waivers": nil, "intervals": nil,
	}
	for _, l := range st.Lines {
		name := item(l.Name)
		if l.Kind == slo.UnattributedLine {
			name = nil
		}
		for field, i := range map[string]item{
			"kinds": string(l.Kind), "names": name, "minutes": float64(l.Minutes), "amounts": l.Spent.Float(), "shares": pointed(l.Share),
			"balances": amount(l.Balance), "waivers": amount(l.Waived), "intervals": slo.Interval{From: l.From, To: l.To},
		} {
			out[field] = append(out[field], i)
		}
	}
	return []record{out}, err
}

// amount returns an amount that may be absent, in what the budget counts.
func amount(a *slo.Amount) item {
	if a == nil {
		return nil
	}
	return a.Float()
}
