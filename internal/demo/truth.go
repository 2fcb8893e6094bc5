package demo

import "time"

// Truth is what happened to a service, whether or not a scrape could see it.
type Truth struct {
	Total uint64 // events, or seconds of a probe
	Bad   uint64 // of them failed
	Slow  uint64 // of them slower than the service's limit
}

// Plus returns the sum of both.
func (t Truth) Plus(o Truth) Truth {
	return Truth{Total: t.Total + o.Total, Bad: t.Bad + o.Bad, Slow: t.Slow + o.Slow}
}

// tape records truths minute by minute, under a service or one of its groups.
// The nil tape records nothing.
type tape struct {
	first  int64 // minute of index 0
	tracks map[track][]Truth
}

type track struct{ service, group string }

// add records events of the interval that ends at t, in the left-open minute
// that t lies in.
func (p *tape) add(t int64, service, group string, v Truth) {
	if p == nil || v == (Truth{}) {
		return
	}
	m := (t - 1) / minute
	if p.tracks == nil {
		p.tracks, p.first = map[track][]Truth{}, m
	}
	key := track{service, group}
	for int64(len(p.tracks[key])) <= m-p.first {
		p.tracks[key] = append(p.tracks[key], Truth{})
	}
	p.tracks[key][m-p.first] = p.tracks[key][m-p.first].Plus(v)
}

// sum adds up the minutes of (from, to], which are rounded down to minutes.
func (p *tape) sum(service, group string, from, to time.Time) Truth {
	var out Truth
	if p == nil {
		return out
	}
	values := p.tracks[track{service, group}]
	lo, hi := from.Unix()/minute-p.first, to.Unix()/minute-p.first
	for i := max(0, lo); i < min(hi, int64(len(values))); i++ {
		out = out.Plus(values[i])
	}
	return out
}
