package demo

import (
	"slices"
	"time"
)

// Happening is something in the fleet's past, or near future, that a visitor may
// look for.
type Happening struct {
	Kind     string // "incident", "deploy", "gap"
	Service  string // "" for all
	Title    string
	From, To time.Time // equal for deploys
}

// incident is a time in which a service behaves otherwise.
type incident struct {
	service, title string
	from, to       int64  // (from, to]
	every          int64  // seconds until it comes again; 0: once
	ramp           int64  // seconds in which it builds up, and dies down
	where          string // label value of the instances or parts concerned; "" for all
	fail           float64
	slow           float64 // factor on latencies; 0 means 1
	blind          bool    // scrapes do not get through
	dead           bool    // the process is gone
}

// strength returns how much of the incident there is at t, from 0 to 1.
func (c *incident) strength(t int64) float64 {
	since := t - c.from
	if c.every > 0 && since > 0 {
		since = (since-1)%c.every + 1
	}
	left := c.to - c.from - since
	switch {
	case since <= 0 || left < 0:
		return 0
	case c.ramp == 0:
		return 1
	default:
		return min(1, float64(since)/float64(c.ramp), float64(left)/float64(c.ramp))
	}
}

// deploy is a new version of a service; its instances restart one by one.
type deploy struct {
	service, version string
	at               int64
}

// script is what happens to the fleet, laid out around its first start.
type script struct {
	incidents []incident
	deploys   []deploy
	unwatched [2]int64 // (from, to] in which nothing is scraped at all
}

// newScript lays the script out around start: incidents of past days keep their
// time of day whenever the demo is started. The package comment has the table.
func newScript(start int64) *script {
	today := start - start%day
	ago := func(days, h, m int64) int64 { return today - days*day + h*hour + m*minute }
	return &script{
		unwatched: [2]int64{ago(17, 9, 0), ago(17, 9, 4)},
		incidents: []incident{
			{service: "checkout", title: "total outage after a deploy", from: ago(6, 14, 7), to: ago(6, 14, 25), fail: 1},
			{service: "checkout", title: "payment provider rejects calls", from: ago(15, 17, 30), to: ago(15, 18, 20), where: "/pay", fail: 0.25},
			{service: "edge", title: "slow burn in region ap", from: ago(11, 6, 0), to: ago(7, 18, 0), ramp: 6 * hour, where: "ap", fail: 0.005},
			{service: "search", title: "release 2.31.0 is slow", from: ago(5, 13, 0), to: ago(4, 9, 40), slow: 2.2},
			{service: "search", title: "network split hides errors from the scraper", from: ago(12, 10, 20), to: ago(12, 12, 20), fail: 0.05, blind: true},
			{service: "status-page", title: "down at night", from: ago(3, 2, 10), to: ago(3, 3, 5), fail: 1},
			{service: "dns-probe", title: "one resolver does not answer", from: ago(9, 3, 20), to: ago(9, 3, 45), where: "resolver-2", fail: 1},
			{service: "billing", title: "an invoice run fails in part", from: ago(8, 9, 5), to: ago(8, 9, 17), fail: 0.33},
			{service: "batch-export", title: "disk full", from: ago(2, 22, 0), to: ago(1, 4, 0), fail: 0.4},
			{service: "recommendations", title: "bad canary", from: start - 2*hour, to: start + 40*minute, every: 6 * hour, fail: 0.08},
			{service: "mailer", title: "the process died", from: start - 80*hour, to: start + 3650*day, dead: true},
		},
		deploys: []deploy{
			{"checkout", "4.17.0", ago(27, 9, 30)},
			{"checkout", "4.18.0", ago(20, 9, 45)},
			{"checkout", "4.19.0", ago(13, 10, 5)},
			{"checkout", "4.20.0", ago(6, 14, 5)},
			{"checkout", "4.19.1", ago(6, 14, 25)},
			{"checkout", "4.20.1", ago(2, 9, 30)},
			{"search", "2.30.0", ago(24, 13, 0)},
			{"search", "2.30.4", ago(14, 13, 15)},
			{"search", "2.31.0", ago(5, 13, 0)},
			{"search", "2.30.4", ago(4, 9, 40)},
			{"search", "2.31.1", ago(1, 13, 0)},
			{"edge", "1.9.0", ago(22, 15, 0)},
			{"edge", "1.9.1", ago(10, 15, 0)},
		},
	}
}

// of returns the incidents of one service.
func (s *script) of(service string) []incident {
	var out []incident
	for _, c := range s.incidents {
		if c.service == service {
			out = append(out, c)
		}
	}
	return out
}

// deploysOf returns the deploys of one service, oldest first.
func (s *script) deploysOf(service string) []deploy {
	var out []deploy
	for _, d := range s.deploys {
		if d.service == service {
			out = append(out, d)
		}
	}
	return out
}

// happenings lists the script for people, in order of time.
func (s *script) happenings() []Happening {
	at := func(t int64) time.Time { return time.Unix(t, 0).UTC() }
	out := []Happening{{Kind: "gap", Title: "the monitoring is being upgraded", From: at(s.unwatched[0]), To: at(s.unwatched[1])}}
	for _, c := range s.incidents {
		out = append(out, Happening{Kind: "incident", Service: c.service, Title: c.title, From: at(c.from), To: at(c.to)})
	}
	for _, d := range s.deploys {
		out = append(out, Happening{Kind: "deploy", Service: d.service, Title: "version " + d.version, From: at(d.at), To: at(d.at)})
	}
	slices.SortStableFunc(out, func(a, b Happening) int { return a.From.Compare(b.From) })
	return out
}
