package agreement

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// Bounds of what is kept of an agreement.
const (
	maxAgreements = 10_000
	maxName       = 63 // a DNS label
	maxTitle      = 200
	maxText       = 2000
)

// definition is what is kept of an agreement that was made in the page. It is read
// strictly: a field that is not known here may say that less is promised.
type definition struct {
	DisplayName string              `json:"displayName,omitempty"`
	Description string              `json:"description,omitempty"`
	Service     string              `json:"service,omitempty"`
	Target      string              `json:"targetPercent"`
	Duration    string              `json:"duration"`
	Zone        string              `json:"timeZone"`
	Combination slo.Combination     `json:"combination"`
	Streams     []promiseText       `json:"streams"`
	Customers   []customerText      `json:"customers"`
	Credits     []creditText        `json:"credits,omitempty"`
	Ignore      bool                `json:"ignoreExclusions,omitempty"`
	Kinds       []slo.ExclusionKind `json:"kinds,omitempty"`
	Notice      string              `json:"notice,omitempty"`
	Most        string              `json:"most,omitempty"`
}

type promiseText struct {
	SLO       string `json:"slo"`
	Objective string `json:"objective,omitempty"`
}

type customerText struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName,omitempty"`
	Fee         string `json:"fee,omitempty"`
	Currency    string `json:"currency,omitempty"`
}

type creditText struct {
	Below  string `json:"belowPercent"`
	Credit string `json:"creditPercent"`
}

// textOf writes a definition. The page makes windows at the default boundaries.
func textOf(a *slo.SLA) []byte {
	d := definition{
		DisplayName: a.DisplayName, Description: a.Description, Service: a.Service, Target: a.Target.Percent(),
		Duration: a.Window.Shorthand(), Zone: a.Window.Zone().String(),
		Combination: a.Combination, Ignore: a.Terms.Ignore, Kinds: a.Terms.KindsOf(), Notice: lengthText(a.Terms.Notice), Most: lengthText(a.Terms.Most),
	}
	for _, p := range a.Streams {
		d.Streams = append(d.Streams, promiseText(p))
	}
	for _, c := range a.Customers {
		d.Customers = append(d.Customers, customerText(c))
	}
	for _, c := range a.Credits {
		d.Credits = append(d.Credits, creditText{c.Below.Percent(), c.Percent})
	}
	return marshal(d)
}

func lengthText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// marshal writes what can be written.
func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil { // texts, finite numbers, and years that were checked
		panic(err)
	}
	return text
}

// strictly reads one JSON value that has no unknown fields.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows")
	}
	return nil
}

// parse reads what textOf wrote.
func parse(name string, text []byte) (*slo.SLA, error) {
	var d definition
	if err := strictly(text, &d); err != nil {
		return nil, err
	}
	a := &slo.SLA{Name: name, DisplayName: d.DisplayName, Description: d.Description, Service: d.Service, Combination: d.Combination}
	var errs [4]error
	a.Target, errs[0] = slo.ParseTargetPercent(d.Target)
	a.Window, errs[1] = windowOf(d)
	a.Terms = slo.Terms{Ignore: d.Ignore, Kinds: slo.KindList(d.Kinds)}
	a.Terms.Notice, errs[2] = time.ParseDuration(cmp.Or(d.Notice, "0s"))
	a.Terms.Most, errs[3] = time.ParseDuration(cmp.Or(d.Most, "0s"))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	for _, p := range d.Streams {
		a.Streams = append(a.Streams, slo.Promise(p))
	}
	for _, c := range d.Customers {
		a.Customers = append(a.Customers, slo.Customer(c))
	}
	for _, c := range d.Credits {
		band, err := slo.ParseCredit(c.Below, c.Credit)
		if err != nil {
			return nil, err
		}
		a.Credits = append(a.Credits, band)
	}
	// Its SLOs may come and go; without them its figures are NO_DATA.
	return a, nil
}

func windowOf(d definition) (slo.Window, error) {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		return slo.Window{}, err
	}
	return slo.ParseCalendar(d.Duration, slo.DefaultAnchor(zone))
}

var label = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// nameFor returns the name that somebody asked for, or one made of the title that
// is not taken.
func nameFor(asked, title string, taken func(string) bool) (string, error) {
	if asked != "" {
		return asked, checkName(asked)
	}
	base := cmp.Or(almanac.Slug(title, maxName), "sla")
	name := base
	for n := 2; taken(name); n++ {
		end := fmt.Sprintf("-%d", n)
		name = strings.TrimRight(base[:min(len(base), maxName-len(end))], "-") + end
	}
	return name, nil
}

func checkName(name string) error {
	if !label.MatchString(name) {
		return fault.Invalidf("name %.80q is not made of at most %d lower-case letters, digits and inner dashes", name, maxName)
	}
	return nil
}

// check refuses what documents of kind SLA could not say either.
func check(a *slo.SLA, find func(string) *slo.SLO) error {
	if a.Combination != slo.Worst && a.Combination != slo.Total {
		return fault.At("combination", fault.Invalidf("combination %.20q is not WORST or TOTAL", a.Combination))
	}
	if a.Service != "" {
		if err := checkName(a.Service); err != nil {
			return fault.At("service", err)
		}
	}
	for field, text := range map[string]string{"displayName": a.DisplayName, "description": a.Description} {
		if most := map[string]int{"displayName": maxTitle, "description": maxText}[field]; len(text) > most {
			return fault.At(field, fault.Invalidf("%s has %d bytes, write at most %d", field, len(text), most))
		}
	}
	for _, c := range a.Customers {
		if err := checkName(c.Name); err != nil {
			return fault.At("customers", err)
		}
		if len(c.DisplayName) > maxTitle {
			return fault.At("customers", fault.Invalidf("the name of customer %q has %d bytes, write at most %d", c.Name, len(c.DisplayName), maxTitle))
		}
	}
	return a.Check(find)
}

// wordsOf says what an agreement promises, and what it promised before.
func wordsOf(a, was *slo.SLA) string {
	now := sentence(a)
	if was == nil || sentence(was) == now {
		return now
	}
	return fmt.Sprintf("%s; before: %s", now, sentence(was))
}

func sentence(a *slo.SLA) string {
	var streams, customers, credits []string
	for _, p := range a.Streams {
		streams = append(streams, p.Title())
	}
	for _, c := range a.Customers {
		customers = append(customers, strings.TrimSpace(fmt.Sprint(c.Name, " ", c.Fee, " ", c.Currency)))
	}
	for _, c := range a.Credits {
		credits = append(credits, fmt.Sprintf("%s %% below %s %%", c.Percent, c.Below.Percent()))
	}
	text := fmt.Sprintf("%s %% of %s (%s), %s, to %s", a.Target.Percent(), strings.Join(streams, ", "), a.Combination, a.Window.Title(), strings.Join(customers, ", "))
	if len(credits) > 0 {
		text += "; credit " + strings.Join(credits, ", ")
	}
	if a.Terms != (slo.Terms{}) {
		text += "; " + termWords(a.Terms)
	}
	const most = 1000 // an audit is read in a list
	return string([]rune(text)[:min(most, len([]rune(text)))])
}

// termWords says which exclusions count.
func termWords(t slo.Terms) string {
	switch {
	case t.Ignore:
		return "no exclusion counts"
	case t == (slo.Terms{}):
		return "every exclusion in force counts"
	}
	words := "exclusions"
	if kinds := t.KindsOf(); kinds != nil {
		var names []string
		for _, k := range kinds {
			names = append(names, strings.ToLower(string(k)))
		}
		words += " of the kinds " + strings.Join(names, ", ")
	}
	if t.Notice > 0 {
		words += " that were made known " + hours(t.Notice) + " before they began"
	}
	if words += " count"; t.Most > 0 {
		words += ", at most " + hours(t.Most) + " in each period"
	}
	return words
}

// hours writes a length for people.
func hours(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
}
