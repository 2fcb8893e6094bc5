package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// Options say how rules are written.
type Options struct {
	// Interval is how often groups are evaluated; 0 means a minute, or half a
	// minute where a window is shorter than five.
	Interval time.Duration
	// Limit is the most series or alerts that a rule may give, 0 for no limit.
	Limit int
	// URL is the address of Hindcast, for links; "" for none.
	URL string
	// Team returns the team of a service, "" where nobody is named; nil for none.
	Team func(service string) string
}

// File is a rule file of Prometheus.
type File struct {
	Groups []Group `yaml:"groups"`
}

// Group is what is evaluated together, in this order.
type Group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval"`
	Limit    int    `yaml:"limit,omitempty"`
	Rules    []Rule `yaml:"rules"`

	slo   string
	notes []string
}

// SLO returns the name of the SLO that the group is about.
func (g Group) SLO() string { return g.slo }

// Split returns a file for each SLO.
func (f File) Split() []File {
	var files []File
	for _, g := range f.Groups {
		if n := len(files); n == 0 || files[n-1].Groups[0].slo != g.slo {
			files = append(files, File{})
		}
		last := &files[len(files)-1]
		last.Groups = append(last.Groups, g)
	}
	return files
}

// Rule is a recording or an alerting rule.
type Rule struct {
	Record      string            `yaml:"record,omitempty"`
	Alert       string            `yaml:"alert,omitempty"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// Remark is what somebody should know of an objective whose rules were written, or
// why they were not.
type Remark struct {
	slo.Problem
	LeftOut bool // there are no rules for it
}

// Of returns the rules of objectives, a group for each, and what is to be said
// about them.
func Of(slos []*slo.SLO, o Options) (File, []Remark) {
	slos = slices.Clone(slos)
	slices.SortStableFunc(slos, func(a, b *slo.SLO) int { return strings.Compare(a.Name, b.Name) })
	var f File
	var remarks []Remark
	for _, s := range slos {
		for i := range s.Objectives {
			w := &writer{options: o, slo: s, objective: &s.Objectives[i]}
			why := w.write()
			for _, note := range w.group.notes {
				remarks = append(remarks, w.remark(note, false))
			}
			if why != "" {
				remarks = append(remarks, w.remark(why, true))
				continue
			}
			f.Groups = append(f.Groups, w.group)
		}
	}
	return f, remarks
}

// writer writes the rules of one objective.
type writer struct {
	options   Options
	slo       *slo.SLO
	objective *slo.Objective
	indicator *prometheus.Indicator
	conds     []condition
	group     Group
}

// remark says something about the objective, with the position of its document.
func (w *writer) remark(text string, leftOut bool) Remark {
	return Remark{slo.Problem{
		File: w.slo.Origin.File, Line: w.slo.Origin.Line, Column: 1,
		Text: fmt.Sprintf("slo %q, objective %q: %s", w.slo.Name, w.objective.Name, text),
	}, leftOut}
}

// notef adds what the rules do not say exactly.
func (w *writer) notef(format string, args ...any) {
	w.group.notes = append(w.group.notes, fmt.Sprintf(format, args...))
}

// write fills the group, or says why there is none.
func (w *writer) write() (why string) {
	if why := w.unsupported(); why != "" {
		return why
	}
	w.conditions()
	if len(w.conds) == 0 {
		return "no burn rate can be alerted on: the target allows so much that a total failure is below every threshold, or its alert policies tell of nothing; there is nothing to write"
	}
	w.approximations()
	w.group.slo = w.slo.Name
	w.group.Name = "hindcast/" + w.slo.Name + "/" + w.objective.Name
	w.group.Interval = length(w.interval())
	w.group.Limit = w.options.Limit
	w.record()
	w.alert()
	return ""
}

// ownLabels are those that the rules set, which no grouping may have.
var ownLabels = []string{"slo", "objective", "service", "team", "severity", "long", "short", "alertname", "policy"}

// unsupported says why an objective cannot be written as rules.
func (w *writer) unsupported() string {
	if w.objective.Composite != nil {
		return "a composite is made of several indicators by rules that PromQL cannot follow; alert on hindcast_slo_burning instead"
	}
	in, is := w.objective.Indicator.(*prometheus.Indicator)
	if !is {
		return "it is not measured on Prometheus alone, so that no Prometheus can evaluate it; alert on hindcast_slo_burning instead"
	}
	w.indicator = in
	for _, name := range in.By {
		if slices.Contains(ownLabels, name) {
			return fmt.Sprintf("it is grouped by %s, a label that the rules set themselves; rename it with label_replace in the query", name)
		}
	}
	return ""
}

// approximations tells what the rules do not say exactly.
func (w *writer) approximations() {
	if !w.slo.Window.IsRolling() {
		w.notef("the window is a %s: rules look back over fixed times and take a period for its usual length; the budget of the period itself is in hindcast_slo_error_budget_remaining_ratio", w.slo.Window.Title())
	}
	if w.slo.Method != slo.Occurrences {
		w.notef("the budgeting method is %s: rules judge a slice of %s that ends at each evaluation, not slices of a fixed grid", w.slo.Method, length(w.objective.SliceLength))
	}
	if e := w.indicator; e.Good.Server != nil || e.Bad.Server != nil || e.Total.Server != nil || e.Value.Server != nil {
		w.notef("a computed expression is looked at once a minute, as Hindcast does")
	}
	if w.indicator.Tenant != "" {
		w.notef("it reads the series of tenant %s: load the rules for that tenant", w.indicator.Tenant)
	}
	if longest := w.longest(); longest > 15*24*time.Hour {
		w.notef("the longest window is %s: Prometheus keeps 15 days unless --storage.tsdb.retention.time says more, and would judge by what it kept", length(longest))
	}
	if w.shortest() < 2*time.Minute && w.indicator.Value.IsZero() {
		w.notef("the shortest window is %s: a rate over it needs samples every %s or more often", length(w.shortest()), length(w.shortest()/2))
	}
}

// windows returns the lengths that the conditions look back over, ascending.
func (w *writer) windows() []time.Duration {
	all := map[time.Duration]bool{}
	for _, c := range w.conds {
		all[c.long] = true
		if c.short > 0 {
			all[c.short] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (w *writer) longest() time.Duration { return slices.Max(w.windows()) }

func (w *writer) shortest() time.Duration { return slices.Min(w.windows()) }

// interval returns how often the group is evaluated.
func (w *writer) interval() time.Duration {
	usual := time.Minute
	if w.shortest() < 5*time.Minute {
		usual = 30 * time.Second
	}
	return cmp.Or(w.options.Interval, usual)
}

// identity returns the labels that tell the objective apart.
func (w *writer) identity() map[string]string {
	return map[string]string{"slo": w.slo.Name, "objective": w.objective.Name, "service": w.slo.Service}
}

// length writes a duration as Prometheus does.
func length(d time.Duration) string { return model.Duration(d).String() }
