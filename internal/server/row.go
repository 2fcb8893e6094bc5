package server

import (
	"encoding/json"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// row is one line of `eval` and `status`: the budget of one objective, or of
// one group of it. Its JSON form is a public contract; absent numbers are null.
type row struct {
	Name      string            `json:"name"`
	Service   string            `json:"service"`
	Objective string            `json:"objective"`
	Group     map[string]string `json:"group,omitempty"`
	Target    json.Number       `json:"target"`
	Window    string            `json:"window"`
	From      time.Time         `json:"from"`
	To        time.Time         `json:"to"`
	Good      *float64          `json:"good"`
	Total     *float64          `json:"total"`
	SLI       *float64          `json:"sli"`
	Allowed   *float64          `json:"allowed"`
	Spent     *float64          `json:"spent"`
	Remaining *float64          `json:"remaining"`
	BurnRate  *float64          `json:"burnRate"`
	Coverage  float64           `json:"coverage"`
	State     slo.State         `json:"state"`
	AsOf      *time.Time        `json:"asOf"`
	Warnings  []string          `json:"warnings"`
}

// rowOf returns the row of a budget.
func rowOf(s *slo.SLO, o *slo.Objective, g slo.Group, b slo.Budget) row {
	r := row{
		Name: s.Name, Service: s.Service, Objective: o.Name, Group: g.Labels(),
		Target: json.Number(b.Target.String()), Window: s.Window.Shorthand(), From: b.From, To: b.To,
		Good: b.Good, Total: b.Total, SLI: b.SLI, Allowed: b.Allowed, Spent: b.Spent,
		Remaining: b.Remaining, BurnRate: b.BurnRate, Coverage: b.Coverage, State: b.State,
		Warnings: b.Warnings,
	}
	if r.Warnings == nil {
		r.Warnings = []string{}
	}
	if !b.AsOf.IsZero() {
		r.AsOf = &b.AsOf
	}
	return r
}
