package main

import (
	"slices"
	"time"
)

// The kinds of alarms, as the tables call them.
const (
	page   = "page"
	ticket = "ticket"
	blind  = "no data"
)

// alarm is one time that a rule rang.
type alarm struct {
	kind string
	// reach is how far back the rule looks before it can let go: its short window,
	// the longest where a rule has several.
	reach    time.Duration
	from, to time.Time // to is zero while it rings
}

// ring turns the instants at which an expression held into alarms of a rule that
// wants it to hold for hold: as Prometheus does, pending at the first instant,
// firing at the first that is hold later, and over at the first instant at which
// it does not hold. asked are all instants, in order; held, in order, are among
// them.
func ring(asked, held []time.Time, hold time.Duration) []alarm {
	var all []alarm
	var since time.Time
	for _, t := range asked {
		if len(held) == 0 || !held[0].Equal(t) {
			if n := len(all); n > 0 && all[n-1].to.IsZero() {
				all[n-1].to = t
			}
			since = time.Time{}
			continue
		}
		held = held[1:]
		if since.IsZero() {
			since = t
		}
		rings := len(all) > 0 && all[len(all)-1].to.IsZero()
		if !rings && t.Sub(since) >= hold {
			all = append(all, alarm{from: t})
		}
	}
	return all
}

// of reports whether an alarm can be of an outage: it began while it lasted, or
// after its end, but not by more than the rule reaches back.
func (a alarm) of(o outage) bool {
	return a.from.After(o.from) && !a.from.After(o.to.Add(a.reach))
}

// first returns the first alarm of a kind that tells of an outage; ok is false if
// none does.
func first(all []alarm, o outage, kinds ...string) (found alarm, ok bool) {
	for _, a := range all {
		if slices.Contains(kinds, a.kind) && a.of(o) && (!ok || a.from.Before(found.from)) {
			found, ok = a, true
		}
	}
	return found, ok
}

// strays returns the alarms that tell of none of the outages.
func strays(all []alarm, outages []outage) []alarm {
	var out []alarm
	for _, a := range all {
		if !slices.ContainsFunc(outages, a.of) {
			out = append(out, a)
		}
	}
	return out
}

// afterEnd is how long the last alarm that tells of an outage rang on after its
// end; 0 if all were over, or if the outage lasts to the end of what is looked
// at.
func afterEnd(all []alarm, o outage, end time.Time) time.Duration {
	var longest time.Duration
	for _, a := range all {
		if !a.of(o) || !o.to.Before(end) {
			continue
		}
		to := a.to
		if to.IsZero() {
			to = end
		}
		longest = max(longest, to.Sub(o.to))
	}
	return longest
}

// spells joins alarms that rang at the same time: to who hears them, policies
// that ring together, and ring on one after the other, are one noise.
func spells(all []alarm, end time.Time) []alarm {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b alarm) int { return a.from.Compare(b.from) })
	var out []alarm
	for _, a := range all {
		if a.to.IsZero() {
			a.to = end
		}
		if n := len(out); n > 0 && !a.from.After(out[n-1].to) {
			last := &out[n-1]
			if a.to.After(last.to) {
				last.to = a.to
			}
			last.reach = max(last.reach, a.reach)
			continue
		}
		out = append(out, a)
	}
	return out
}
