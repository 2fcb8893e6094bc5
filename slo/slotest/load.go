package slotest

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// maxSlots bounds what one load writes: ten years of minutes and a bit.
const maxSlots = 6_000_000

// run is a run of values: first, first + delta, …
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
	return func(s *session) error { s.write(group, from, cells); return nil }, err
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

// cells expands the rows into slots, each value filling so many minutes.
func (t rows) cells(minutes int) ([]slo.Slot, error) {
	parts, ok := t["good"]
	bad, isBad := t["bad"]
	if isBad == ok || t["total"] == nil {
		return nil, errors.New("want a row of total and one of good or bad")
	}
	if isBad {
		parts = bad
	}
	n := length(t["total"])
	switch {
	case length(parts) != n:
		return nil, fmt.Errorf("the rows have %d and %d values", length(parts), n)
	case n > maxSlots/minutes:
		return nil, fmt.Errorf("more than %d minutes", maxSlots)
	}
	return zip(parts, t["total"], isBad, minutes)
}

// zip makes slots of two rows of the same length.
func zip(parts, totals []run, isBad bool, minutes int) ([]slo.Slot, error) {
	out := make([]slo.Slot, 0, length(totals)*minutes)
	part, total := cursor{rest: parts}, cursor{rest: totals}
	for i := range length(totals) {
		p, ps := part.next()
		v, vs := total.next()
		slot := slo.Slot{Good: p, Total: v, State: max(ps, vs)}
		switch {
		case (ps == slo.Gap) != (vs == slo.Gap):
			return nil, fmt.Errorf("value %d is a gap in one row only", i+1)
		case isBad:
			slot.Good = v - p
		}
		if ps == slo.Gap {
			slot = slo.Slot{}
		}
		for range minutes {
			out = append(out, slot)
		}
	}
	return out, nil
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
