package openslo

import (
	"slices"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// maxParts bounds the lists of an agreement.
const maxParts = 100

// slaSpec is what a document of kind SLA has below its key spec.
var slaSpec = &object{
	fields: []field{
		allow("description", description),
		allow("service", name),
		allow("target", numeric(checkTarget)),
		allow("targetPercent", numeric(checkPercent)),
		need("period", slaPeriod),
		need("streams", list{of: &object{fields: []field{need("sloRef", name), allow("objective", text{max: 63})}}, min: 1, max: maxParts}),
		allow("combination", combinationChoice),
		need("customers", list{of: slaCustomer, min: 1, max: maxParts}),
		allow("credits", list{of: slaCredit, max: maxParts}),
		allow("exclusions", slaExclusions),
	},
	rules: []rule{exactlyOne("target", "targetPercent"), bandsFit, customersDiffer},
}

// combinations are those of slo as documents write them.
var (
	combinations      = map[string]slo.Combination{"": slo.Worst, "Worst": slo.Worst, "Total": slo.Total}
	combinationChoice = choice{"Worst", "Total"}
)

// periodUnits are the calendars that agreements run by.
var (
	periodUnits  = map[string]slo.CalendarUnit{"day": slo.Day, "week": slo.Week, "month": slo.Month, "quarter": slo.Quarter, "year": slo.Year}
	periodChoice = choice{"day", "week", "month", "quarter", "year"}
)

// slaPeriod is shorter than a timeWindow, which could be no other one.
var slaPeriod = &object{fields: []field{
	need("every", periodChoice),
	need("timeZone", text{valid: checkTimeZone}),
	allow("startsOn", written(checkDate)),
}}

var slaCustomer = &object{
	fields: []field{
		need("name", name),
		allow("displayName", text{max: maxTitle}),
		allow("fee", written(func(string) error { return nil })), // see feeFits
		allow("currency", text{max: 3}),
	},
	rules: []rule{feeFits},
}

var slaCredit = &object{fields: []field{
	need("belowPercent", numeric(checkPercent)),
	need("creditPercent", numeric(func(s string) error {
		_, err := slo.ParseCredit("50", s)
		return err
	})),
}}

var slaExclusions = &object{
	fields: []field{
		allow("count", boolean{}),
		allow("kinds", list{of: kindChoice(slo.ExclusionKinds), min: 1, max: len(slo.ExclusionKinds)}),
		allow("notice", written(checkExtent)),
		allow("most", written(checkExtent)),
	},
	rules: []rule{countsOrNot},
}

// checkDate accepts days from 1970 on.
func checkDate(s string) error {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fault.Invalidf("%s is not a day such as 2024-04-01", quote(s))
	}
	return slo.CheckInstant(t)
}

// bandsFit refuses credits that do not say one thing.
func bandsFit(c *checker, v value) {
	target, err := targetOf(v)
	credits := v.get("credits")
	if err != nil || !c.clean(credits) {
		return
	}
	bands, err := creditsOf(credits)
	if err != nil { // has been noted by the shapes of the fields
		return
	}
	if at, err := slo.CheckCredits(target, bands); err != nil {
		c.at(valueOf(credits.node.Content[at]), "%v", err)
	}
}

// customersDiffer refuses customers that cannot be told apart.
func customersDiffer(c *checker, v value) {
	lines := map[string]int{}
	for _, item := range v.get("customers").items() {
		at := item.get("name")
		if first := lines[at.text()]; first != 0 && at.text() != "" {
			c.at(at, "customer %s is named twice, first in line %d", quote(at.text()), first)
			continue
		}
		if !at.absent() {
			lines[at.text()] = at.node.Line
		}
	}
}

// feeFits refuses fees that are no amounts of their currency.
func feeFits(c *checker, v value) {
	if currency := v.get("currency"); !currency.absent() && !c.clean(currency) {
		return
	}
	if err := slo.CheckFee(v.get("fee").text(), v.get("currency").text()); err != nil {
		c.at(deepest(v, []string{fault.FieldOf(err)}), "%v", err)
	}
}

// countsOrNot refuses terms for exclusions that do not count.
func countsOrNot(c *checker, v value) {
	if v.get("count").text() != "false" {
		return
	}
	for _, key := range present(v, "kinds", "notice", "most") {
		c.at(v.get(key), "%s belongs to exclusions that count: remove it, or count: false", key)
	}
}

func creditsOf(v value) ([]slo.Credit, error) {
	var bands []slo.Credit
	for _, item := range v.items() {
		band, err := slo.ParseCredit(item.get("belowPercent").text(), item.get("creditPercent").text())
		if err != nil {
			return nil, err
		}
		bands = append(bands, band)
	}
	return bands, nil
}

// periodOf returns the window that a checked period describes.
func periodOf(v value) (slo.Window, error) {
	loc, err := zone(v.get("timeZone").text())
	if err != nil {
		return slo.Window{}, err
	}
	anchor := slo.DefaultAnchor(loc)
	if day := v.get("startsOn"); !day.absent() {
		if anchor, err = time.ParseInLocation(time.DateOnly, day.text(), loc); err != nil {
			return slo.Window{}, err
		}
	}
	return slo.Calendar(1, periodUnits[v.get("every").text()], anchor)
}

// termsOf returns which exclusions count.
func termsOf(v value) (slo.Terms, error) {
	t := slo.Terms{Ignore: v.get("count").text() == "false"}
	var kinds []slo.ExclusionKind
	for _, item := range v.get("kinds").items() {
		kinds = append(kinds, slo.ExclusionKind(item.text()))
	}
	t.Kinds = slo.KindList(kinds)
	var err error
	for key, into := range map[string]*time.Duration{"notice": &t.Notice, "most": &t.Most} {
		if item := v.get(key); !item.absent() {
			if *into, err = parseExtent(item.text()); err != nil {
				return t, err
			}
		}
	}
	return t, nil
}

// sla puts a document of that kind into the set.
func (l *linker) sla(h *home) {
	spec := h.spec()
	a := &slo.SLA{
		Name: h.key.name, DisplayName: h.metadata().get("displayName").text(), Description: spec.get("description").text(),
		Service: spec.get("service").text(), Labels: labelsOf(h.metadata()), Annotations: annotationsOf(h.metadata()),
		Combination: combinations[spec.get("combination").text()], Origin: h.origin(),
	}
	streams := l.promises(h, a)
	for _, item := range spec.get("customers").items() {
		a.Customers = append(a.Customers, slo.Customer{
			Name: item.get("name").text(), DisplayName: item.get("displayName").text(), Fee: item.get("fee").text(), Currency: item.get("currency").text(),
		})
	}
	var errs [4]error // have been noted by the shapes of the fields
	a.Target, errs[0] = targetOf(spec)
	a.Window, errs[1] = periodOf(spec.get("period"))
	a.Credits, errs[2] = creditsOf(spec.get("credits"))
	a.Terms, errs[3] = termsOf(spec.get("exclusions"))
	if streams && !h.file.refused && errs == [4]error{} {
		l.set.SLAs = append(l.set.SLAs, a)
	}
}

// promises follows the references of an agreement; it reports whether each leads
// to an objective.
func (l *linker) promises(h *home, a *slo.SLA) bool {
	before, whole := len(l.troubles), true
	for _, item := range h.spec().get("streams").items() {
		p := slo.Promise{SLO: item.get("sloRef").text(), Objective: item.get("objective").text()}
		a.Streams = append(a.Streams, p)
		found := l.index[key{kindComposite, p.SLO}]
		if found == nil {
			found = l.find(h, item.get("sloRef"), kindSLO)
		}
		if found == nil || found.broken {
			whole = false
			continue
		}
		names := objectiveNamesOf(found)
		method := found.spec().get("budgetingMethod").text()
		switch {
		case p.Objective != "" && !slices.Contains(names, p.Objective):
			l.trouble(h, item.get("objective"), []key{found.key}, "SLO %s has no objective %s%s", quote(p.SLO), quote(p.Objective), suggest(p.Objective, names))
		case a.Combination == slo.Total && method != "" && methods[method] != slo.Occurrences:
			l.trouble(h, item.get("sloRef"), []key{found.key}, "SLO %s counts by %s, and slices of different streams cannot be added: write combination: Worst", quote(p.SLO), method)
		case slices.Contains(a.Streams[:len(a.Streams)-1], p):
			l.trouble(h, item, nil, "%s is promised twice", quote(p.Title()))
		}
	}
	return whole && len(l.troubles) == before
}

// objectiveNamesOf lists the objectives of a document of kind SLO, or the one of a
// composite.
func objectiveNamesOf(h *home) []string {
	if h.key.kind == kindComposite {
		return []string{objectiveName(0, value{})}
	}
	var names []string
	for i, v := range h.spec().get("objectives").items() {
		names = append(names, objectiveName(i, v))
	}
	return names
}
