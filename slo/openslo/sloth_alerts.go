package openslo

import (
	"math"
	"strconv"
)

// kindWindows is Sloth's document of alert windows.
const kindWindows = "AlertWindows"

// slothWindows are the windows of Sloth's four alerts for a period.
type slothWindows [4]slothWindow

// slothWindow is a pair of windows with the part of the budget, in percent, that
// is spent in the long one when the alert fires.
type slothWindow struct {
	alert, name string
	percent     float64
	short, long promDuration
}

// slothDefaults are those that Sloth has for 28 and 30 days.
var slothDefaults = slothWindows{
	{"page", "quick", 2, promDuration{5}, promDuration{60}},
	{"page", "slow", 5, promDuration{30}, promDuration{6 * 60}},
	{"ticket", "quick", 10, promDuration{2 * 60}, promDuration{24 * 60}},
	{"ticket", "slow", 10, promDuration{6 * 60}, promDuration{3 * 24 * 60}},
}

var windowsShape = &object{fields: []field{
	need("apiVersion", text{}), need("kind", text{}), allow("metadata", freely{}),
	need("spec", &object{fields: []field{need("sloPeriod", written(checkProm)), need("page", windowPairs), need("ticket", windowPairs)}}),
}}

var windowPairs = &object{fields: []field{need("quick", windowPair), need("slow", windowPair)}}

var windowPair = &object{fields: []field{
	need("errorBudgetPercent", numeric(checkPositive)), need("shortWindow", written(checkProm)), need("longWindow", written(checkProm)),
}}

func checkProm(s string) error {
	_, err := parsePromDuration(s)
	return err
}

// alertWindows takes in a document of Sloth that says when its alerts fire.
func (r *reading) alertWindows(v value) {
	windowsShape.check(r.checker, v)
	if !r.clean(v) {
		return
	}
	period, err := parsePromDuration(v.path("spec", "sloPeriod").text())
	if err != nil { // has been noted
		return
	}
	if period != r.period {
		r.warn(v.path("spec", "sloPeriod"), "these windows are for a period of %s and are not used: the period is %s", period.shorthand(), r.period.shorthand())
	}
	windows := slothDefaults
	for i := range windows {
		at := v.path("spec", windows[i].alert, windows[i].name)
		windows[i].percent, _ = parseNumber(at.get("errorBudgetPercent").text())
		windows[i].short, _ = parsePromDuration(at.get("shortWindow").text())
		windows[i].long, _ = parsePromDuration(at.get("longWindow").text())
		if windows[i].short.minutes >= windows[i].long.minutes {
			r.at(at.get("shortWindow"), "shortWindow is not shorter than longWindow %s", windows[i].long.shorthand())
		}
	}
	r.windows[period.minutes] = windows
}

// factor returns the burn rate that spends the percentage of the budget of a
// period in the long window, with at most six decimals.
func (w slothWindow) factor(period promDuration) Number {
	x := w.percent * float64(period.minutes) / (100 * float64(w.long.minutes))
	return Number(strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64))
}

// alerts returns the alert policies of an SLO.
func (s slothReader) alerts() []PolicyItem {
	alerting := s.v.get("alerting")
	if alerting.absent() {
		s.warn(s.v, "alerting is missing: no alert is made")
		return nil
	}
	windows, known := s.windows[s.period.minutes]
	if !known {
		windows = slothDefaults
	}
	var all []PolicyItem
	for _, w := range windows {
		at := alerting.get(s.key(w.alert + "_alert"))
		if at.get("disable").yes() {
			continue
		}
		all = append(all, s.policy(alerting, at, w, len(all) == 0 || w.name == "quick"))
	}
	if len(all) > 0 && alerting.get("name").absent() {
		s.at(alerting, "name is missing: Sloth names the alerts by it")
	}
	if len(all) > 0 {
		s.tellTarget(alerting)
		if !known && s.period.minutes != 28*24*60 && s.period.minutes != 30*24*60 {
			s.warn(alerting, "Sloth has no alert windows for %s: those for 30d are used, with the same parts of the budget", s.period.shorthand())
		}
	}
	return all
}

// policy returns one of the four alerts. Warnings about its labels are given once
// for the two windows that share them.
func (s slothReader) policy(alerting, at value, w slothWindow, first bool) PolicyItem {
	warnings := s.warnings
	var meta Metadata
	shown(&meta, alerting.get("name").text())
	s.label(&meta, alerting.get("labels"))
	s.label(&meta, at.get("labels"))
	s.annotations(&meta, alerting.get("annotations"))
	s.annotations(&meta, at.get("annotations"))
	if !first {
		s.warnings = warnings
	}
	severity := w.alert
	if own := meta.Labels["severity"]; len(own) > 0 {
		severity = own[0]
	}
	if meta.Labels == nil {
		meta.Labels = make(map[string]Values)
	}
	meta.Labels["sloth_severity"] = Values{w.alert} // as Sloth's rules have it: routes match it
	return pair{
		name: w.alert + "-" + w.name, severity: severity, threshold: w.factor(s.period),
		long: w.long.shorthand(), short: w.short.shorthand(), breaches: true,
	}.policy(meta)
}
