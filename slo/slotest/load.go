package slotest

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// maxSlots bounds what one load writes: ten years of minutes and a bit.
const maxSlots = 6_000_000

// run is n values of which each is delta more than the one before.
type run struct {
	first, delta float64
	n            int
	state        slo.SlotState
}

// at returns the i-th value.
func (r run) at(i int) float64 { return r.first + float64(i)*r.delta }

// rows are the values of a load, before they are expanded.
type rows map[string][]run

// load parses a load statement.
func (p *parser) load(args *words, body []line) (func(*session) error, error) {
	step, err := args.length()
	if err != nil {
		return nil, err
	}
	from, group := moment{set: true}, slo.Group("")
	for len(args.rest) > 0 {
		switch word := args.next(); word {
		case "from":
			from, err = args.moment()
		case "group":
			group, err = args.group()
		default:
			err = fmt.Errorf("did not expect %q", word)
		}
		if err != nil {
			return nil, err
		}
	}
	table := rows{}
	for _, l := range body {
		if err := table.add(l); err != nil {
			p.errs = append(p.errs, p.at(l, err))
		}
	}
	cells, err := table.cells(int(step / time.Minute))
	return func(s *session) error { s.write(group, from, cells.expand()); return nil }, err
}

// add parses one row.
func (t rows) add(l line) error {
	args := &words{rest: l.words}
	name := args.next()
	if name != "good" && name != "bad" && name != "total" {
		return fmt.Errorf("unknown row %q: want good, bad or total", name)
	}
	if _, ok := t[name]; ok {
		return fmt.Errorf("second row of %s", name)
	}
	t[name] = nil
	for len(args.rest) > 0 {
		r, err := parseRun(args.next())
		if err != nil {
			return err
		}
		t[name] = append(t[name], r)
	}
	return nil
}

// parseRun reads "60", "60x5", "0+10x5", "9-3x3", "_", "_x5", "60e", "60ex5".
func parseRun(word string) (run, error) {
	bad := fmt.Errorf("%q is not a value such as 60, 60x5, 0+10x5, _ or 60e", word)
	value, count, repeated := strings.Cut(word, "x")
	r := run{n: 1, state: slo.Measured}
	if repeated {
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > maxSlots {
			return run{}, bad
		}
		r.n = n
	}
	if value == "_" {
		r.state = slo.Gap
		return r, nil
	}
	if plain, ok := strings.CutSuffix(value, "e"); ok {
		value, r.state = plain, slo.Estimated
	}
	var err error
	if i := strings.LastIndexAny(value, "+-"); i > 0 && repeated {
		if r.delta, err = number(value[i:]); err != nil {
			return run{}, bad
		}
		value = value[:i]
	}
	if r.first, err = number(value); err != nil {
		return run{}, bad
	}
	return r, nil
}

// number reads a finite decimal number.
func number(text string) (float64, error) {
	if text == "" || strings.Trim(text, "+-.0123456789") != "" {
		return 0, errors.New("not a decimal number")
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && math.IsInf(f, 0) {
		err = errors.New("not finite")
	}
	return f, err
}

// cells are two rows that fit together, each value filling so many minutes. They
// are expanded when a script runs, not when it is parsed.
type cells struct {
	parts, totals []run
	isBad         bool
	minutes       int
}

// cells checks that the rows fit together.
func (t rows) cells(minutes int) (cells, error) {
	parts, ok := t["good"]
	bad, isBad := t["bad"]
	if isBad == ok || t["total"] == nil {
		return cells{}, errors.New("want a row of total and one of good or bad")
	}
	if isBad {
		parts = bad
	}
	c := cells{parts: parts, totals: t["total"], isBad: isBad, minutes: minutes}
	n := length(c.totals)
	switch {
	case length(parts) != n:
		return c, fmt.Errorf("the rows have %d and %d values", length(parts), n)
	case n > maxSlots/minutes:
		return c, fmt.Errorf("more than %d minutes", maxSlots)
	}
	i := 0
	for _, split := range c.values() {
		if i++; split {
			return c, fmt.Errorf("value %d is a gap in one row only", i)
		}
	}
	return c, nil
}

// values yields the slot of each value, and whether its rows disagree about it
// being a gap.
func (c cells) values() iter.Seq2[slo.Slot, bool] {
	return func(yield func(slo.Slot, bool) bool) {
		part, total := cursor{rest: c.parts}, cursor{rest: c.totals}
		for range length(c.totals) {
			p, ps := part.next()
			v, vs := total.next()
			slot := slo.Slot{Good: p, Total: v, State: max(ps, vs)}
			if c.isBad {
				slot.Good = v - p
			}
			if ps == slo.Gap {
				slot = slo.Slot{}
			}
			if !yield(slot, (ps == slo.Gap) != (vs == slo.Gap)) {
				return
			}
		}
	}
}

// expand returns the slot of every minute.
func (c cells) expand() []slo.Slot {
	out := make([]slo.Slot, 0, length(c.totals)*c.minutes)
	for slot := range c.values() {
		for range c.minutes {
			out = append(out, slot)
		}
	}
	return out
}

// cursor walks through the values of a row.
type cursor struct {
	rest []run
	i    int
}

func (c *cursor) next() (float64, slo.SlotState) {
	r := c.rest[0]
	v := r.at(c.i)
	if c.i++; c.i == r.n {
		c.rest, c.i = c.rest[1:], 0
	}
	return v, r.state
}

// length returns the number of values of a row, capped beyond what is allowed.
func length(row []run) int {
	n := 0
	for _, r := range row {
		n = min(n+r.n, maxSlots+1)
	}
	return n
}
