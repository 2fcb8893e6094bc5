package slotest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// session is the state of a script that runs.
type session struct {
	ctx       context.Context // of the Run that made the session and outlives it
	start     time.Time
	meter     *Meter
	end       time.Time // of the newest figures
	clock     moment
	settled   moment
	floor     float64
	patience  time.Duration
	objective *slo.SLO
	excluded  []slo.Exclusion
	annotated []slo.Annotation
}

// indicator is what a script's figures are figures of.
const indicator = Indicator("script")

func newSession(ctx context.Context, start time.Time) *session {
	return &session{ctx: ctx, start: start, meter: NewMeter()}
}

// Run runs the script from nothing and returns every expectation that was not
// met, as "name:line: statement: what was wanted and what came".
func (s *Script) Run(ctx context.Context) error {
	state := newSession(ctx, DefaultStart)
	var errs []error
	for _, st := range s.statements {
		if err := st.run(state); err != nil {
			what := strings.TrimSuffix(strings.Split(st.text, ": ")[0], ":")
			errs = append(errs, fmt.Errorf("%s:%d: %s: %w", s.Name, st.line, what, err))
		}
	}
	return errors.Join(errs...)
}

// write puts the figures of a load into the meter.
func (s *session) write(g slo.Group, from moment, cells []slo.Slot) {
	first := slo.MinuteOf(from.in(s)) + 1
	s.meter.Write(slo.StreamKey{Indicator: indicator.Key(), Group: g}, first, cells...)
	if end := first.Start().Add(time.Duration(len(cells)) * time.Minute); end.After(s.end) {
		s.end = end
	}
}

// revise records a rewrite of the whole.
func (s *session) revise(r slo.Revision) {
	s.meter.Revise(slo.StreamKey{Indicator: indicator.Key()}, r)
}

// evaluator returns the evaluator of this moment of the script.
func (s *session) evaluator() slo.Evaluator {
	delete(s.meter.settled, indicator.Key())
	settled := s.end
	if s.settled.set {
		settled = s.settled.in(s)
	}
	if s.settled != never && !settled.IsZero() {
		s.meter.Settle(indicator.Key(), slo.MinuteOf(settled))
	}
	now := s.end
	if s.clock.set {
		now = s.clock.in(s)
	}
	if now.IsZero() {
		now = s.start
	}
	clock := func() time.Time { return now }
	return slo.Evaluator{
		Meter: s.meter, Now: clock, Floor: s.floor, Patience: s.patience,
		Exclusions: s.exclusions(), Annotations: s.annotations(clock),
	}
}

// parseObjective parses an objective statement.
func parseObjective(args *words) (func(*session) error, error) {
	target, err := args.fraction()
	if err != nil {
		return nil, err
	}
	if !args.take("over") {
		return nil, errors.New(`want "over" and a window after the target`)
	}
	window, err := args.window()
	if err != nil {
		return nil, err
	}
	o := slo.Objective{Name: "objective-1", Target: target, Indicator: indicator}
	method, err := parseMethod(args, &o)
	def := &slo.SLO{Name: "script", Window: window, Method: method, Objectives: []slo.Objective{o}}
	return func(s *session) error { s.objective = def; return nil }, err
}

// parseMethod parses "timeslices 95% of 5m" and its like into o.
func parseMethod(args *words, o *slo.Objective) (slo.Budgeting, error) {
	method := slo.Occurrences
	var err error
	switch word := args.next(); word {
	case "", "occurrences":
		return method, nil
	case "timeslices":
		method = slo.Timeslices
		if o.SliceTarget, err = args.fraction(); err != nil {
			return method, err
		}
	case "ratio-timeslices":
		method = slo.RatioTimeslices
	default:
		return method, fmt.Errorf("unknown method %q: want occurrences, timeslices or ratio-timeslices", word)
	}
	if !args.take("of") {
		return method, errors.New(`want "of" and the length of a slice`)
	}
	o.SliceLength, err = args.length()
	return method, err
}
