package openslo

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Bounds of texts and lists of our own kinds: what the page sends is bounded by
// the same.
const (
	maxTitle  = 200
	maxReason = 2000
	maxScope  = 200
	maxExcept = 200
	// maxRecurring bounds the exclusions of a file that recur: reading a rule
	// takes 25 kB.
	maxRecurring = 500
)

// scopeSpec says which SLOs an exclusion or an annotation is about.
var scopeSpec = &object{
	fields: []field{
		allow("slos", list{of: name, min: 1, max: maxScope}),
		allow("services", list{of: name, min: 1, max: maxScope}),
		allow("labels", mapping{key: checkLabel, of: text{max: maxTitle}}),
	},
	rules: []rule{atLeastOne("slos", "services", "labels"), someLabels},
}

// someLabels refuses labels without any, which would be about nothing.
func someLabels(c *checker, v value) {
	if labels := v.get("labels"); c.clean(labels) && labels.len() == 0 {
		c.at(labels, "labels: is empty: name a label, or leave labels out")
	}
}

// exclusionSpec is what a document of that kind has below its key spec.
var exclusionSpec = &object{
	fields: []field{
		allow("description", description),
		allow("title", text{max: maxTitle}),
		need("reason", text{max: maxReason}),
		need("kind", kindChoice(slo.ExclusionKinds)),
		need("scope", scopeSpec),
		need("start", written(checkInstant)),
		need("length", written(checkExtent)),
		allow("recurrence", &object{
			fields: []field{
				need("rrule", text{max: maxReason}),
				need("timeZone", text{valid: checkTimeZone}),
				allow("except", list{of: written(checkInstant), max: maxExcept}),
			},
			rules: []rule{recurrenceFits},
		}),
		allow("author", text{max: maxTitle}),
		allow("createdAt", written(checkInstant)),
	},
	rules: []rule{exclusionFits},
}

// exclusionFits checks the length, which two notations share, and that the rule
// has an end where it needs one.
func exclusionFits(c *checker, v value) {
	start, length, recurrence := v.get("start"), v.get("length"), v.get("recurrence")
	if !c.clean(start) || !c.clean(length) {
		return
	}
	x := slo.Exclusion{Start: instantOf(start), Scope: slo.Scope{Services: []string{"any"}}}
	var err error
	if x.Length, err = parseExtent(length.text()); err != nil { // has been noted
		return
	}
	if c.clean(recurrence) {
		x.Recurrence.Rule = strings.ToUpper(recurrence.get("rrule").text())
	}
	if err := cmp.Or(x.Check(), x.CheckReach()); err != nil {
		c.at(map[string]value{"length": length, "rrule": recurrence.get("rrule")}[fault.FieldOf(err)], "%v", err)
	}
}

// kindChoice is one of the kinds of exclusions or annotations.
func kindChoice[K ~string](kinds []K) choice {
	names := make(choice, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return names
}

// recurrenceFits reads the rule in its time zone.
func recurrenceFits(c *checker, v value) {
	switch c.recurring++; {
	case c.recurring > maxRecurring+1:
		c.bad[v.node] = true
	case c.recurring > maxRecurring:
		c.at(v, "a file has at most %d exclusions that recur: write another file", maxRecurring)
	case c.clean(v.get("rrule")) && c.clean(v.get("timeZone")):
		if _, err := recurrenceOf(v); err != nil {
			c.at(v.get("rrule"), "%v", err)
		}
	}
}

// recurrenceOf returns what a checked recurrence says.
func recurrenceOf(v value) (slo.Recurrence, error) {
	r, err := slo.ParseRecurrence(v.get("rrule").text(), v.get("timeZone").text())
	if err != nil {
		return r, err
	}
	for _, item := range v.get("except").items() {
		r.Except = append(r.Except, instantOf(item))
	}
	slices.SortFunc(r.Except, time.Time.Compare)
	return r, nil
}

// parseInstant reads an instant with its offset from UTC.
func parseInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fault.Invalidf("%s is not an instant such as 2026-01-31T02:00:00Z or 2026-01-31T02:00:00+01:00", quote(s))
	}
	return t.UTC(), slo.CheckInstant(t)
}

func checkInstant(s string) error {
	_, err := parseInstant(s)
	return err
}

// instantOf returns a checked instant, zero for none.
func instantOf(v value) time.Time {
	t, err := parseInstant(v.text())
	if err != nil { // absent, or noted by checkInstant
		return time.Time{}
	}
	return t
}

// parseExtent reads how long an occurrence is: a shorthand of a fixed length, or
// a duration as Go writes it, such as 1h30m.
func parseExtent(s string) (time.Duration, error) {
	if !shorthandForm.MatchString(s) {
		length, err := time.ParseDuration(s)
		if err != nil {
			return 0, fault.Invalidf("length %s is not one such as 90m, 2h, 1h30m or 1d", quote(s))
		}
		return length, nil
	}
	d, err := parseShorthand(s)
	if err != nil {
		return 0, err
	}
	if calendarUnits[d.unit] >= slo.Month {
		return 0, fault.Invalidf("length %s has no fixed length: use m, h, d or w", quote(s))
	}
	return d.length()
}

func checkExtent(s string) error {
	_, err := parseExtent(s)
	return err
}

// exclusion puts a document of that kind into the set. It needs no approval:
// whoever reviews the file has approved it.
func (l *linker) exclusion(h *home) {
	spec := h.spec()
	if !l.scoped(h) {
		return
	}
	length, err := parseExtent(spec.get("length").text())
	if err != nil { // has been noted by checkExtent
		return
	}
	x := slo.Exclusion{
		Name: h.key.name, Title: h.title(), Reason: spec.get("reason").text(), Kind: slo.ExclusionKind(spec.get("kind").text()),
		Scope: scopeOf(spec.get("scope")), Start: instantOf(spec.get("start")), Length: length,
		Author: spec.get("author").text(), CreatedAt: instantOf(spec.get("createdAt")),
		Approval: slo.Approval{State: slo.ApprovalNotNeeded}, Origin: h.origin(),
	}
	if r := spec.get("recurrence"); !r.absent() {
		if x.Recurrence, err = recurrenceOf(r); err != nil { // has been noted by recurrenceFits
			return
		}
	}
	if !h.file.refused {
		l.set.Exclusions = append(l.set.Exclusions, x)
	}
}

// title returns what people call an object of our own kinds.
func (h *home) title() string {
	return cmp.Or(h.spec().get("title").text(), h.metadata().get("displayName").text(), h.key.name)
}

// scopeOf returns what a checked scope says.
func scopeOf(v value) slo.Scope {
	s := slo.Scope{SLOs: textsOf(v.get("slos")), Services: textsOf(v.get("services"))}
	for k, item := range v.get("labels").pairs() {
		if s.Labels == nil {
			s.Labels = map[string]string{}
		}
		s.Labels[k.node.Value] = item.text()
	}
	return s
}

// textsOf returns the entries of a list, sorted, each once.
func textsOf(v value) (all []string) {
	for _, item := range v.items() {
		all = append(all, item.text())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// scoped follows the references of a scope: who mistypes one excludes nothing,
// and would not hear of it.
func (l *linker) scoped(h *home) bool {
	before := len(l.troubles)
	scope := h.spec().get("scope")
	for _, ref := range scope.get("slos").items() {
		if l.index[key{kindComposite, ref.text()}] == nil {
			l.find(h, ref, kindSLO)
		}
	}
	for _, ref := range scope.get("services").items() {
		if name := ref.text(); !l.serviceNames()[name] {
			l.trouble(h, ref, []key{{kindService, name}}, "there is no service %s%s", quote(name), suggest(name, slices.Sorted(maps.Keys(l.serviceNames()))))
		}
	}
	return len(l.troubles) == before
}

// serviceNames returns the services that are defined, or that SLOs name.
func (l *linker) serviceNames() map[string]bool {
	if l.services != nil {
		return l.services
	}
	l.services = map[string]bool{}
	for k, h := range l.index {
		switch k.kind {
		case kindService:
			l.services[k.name] = true
		case kindSLO, kindComposite:
			l.services[h.spec().get("service").text()] = true
		}
	}
	return l.services
}
