package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vikstrous/dataloadgen"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// teamLabel is the label of an SLO that names its team.
const teamLabel = "team"

// service returns the service of s; an objective may name one that nobody
// described.
func (r *resolver) service(s *slo.SLO) catalog.Service {
	if described, ok := r.Services.ByName(s.Service); ok {
		return described
	}
	return catalog.Service{Name: s.Service}
}

// services returns the services that are described and those that are named by
// an objective only.
func (r *resolver) services() []catalog.Service {
	list := r.Services.All()
	described := make(map[string]bool, len(list))
	for _, s := range list {
		described[s.Name] = true
	}
	for _, s := range r.SLOs.All() {
		if !described[s.Service] {
			described[s.Service] = true
			list = append(list, catalog.Service{Name: s.Service})
		}
	}
	return list
}

// servicePage returns a page of the services ordered by name.
func (r *resolver) servicePage(ctx context.Context, first int, after *string) (*model.ServiceConnection, error) {
	p, err := listing[catalog.Service]{
		kind:  serviceList,
		items: r.services(),
		place: func(s catalog.Service) place { return place{ID: s.Name} },
	}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.ServiceConnection{Page: p}, nil
}

// serviceNamed returns a service, nil if nothing describes or names it.
func (r *resolver) serviceNamed(name string) *catalog.Service {
	for _, s := range r.services() {
		if s.Name == name {
			return &s
		}
	}
	return nil
}

// team returns the team of an SLO, "" where nobody is named.
func (r *resolver) team(s *slo.SLO) string {
	if names := s.Labels[teamLabel]; len(names) > 0 && names[0] != "" {
		return names[0]
	}
	return r.service(s).Team
}

// sloPage returns a page of the SLOs that match.
func (r *resolver) sloPage(ctx context.Context, match func(*slo.SLO) bool, states []slo.State, first int, after *string) (*model.SloConnection, error) {
	list := listing[*slo.SLO]{
		kind:  sloList,
		items: slices.Collect(filtered(r.SLOs.All(), match)),
		place: func(s *slo.SLO) place { return place{Sort: s.Service, ID: s.Name} },
	}
	if states != nil {
		list.keep = func(ctx context.Context, slos []*slo.SLO) ([]bool, error) { return inState(ctx, slos, states) }
	}
	p, err := list.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	edges := make([]model.SloEdge, len(p.Nodes))
	for i, s := range p.Nodes {
		edges[i] = model.SloEdge{Cursor: cursor(list.kind, list.place(s)), Node: s}
	}
	return &model.SloConnection{Page: p, Edges: edges}, nil
}

// filtered yields the items that match.
func filtered[T any](items []T, match func(T) bool) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		for _, item := range items {
			if match(item) && !yield(item) {
				return
			}
		}
	}
}

// inState tells which SLOs have their first budget in one of the states. An SLO
// whose budget cannot be told is in none; the response says so beside the list.
func inState(ctx context.Context, slos []*slo.SLO, states []slo.State) ([]bool, error) {
	questions := make([]question, len(slos))
	for i, s := range slos {
		questions[i] = question{slo: s, objective: &s.Objectives[0]}
	}
	budgets, err := scopeOf(ctx).budgets.LoadAll(ctx, questions)
	failed, partly := errors.AsType[dataloadgen.ErrorSlice](err)
	if err != nil && !partly {
		return nil, err
	}
	keep := make([]bool, len(slos))
	for i, b := range budgets {
		if partly && failed[i] != nil {
			graphql.AddError(ctx, fmt.Errorf("state of %s: %w", slos[i].Name, failed[i]))
			continue
		}
		keep[i] = slices.Contains(states, b.State)
	}
	return keep, nil
}

// matcher returns what a filter asks for, without the states.
func (r *resolver) matcher(f *model.SloFilter) (match func(*slo.SLO) bool, states []slo.State) {
	if f == nil {
		return func(*slo.SLO) bool { return true }, nil
	}
	service, team, search := f.Service.Value(), f.Team.Value(), f.Search.Value()
	return func(s *slo.SLO) bool {
		return (service == nil || s.Service == *service) &&
			(team == nil || r.team(s) == *team) &&
			(search == nil || contains(s.Name, *search) || contains(s.DisplayName, *search))
	}, f.State.Value()
}

// contains reports whether part is in text, whatever the case.
func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// groupPage returns a page of the groups of an objective, least remaining first
// and those without a figure last.
func groupPage(ctx context.Context, x question, first int, after *string) (*model.GroupConnection, error) {
	groups, err := scopeOf(ctx).groups.Load(ctx, x)
	if err != nil {
		return nil, err
	}
	p, err := listing[slo.GroupBudget]{
		kind:  groupKind(x),
		items: groups,
		place: func(g slo.GroupBudget) place { return place{Sort: sortable(g.Budget.Remaining), ID: string(g.Group)} },
	}.page(ctx, first, after)
	if err != nil {
		return nil, err
	}
	return &model.GroupConnection{Page: p, TotalCount: len(groups)}, nil
}

// groupKind names the list of groups that a question asks for. Places are
// figures: those of another window or instant lead nowhere in this list.
func groupKind(x question) string {
	window, asOf := "own", "now"
	if !x.Window.IsZero() {
		window = x.Window.Title()
	}
	if !x.AsOf.IsZero() {
		asOf = x.AsOf.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%s %q %q %s %s", groupList, x.slo.Name, x.objective.Name, window, asOf)
}

// series returns the points that are asked for.
func (r *resolver) series(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.SeriesQuestion) (*slo.Series, error) {
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return nil, fault.Invalidf("from %s is not before to %s", q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
	}
	if err := r.known(s, o, q.Group); err != nil {
		return nil, err
	}
	series, err := evaluate(ctx, scopeOf(ctx), r, func(ctx context.Context) (slo.Series, error) {
		return r.Evaluator.Series(ctx, s, o, q)
	})
	if err != nil {
		return nil, err
	}
	return &series, nil
}

// seriesQuestion returns the question for a series; nil means what the evaluator
// takes by itself.
func seriesQuestion(kind slo.SeriesKind, from, to *time.Time, maxPoints *int, group map[string]string, exclusions bool) slo.SeriesQuestion {
	q := slo.SeriesQuestion{Question: slo.Question{Group: slo.GroupOf(group), Terms: slo.Terms{Ignore: !exclusions}}, Kind: kind, From: instant(from), To: instant(to)}
	if maxPoints != nil {
		q.MaxPoints = *maxPoints
	}
	return q
}

// labelList returns labels sorted by name.
func labelList(labels map[string][]string) []model.Label {
	list := make([]model.Label, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, model.Label{Name: name, Values: slices.Clone(labels[name])})
	}
	return list
}

// groupLabels returns the labels of a group sorted by name.
func groupLabels(g slo.Group) []model.Label {
	list := make([]model.Label, 0)
	labels := g.Labels()
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, model.Label{Name: name, Values: []string{labels[name]}})
	}
	return list
}

// objectives returns the objectives of s, each with s beside it.
func objectives(s *slo.SLO) []model.Objective {
	list := make([]model.Objective, len(s.Objectives))
	for i := range s.Objectives {
		list[i] = model.Objective{SLO: s, Objective: &s.Objectives[i]}
	}
	return list
}

// objective returns the objective of that name, the first one without a name,
// and nil if none has it.
func objective(s *slo.SLO, name *string) *model.Objective {
	for i := range s.Objectives {
		if o := &s.Objectives[i]; name == nil || o.Name == *name {
			return &model.Objective{SLO: s, Objective: o}
		}
	}
	return nil
}

// sourceQueries returns what was asked of which source.
func sourceQueries(e *slo.Explanation) []model.SourceQuery {
	list := make([]model.SourceQuery, len(e.Queries))
	for i, q := range e.Queries {
		list[i] = model.SourceQuery{Role: q.Role, Source: cmp.Or(e.Source, "default"), Text: q.Text, Note: q.Note}
	}
	return list
}

// optional returns nil for the empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
