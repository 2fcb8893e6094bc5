package slotest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hindcast/hindcast/slo"
)

// question is a parsed eval statement without its expectations.
type question struct {
	what         string
	kind         slo.SeriesKind
	at, from, to moment
	window       slo.Window
	group        slo.Group
	points       int
	measured     bool // as if nothing were excluded
	fails        bool
}

// answers maps what can be asked to how it is answered.
var answers = map[string]func(*session, question) ([]record, error){
	"budget":    (*session).budget,
	"burn":      (*session).burn,
	"series":    (*session).series,
	"explain":   (*session).explain,
	"groups":    (*session).groups,
	"period":    (*session).period,
	"statement": (*session).statement,
}

// eval parses an eval statement.
func (p *parser) eval(args *words, body []line) (func(*session) error, error) {
	q, err := parseQuestion(args)
	if err != nil {
		return nil, err
	}
	if len(body) > 0 && len(args.rest) > 0 {
		return nil, errors.New("expectations stand behind the colon or below it, not both")
	}
	if q.fails {
		want := args.next()
		return func(s *session) error { return s.mustFail(q, want) }, quotedOnly(want)
	}
	if len(args.rest) > 0 {
		body = []line{{words: args.rest}}
		args.rest = nil
	}
	var wants [][]expectation
	for _, l := range body {
		want, err := parseExpectations(l.words)
		if err != nil {
			return nil, p.at(l, err)
		}
		wants = append(wants, want)
	}
	if len(wants) == 0 && q.what != "burn" && q.what != "groups" {
		return nil, errors.New("expects nothing: add a colon and what is wanted")
	}
	return func(s *session) error { return s.check(q, wants) }, nil
}

// parseQuestion parses everything up to the colon.
func parseQuestion(args *words) (question, error) {
	q := question{what: args.next()}
	if _, ok := answers[q.what]; !ok {
		return q, fmt.Errorf("cannot evaluate %q: want budget, burn, series, explain, groups, period or statement", q.what)
	}
	if q.what == "series" {
		q.kind = slo.SeriesKind(args.next())
	}
	for len(args.rest) > 0 && !args.take(":") {
		if err := q.option(args); err != nil {
			return q, err
		}
	}
	return q, nil
}

// option parses one option of a question.
func (q *question) option(args *words) (err error) {
	switch word := args.next(); word {
	case "at":
		q.at, err = args.moment()
	case "from":
		q.from, err = args.moment()
	case "to":
		q.to, err = args.moment()
	case "over":
		q.window, err = args.window()
	case "group":
		q.group, err = args.group()
	case "points":
		q.points, err = strconv.Atoi(args.next())
	case "measured":
		q.measured = true
	case "fails":
		q.fails = true
	default:
		err = fmt.Errorf("did not expect %q", word)
	}
	return err
}

// ask answers a question.
func (s *session) ask(q question) ([]record, error) {
	if s.objective == nil {
		return nil, errors.New("no objective yet")
	}
	return answers[q.what](s, q)
}

// mustFail expects an error.
func (s *session) mustFail(q question, want string) error {
	_, err := s.ask(q)
	if err == nil {
		return fmt.Errorf("wanted an error with %s, got an answer", want)
	}
	if !strings.Contains(err.Error(), unquote(want)) {
		return fmt.Errorf("wanted an error with %s, got %q", want, err.Error())
	}
	return nil
}

// check compares the answer with what is wanted. For an answer of one record all
// lines speak of it; else each line speaks of one record.
func (s *session) check(q question, wants [][]expectation) error {
	got, err := s.ask(q)
	if err != nil {
		return err
	}
	if q.what != "burn" && q.what != "groups" {
		var errs []error
		for _, want := range wants {
			errs = append(errs, got[0].compare(s, want))
		}
		return errors.Join(errs...)
	}
	if len(got) != len(wants) {
		return fmt.Errorf("wanted %d records, got %d: %v", len(wants), len(got), got)
	}
	var errs []error
	for i, want := range wants {
		if err := got[i].compare(s, want); err != nil {
			errs = append(errs, fmt.Errorf("record %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}

// quotedOnly returns an error unless word is a quoted text.
func quotedOnly(word string) error {
	if !quoted(word) {
		return errors.New("want the text of the error in quotes")
	}
	return nil
}

func quoted(word string) bool {
	return len(word) >= 2 && strings.HasPrefix(word, `"`) && strings.HasSuffix(word, `"`)
}

func unquote(word string) string { return strings.Trim(word, `"`) }
