package elasticsearch

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// units are the units in which a field may hold a duration, and what tells them
// in the name of a field.
var units = map[string]struct {
	one   time.Duration
	names []string
}{
	"ns": {time.Nanosecond, []string{"ns", "nano", "nanos", "nanoseconds"}},
	"us": {time.Microsecond, []string{"us", "micro", "micros", "microseconds"}},
	"ms": {time.Millisecond, []string{"ms", "milli", "millis", "milliseconds"}},
	"s":  {time.Second, []string{"s", "sec", "secs", "second", "seconds"}},
}

// unitOf returns the unit that the name of a field tells: the last word of
// http.duration_ms, transaction.duration.us, tookMillis; that of event.duration
// is fixed by the Elastic Common Schema. Where the name tells nothing, it is
// milliseconds, the commonest in logs; Queries shows what was understood.
func unitOf(field string) string {
	if field == "event.duration" {
		return "ns"
	}
	last := strings.ToLower(field)
	if i := strings.LastIndexAny(field, "._-"); i >= 0 {
		last = strings.ToLower(field[i+1:])
	}
	for unit, u := range units {
		for _, name := range u.names {
			if last == name || len(name) > 4 && strings.HasSuffix(last, name) && isLongest(last, name) {
				return unit
			}
		}
	}
	return "ms"
}

// isLongest reports that no longer name of a unit ends the word: "seconds" ends
// "milliseconds" too.
func isLongest(word, name string) bool {
	for _, u := range units {
		for _, other := range u.names {
			if len(other) > len(name) && strings.HasSuffix(word, other) {
				return false
			}
		}
	}
	return true
}

// compare reads the condition on a number: latency, or op with value.
func (b *build) compare(p input) {
	c := &b.in.Part
	latency, op := p.has("latency"), p.has("op") || p.has("value")
	if !latency {
		b.refuse(p, "belongs beside latency", "unit")
	}
	if !latency && !op {
		return
	}
	c.Counts = Compared
	if latency && op {
		b.at(p, "latency", "latency and op with value say the same thing twice: write one of them")
		return
	}
	if !p.has("field") {
		b.at(p, "field", "field is missing: the numeric field that is compared")
	}
	if latency {
		b.latency(p, c)
		return
	}
	text, _ := p.spec["op"].(string)
	value, number := p.spec["value"].(float64)
	if c.Op, c.Limit = slo.Op(text), value; !validOp(c.Op) {
		b.at(p, "op", "op %q is none of lte, lt, gte, gt", text)
	}
	if !number || !finite(value) {
		b.at(p, "value", "value %q is not a number", fmt.Sprint(p.spec["value"]))
	}
}

// latency reads a duration: good events took at most as long, bad ones longer.
func (b *build) latency(p input, c *Clause) {
	text, ok := p.spec["latency"].(string)
	d, err := time.ParseDuration(text)
	if !ok || err != nil || d <= 0 {
		b.at(p, "latency", "latency %q is not a duration such as 250ms", fmt.Sprint(p.spec["latency"]))
		return
	}
	unit := unitOf(c.Field)
	if p.has("unit") {
		unit, _ = p.spec["unit"].(string)
	}
	u, ok := units[unit]
	if !ok {
		b.at(p, "unit", "unit %q is none of ns, us, ms, s", fmt.Sprint(p.spec["unit"]))
		return
	}
	c.Op, c.Limit = slo.LessOrEqual, float64(d)/float64(u.one)
	if b.in.Bad {
		c.Op = slo.Greater
	}
	c.note = fmt.Sprintf("%s in a field that holds %s", text, unit)
}

func validOp(op slo.Op) bool {
	return op == slo.LessOrEqual || op == slo.Less || op == slo.GreaterOrEqual || op == slo.Greater
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
