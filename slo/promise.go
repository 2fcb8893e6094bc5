package slo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
)

// LateDelay is how long after its end a period may still change for data that
// arrive late without anybody having to explain it. It is what the samples of the
// embedded database may be late by.
const LateDelay = time.Hour

// Of returns what is promised; o is nil if there is no such objective.
func (p Promise) Of(find func(slo string) *SLO) (s *SLO, o *Objective) {
	if s = find(p.SLO); s == nil {
		return nil, nil
	}
	for i := range s.Objectives {
		if p.Objective == "" || s.Objectives[i].Name == p.Objective {
			return s, &s.Objectives[i]
		}
	}
	return s, nil
}

// Title names the objective.
func (p Promise) Title() string {
	if p.Objective == "" {
		return p.SLO
	}
	return p.SLO + "/" + p.Objective
}

// as returns s and o with the window and the target of the agreement: what was
// promised is what a team measures, held to another standard.
func (a *SLA) as(s *SLO, o *Objective) (*SLO, *Objective) {
	mine := *s
	held := *o
	mine.Window, held.Target = a.Window, a.Target
	return &mine, &held
}

// counting returns which exclusions count: what may be excluded at most is meant
// for each period of the agreement.
func (a *SLA) counting() Terms {
	t := a.Terms
	if t.Most > 0 {
		t.Per = a.Window
	}
	return t
}

// Check refuses agreements that do not say one thing. The error is at the field
// to blame: see fault.At.
func (a *SLA) Check(find func(slo string) *SLO) error {
	if a.Target.IsZero() {
		return fault.At("target", fault.Invalidf("the target is missing"))
	}
	if a.Window.IsZero() || a.Window.IsRolling() {
		return fault.At("window", fault.Invalidf("%s has no months that can be stated: an agreement runs by a calendar", a.Window.Title()))
	}
	if err := a.checkStreams(find); err != nil {
		return fault.At("streams", err)
	}
	if err := a.checkCustomers(); err != nil {
		return fault.At("customers", err)
	}
	if _, err := CheckCredits(a.Target, a.Credits); err != nil {
		return fault.At("credits", err)
	}
	return fault.At("terms", a.Terms.check())
}

func (a *SLA) checkStreams(find func(string) *SLO) error {
	if len(a.Streams) == 0 {
		return fault.Invalidf("nothing is promised: name an SLO")
	}
	for i, p := range a.Streams {
		s, o := p.Of(find)
		switch {
		case s == nil:
			return fault.Invalidf("there is no SLO %.80q", p.SLO)
		case o == nil:
			return fault.Invalidf("SLO %q has no objective %.80q", p.SLO, p.Objective)
		case a.Combination == Total && s.Method != Occurrences:
			return fault.Invalidf("SLO %q counts %s, and those of different streams cannot be added: combine by WORST", p.SLO, strings.ToLower(s.Method.String()))
		case slices.Contains(a.Streams[:i], p):
			return fault.Invalidf("%q is promised twice", p.Title())
		}
	}
	return nil
}

func (a *SLA) checkCustomers() error {
	if len(a.Customers) == 0 {
		return fault.Invalidf("nobody is promised anything: name a customer")
	}
	seen := make(map[string]bool, len(a.Customers))
	for _, c := range a.Customers {
		if seen[c.Name] {
			return fault.Invalidf("customer %q is named twice", c.Name)
		}
		seen[c.Name] = true
		if err := CheckFee(c.Fee, c.Currency); err != nil {
			return fmt.Errorf("customer %q: %w", c.Name, err)
		}
	}
	return nil
}

// Customer returns the party of that name.
func (a *SLA) Customer(name string) (Customer, bool) {
	i := slices.IndexFunc(a.Customers, func(c Customer) bool { return c.Name == name })
	if i < 0 {
		return Customer{}, false
	}
	return a.Customers[i], true
}

func (t Terms) check() error {
	for name, d := range map[string]time.Duration{"notice": t.Notice, "most": t.Most} {
		if d < 0 || d > MaxWindow || d%time.Minute != 0 {
			return fault.Invalidf("%s of %s is not a whole number of minutes from 0 to %d days", name, d, int(MaxWindow/day))
		}
	}
	return nil
}

// KindList returns the kinds as Terms hold them.
func KindList(kinds []ExclusionKind) string {
	var names []string
	for _, k := range ExclusionKinds {
		if slices.Contains(kinds, k) {
			names = append(names, string(k))
		}
	}
	return strings.Join(names, ",")
}

// KindsOf returns the kinds that terms name, nil for all.
func (t Terms) KindsOf() []ExclusionKind {
	var kinds []ExclusionKind
	for _, k := range ExclusionKinds {
		if slices.Contains(strings.Split(t.Kinds, ","), string(k)) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// AchievedPercent writes an SLI in percent, cut to a number of decimals and never
// rounded: 99.8999…, which missed 99.9, must not be read as having reached it. It
// is what people compare with targets and bands, so that decimals have to be at
// least as many as those have; "" for no SLI.
func AchievedPercent(sli *float64, decimals int) string {
	if sli == nil {
		return ""
	}
	// The shortest decimal that is this float: a target that is reached exactly
	// reads as the target.
	whole, frac, _ := strings.Cut(strconv.FormatFloat(*sli, 'f', -1, 64), ".")
	frac += "00"
	whole, frac = strings.TrimLeft(whole+frac[:2], "0"), strings.TrimRight(frac[2:], "0")
	if whole == "" {
		whole = "0"
	}
	if frac = strings.TrimRight(frac[:min(len(frac), decimals)], "0"); frac != "" {
		return whole + "." + frac
	}
	return whole
}

// Decimals returns how many decimals the achieved percentage needs beside the
// target and the bands of the agreement: one more than they have, and four.
func (a *SLA) Decimals() int {
	n := 4
	for _, t := range append([]Target{a.Target}, thresholds(a.Credits)...) {
		_, frac, _ := strings.Cut(t.Percent(), ".")
		n = max(n, len(frac)+1)
	}
	return n
}

func thresholds(credits []Credit) []Target {
	all := make([]Target, len(credits))
	for i, c := range credits {
		all[i] = c.Below
	}
	return all
}
