package slotest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// Script is a parsed script. It can be run any number of times.
type Script struct {
	Name       string
	statements []statement
}

// statement is one line of a script with the indented lines below it.
type statement struct {
	line int
	text string // as written, for messages
	run  func(*session) error
}

// line is one line of a script without its comment.
type line struct {
	number   int
	indented bool
	text     string
	words    []string
}

// DefaultStart is what offset 0 of a script is where it does not say.
var DefaultStart = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Parse reads a script. Errors are "name:line: message", all of them at once.
func Parse(name, text string) (*Script, error) {
	p := parser{script: &Script{Name: name}}
	lines := split(text)
	for len(lines) > 0 {
		head := lines[0]
		n := 1
		for n < len(lines) && lines[n].indented {
			n++
		}
		run, err := p.statement(head, lines[1:n])
		if err != nil {
			p.errs = append(p.errs, p.at(head, err))
		}
		p.script.statements = append(p.script.statements, statement{head.number, head.text, run})
		lines = lines[n:]
	}
	return p.script, errors.Join(p.errs...)
}

// parser collects what is wrong with a script.
type parser struct {
	script *Script
	errs   []error
}

// at adds the position of l to err, unless it has one or l has none.
func (p *parser) at(l line, err error) error {
	if _, ok := errors.AsType[positioned](err); ok || l.number == 0 {
		return err
	}
	return positioned{fmt.Errorf("%s:%d: %w", p.script.Name, l.number, err)}
}

// positioned is an error that says where.
type positioned struct{ error }

// Unwrap returns the error with its position.
func (p positioned) Unwrap() error { return p.error }

// statement parses one statement.
func (p *parser) statement(head line, body []line) (func(*session) error, error) {
	if head.indented {
		return nil, errors.New("an indented line belongs to a statement, and there is none above it")
	}
	args := &words{rest: head.words}
	verb := args.next()
	parse, ok := verbs[verb]
	if !ok {
		return nil, fmt.Errorf("unknown statement %q", verb)
	}
	run, err := parse(p, args, body)
	if err == nil {
		err = args.done()
	}
	if _, ok := errors.AsType[positioned](err); err != nil && !ok {
		err = fmt.Errorf("%s: %w", verb, err)
	}
	return run, err
}

// verbs are the statements of the language.
var verbs map[string]func(*parser, *words, []line) (func(*session) error, error)

func init() { // a literal would refer to itself through parseEval
	verbs = map[string]func(*parser, *words, []line) (func(*session) error, error){
		"start":     bare(parseStart),
		"clear":     bare(parseClear),
		"load":      (*parser).load,
		"settle":    bare(parseSettle),
		"clock":     bare(parseClock),
		"revise":    bare(parseRevise),
		"floor":     bare(parseFloor),
		"patience":  bare(parsePatience),
		"objective": bare(parseObjective),
		"exclude":   bare(parseExclude),
		"include":   bare(parseInclude),
		"annotate":  bare(parseAnnotate),
		"eval":      (*parser).eval,
	}
}

// bare makes a statement without indented lines.
func bare(parse func(*words) (func(*session) error, error)) func(*parser, *words, []line) (func(*session) error, error) {
	return func(p *parser, args *words, body []line) (func(*session) error, error) {
		if len(body) > 0 {
			return nil, p.at(body[0], errors.New("this statement takes no indented lines"))
		}
		return parse(args)
	}
}

// split cuts a script into lines, leaving out empty ones and comments.
func split(text string) []line {
	var lines []line
	for i, raw := range strings.Split(text, "\n") {
		raw = strings.TrimRight(raw, "\r")
		content := strings.TrimSpace(uncommented(raw))
		if content == "" {
			continue
		}
		lines = append(lines, line{
			number: i + 1, text: content, words: fields(content),
			indented: strings.HasPrefix(raw, " ") || strings.HasPrefix(raw, "\t"),
		})
	}
	return lines
}

func parseStart(args *words) (func(*session) error, error) {
	text := args.next()
	start, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("%q is not an RFC 3339 time", text)
	}
	return func(s *session) error { s.start = start; return nil }, nil
}

func parseClear(*words) (func(*session) error, error) {
	return func(s *session) error { *s = *newSession(s.ctx, s.start); return nil }, nil
}

func parseSettle(args *words) (func(*session) error, error) {
	if args.take("never") {
		return func(s *session) error { s.settled = never; return nil }, nil
	}
	at, err := args.moment()
	return func(s *session) error { s.settled = at; return nil }, err
}

func parseClock(args *words) (func(*session) error, error) {
	at, err := args.moment()
	return func(s *session) error { s.clock = at; return nil }, err
}

func parseFloor(args *words) (func(*session) error, error) {
	f, err := args.fraction()
	return func(s *session) error { s.floor = f.Float(); return nil }, err
}

func parsePatience(args *words) (func(*session) error, error) {
	d, err := args.length()
	return func(s *session) error { s.patience = d; return nil }, err
}

func parseRevise(args *words) (func(*session) error, error) {
	from, to, ok := strings.Cut(args.next(), "..")
	if !ok {
		return nil, errors.New("want the interval FROM..TO")
	}
	first, err := parseMoment(from)
	if err != nil {
		return nil, err
	}
	last, err := parseMoment(to)
	if err != nil {
		return nil, err
	}
	reason := args.next()
	good, total, err := args.pair()
	return func(s *session) error {
		span := slo.SpanOf(first.in(s), last.in(s))
		s.revise(slo.Revision{
			At: last.in(s), Span: span, Changed: span.Len(),
			GoodDelta: good, TotalDelta: total, Reason: reason,
		})
		return nil
	}, err
}
