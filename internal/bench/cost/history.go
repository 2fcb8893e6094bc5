package main

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/hindcast/hindcast/internal/bench/peer"
	"github.com/hindcast/hindcast/internal/tsdb"
)

// step is the interval of scrapes and of the rules of five minutes.
const step = 30 * time.Second

// stream is one series of the history with its value at any instant.
type stream struct {
	ref tsdb.Ref
	at  func(time.Time) float64
}

// fill writes days of history up to an instant: what was scraped of the fleet,
// and what the first rules of the peers would have recorded, over which those of
// the period are evaluated.
func (f *fleet) fill(dir string, days int, until time.Time) (uint64, error) {
	h, err := tsdb.NewHistory(dir, tsdb.HistoryOptions{})
	if err != nil {
		return 0, err
	}
	var streams []stream
	for i := range f.n {
		streams = append(streams, f.streams(h, i)...)
	}
	for at := until.Add(-time.Duration(days) * 24 * time.Hour).Truncate(step); at.Before(until); at = at.Add(step) {
		ms := at.UnixMilli()
		for _, s := range streams {
			if err := h.Append(s.ref, ms, s.at(at)); err != nil {
				return 0, err
			}
		}
	}
	done, err := h.Close()
	return done.Samples, err
}

// streams are the series of one service.
func (f *fleet) streams(h *tsdb.History, i int) []stream {
	scraped := func(code string) tsdb.Ref {
		return h.Series(labels.FromStrings("__name__", "http_requests_total", "code", code, "service", name(i), "job", "services", "instance", f.address))
	}
	recorded := func(r peer.Rule, more ...string) tsdb.Ref {
		pairs := append([]string{"__name__", r.Record}, more...)
		for k, v := range r.Labels {
			pairs = append(pairs, k, v)
		}
		return h.Series(labels.FromStrings(pairs...))
	}
	good := func(at time.Time) float64 { g, _ := f.value(i, at); return g }
	bad := func(at time.Time) float64 { _, b := f.value(i, at); return b }
	gained := func(value func(time.Time) float64) func(time.Time) float64 {
		return func(at time.Time) float64 { return value(at) - value(at.Add(-5*time.Minute)) }
	}
	ratio := func(at time.Time) float64 {
		b := gained(bad)(at)
		return b / (b + gained(good)(at))
	}
	short := peer.Pyrra{Objective: objective(i), PerformanceOverAccuracy: true}.Short()[0]
	return []stream{
		{scraped("200"), good},
		{scraped("500"), bad},
		{recorded(peer.Sloth{Objective: objective(i)}.Ratio(5 * time.Minute)), ratio},
		{recorded(short, "code", "200"), gained(good)},
		{recorded(short, "code", "500"), gained(bad)},
	}
}
