package openslo

import (
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Annotations of an AlertCondition that say what OpenSLO has no field for.
const (
	// AnnotationShort is a second, shorter window, over which the condition has to
	// hold too: it ends an alert soon after its cause.
	AnnotationShort = "hindcast.dev/short-window"
	// AnnotationMinEvents is how many events the lookback window must hold.
	AnnotationMinEvents = "hindcast.dev/min-events"
)

// policies returns the alert policies of an SLO; ok is false if one of them is
// not to be had, which has been noted, here or with the policy.
func (l *linker) policies(h *home) (all []slo.AlertPolicy, ok bool) {
	ok = true
	for _, item := range h.spec().get("alertPolicies").items() {
		at, v := l.refer(h, item, "alertPolicyRef", kindPolicy)
		if at == nil {
			ok = false
			continue
		}
		p, found := l.policyAt(at, v)
		ok = ok && found
		all = append(all, p)
	}
	return all, ok
}

// refer returns the object that item is or names, and the home of the file that
// it is written in; nil if there is none without errors.
func (l *linker) refer(h *home, item value, key, kind string) (*home, value) {
	ref := item.get(key)
	if ref.absent() {
		return h, item
	}
	found := l.find(h, ref, kind)
	if found == nil || found.broken {
		return nil, value{}
	}
	return found, found.doc
}

// linked is a policy with what it refers to; ok is false if something is wrong.
type linked struct {
	slo.AlertPolicy
	ok bool
}

// policyAt is policy, asked once for each policy however many SLOs refer to it:
// one that refers to thousands of things that do not exist is dear to look at.
func (l *linker) policyAt(h *home, v value) (slo.AlertPolicy, bool) {
	known, seen := l.policyOf[v.node]
	if !seen {
		known.AlertPolicy, known.ok = l.policy(h, v)
		l.policyOf[v.node] = known
	}
	return known.AlertPolicy, known.ok
}

// policy returns what an alert policy says, with what it refers to.
func (l *linker) policy(h *home, v value) (p slo.AlertPolicy, ok bool) {
	spec, meta := v.get("spec"), v.get("metadata")
	p = slo.AlertPolicy{
		Name:          meta.get("name").text(),
		DisplayName:   meta.get("displayName").text(),
		Description:   spec.get("description").text(),
		Labels:        labelsOf(meta),
		Annotations:   annotationsOf(meta),
		WhenNoData:    spec.get("alertWhenNoData").yes(),
		WhenBreaching: spec.get("alertWhenBreaching").yes(),
		WhenResolved:  spec.get("alertWhenResolved").yes(),
		Origin:        slo.Origin{File: h.file.Path, Line: v.node.Line},
	}
	ok = true
	for _, item := range spec.get("conditions").items() {
		at, condition := l.refer(h, item, "conditionRef", kindCondition)
		if at == nil {
			ok = false
			continue
		}
		var err error
		if p.Condition, err = conditionOf(condition); err != nil { // has been noted by the shapes of the fields
			ok = false
		}
	}
	for _, item := range spec.get("notificationTargets").items() {
		at, target := l.refer(h, item, "targetRef", kindNotifyAgent)
		if at == nil {
			ok = false
			continue
		}
		p.Targets = append(p.Targets, notified(target))
	}
	return p, ok
}

// conditionOf returns what a checked alert condition says.
func conditionOf(v value) (c slo.AlertCondition, err error) {
	burn, notes := v.path("spec", "condition"), v.path("metadata", "annotations")
	c = slo.AlertCondition{
		Name:     v.path("metadata", "name").text(),
		Severity: v.path("spec", "severity").text(),
		Op:       slo.Op(burn.get("op").text()),
	}
	if c.Threshold, err = parseNumber(burn.get("threshold").text()); err != nil {
		return c, err
	}
	if c.Lookback, err = parseLength(burn.get("lookbackWindow").text()); err != nil {
		return c, err
	}
	if after := burn.get("alertAfter"); !after.absent() {
		if c.After, err = parseDelay(after.text()); err != nil {
			return c, err
		}
	}
	if short := notes.get(AnnotationShort); !short.absent() {
		if c.Short, err = parseLength(short.text()); err != nil {
			return c, err
		}
	}
	if least := notes.get(AnnotationMinEvents); !least.absent() {
		c.MinEvents, err = parseNumber(least.text())
	}
	return c, err
}

// notified returns whom a policy tells.
func notified(v value) slo.NotificationTarget {
	return slo.NotificationTarget{
		Name:        v.path("metadata", "name").text(),
		DisplayName: v.path("metadata", "displayName").text(),
		Description: v.path("spec", "description").text(),
		Target:      v.path("spec", "target").text(),
		Annotations: annotationsOf(v.get("metadata")),
	}
}

// conditionFits looks at what the fields of an alert condition mean together.
func conditionFits(c *checker, v value) {
	burn, notes := v.path("spec", "condition"), v.path("metadata", "annotations")
	if op := burn.get("op"); op.text() == string(slo.Less) || op.text() == string(slo.LessOrEqual) {
		c.warn(op, "op %s alerts while the budget burns slowly: an alert on a fast burn has op gt or gte", op.text())
	}
	if short := notes.get(AnnotationShort); c.clean(short) {
		checkShort(c, short, burn.get("lookbackWindow").text())
	}
	if least := notes.get(AnnotationMinEvents); c.clean(least) {
		if x, err := parseNumber(least.text()); err != nil {
			c.at(least, "%v", err)
		} else if x < 0 {
			c.at(least, "%s is below 0: it is a number of events", quote(least.text()))
		}
	}
}

// checkShort refuses a second window that is none, or not the shorter one.
func checkShort(c *checker, short value, lookback string) {
	length, err := parseLength(short.text())
	if err != nil {
		c.at(short, "%v", err)
		return
	}
	if long, err := parseLength(lookback); err == nil && length >= long {
		c.at(short, "%s %s is not shorter than the lookbackWindow %s", AnnotationShort, short.text(), lookback)
	}
}

// policyTells warns of a policy that never tells anybody anything.
func policyTells(c *checker, v value) {
	for _, key := range []string{"alertWhenNoData", "alertWhenBreaching", "alertWhenResolved"} {
		if at := v.get(key); at.yes() || !at.absent() && !c.clean(at) {
			return
		}
	}
	c.warn(v, "this policy never alerts: none of alertWhenBreaching, alertWhenResolved and alertWhenNoData is true")
}

// parseLength reads a duration in units of fixed length.
func parseLength(s string) (time.Duration, error) {
	d, err := parseShorthand(s)
	if err != nil {
		return 0, err
	}
	return d.length()
}

// parseDelay reads a duration from 0 on.
func parseDelay(s string) (time.Duration, error) {
	if shorthandForm.MatchString(s) && strings.Trim(s[:len(s)-1], "0") == "" {
		return 0, nil
	}
	return parseLength(s)
}

func checkLength(s string) error {
	_, err := parseLength(s)
	return err
}

// checkDelay accepts durations from 0 on.
func checkDelay(s string) error {
	_, err := parseDelay(s)
	return err
}
