package slotest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// words are the words of a statement that are not read yet.
type words struct{ rest []string }

// next takes one word, "" if there is none.
func (w *words) next() string {
	if len(w.rest) == 0 {
		return ""
	}
	word := w.rest[0]
	w.rest = w.rest[1:]
	return word
}

// peek returns the next word without taking it.
func (w *words) peek() string {
	if len(w.rest) == 0 {
		return ""
	}
	return w.rest[0]
}

// take takes the next word if it is word.
func (w *words) take(word string) bool {
	if w.peek() != word {
		return false
	}
	w.next()
	return true
}

// done returns an error if words are left.
func (w *words) done() error {
	if len(w.rest) > 0 {
		return fmt.Errorf("did not expect %q", strings.Join(w.rest, " "))
	}
	return nil
}

// moment takes a point in time.
func (w *words) moment() (moment, error) { return parseMoment(w.next()) }

// length takes a duration such as 5m.
func (w *words) length() (time.Duration, error) {
	word := w.next()
	d, err := slo.ParseLength(word)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", word, err)
	}
	return d, nil
}

// fraction takes a percentage such as 99.9%.
func (w *words) fraction() (slo.Target, error) {
	word := w.next()
	digits, ok := strings.CutSuffix(word, "%")
	if !ok {
		return slo.Target{}, fmt.Errorf("%q is not a percentage such as 99.9%%", word)
	}
	if digits == "100" {
		return slo.ParseSliceTarget("1")
	}
	return slo.ParseTargetPercent(digits)
}

// pair takes two numbers.
func (w *words) pair() (a, b float64, err error) {
	first, second := w.next(), w.next()
	a, errA := strconv.ParseFloat(first, 64)
	b, errB := strconv.ParseFloat(second, 64)
	if errA != nil || errB != nil {
		return 0, 0, fmt.Errorf("%q and %q are not two numbers", first, second)
	}
	return a, b, nil
}

// group takes labels such as code=500,zone=a.
func (w *words) group() (slo.Group, error) {
	labels := make(map[string]string)
	word := w.next()
	for part := range strings.SplitSeq(word, ",") {
		name, value, ok := strings.Cut(part, "=")
		if !ok || name == "" {
			return "", fmt.Errorf("group %q is not a list of name=value", word)
		}
		labels[name] = value
	}
	return slo.GroupOf(labels), nil
}

// window takes a window: "30d", "calendar 1M Europe/Berlin from 2026-01-01".
func (w *words) window() (slo.Window, error) {
	if !w.take("calendar") {
		return slo.ParseRolling(w.next())
	}
	length := w.next()
	loc := time.UTC
	if zone := w.peek(); strings.Contains(zone, "/") || zone == "UTC" {
		var err error
		if loc, err = time.LoadLocation(w.next()); err != nil {
			return slo.Window{}, err
		}
	}
	anchor := slo.DefaultAnchor(loc)
	if w.take("from") {
		text := w.next()
		var err error
		if anchor, err = parseAnchor(text, loc); err != nil {
			return slo.Window{}, err
		}
	}
	return slo.ParseCalendar(length, anchor)
}

// parseAnchor reads "2026-01-01" or "2026-01-01T06:00:00" in loc.
func parseAnchor(text string, loc *time.Location) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date such as 2026-01-01", text)
}

// moment is a point in time: absolute, or an offset from the script's start.
type moment struct {
	set      bool
	absolute time.Time
	offset   time.Duration
}

// never is the moment that does not come.
var never = moment{set: true, absolute: time.Unix(1<<62, 0)}

// in returns the moment in a session.
func (m moment) in(s *session) time.Time {
	if !m.absolute.IsZero() {
		return m.absolute
	}
	return s.start.Add(m.offset)
}

// parseMoment reads RFC 3339 or an offset.
func parseMoment(text string) (moment, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return moment{set: true, absolute: t}, nil
	}
	d, err := parseOffset(text)
	if err != nil {
		return moment{}, fmt.Errorf("%q is neither an offset such as 1d12h nor an RFC 3339 time", text)
	}
	return moment{set: true, offset: d}, nil
}

// maxOffset bounds offsets to what a duration can hold.
const maxOffset = 100 * 366 * 24 * time.Hour

// parseOffset reads "1d12h", "-5m", "30s".
func parseOffset(text string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 168 * time.Hour}
	rest, negative := strings.CutPrefix(text, "-")
	if rest == "" {
		return 0, errors.New("empty offset")
	}
	var sum time.Duration
	for rest != "" {
		i := strings.IndexAny(rest, "smhdw")
		if i < 1 {
			return 0, errors.New("want numbers with units")
		}
		n, err := strconv.ParseUint(rest[:i], 10, 32)
		unit := units[rest[i]]
		if err != nil || time.Duration(n) > maxOffset/unit {
			return 0, errors.New("too long")
		}
		sum += time.Duration(n) * unit
		rest = rest[i+1:]
	}
	if sum > maxOffset {
		return 0, errors.New("too long")
	}
	if negative {
		sum = -sum
	}
	return sum, nil
}

// uncommented returns a line without its comment; # inside quotes is none.
func uncommented(text string) string {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '#' && !quoted:
			return text[:i]
		}
	}
	return text
}

// fields cuts a line into words. A quoted text is one word with its quotes;
// commas and colons that end a word are words themselves.
func fields(text string) []string {
	var out []string
	for text != "" {
		text = strings.TrimLeft(text, " \t")
		end := wordEnd(text)
		word := text[:end]
		text = text[end:]
		var marks []string
		for len(word) > 1 && word[0] != '"' && strings.ContainsAny(word[len(word)-1:], ",:") {
			marks = append([]string{word[len(word)-1:]}, marks...)
			word = word[:len(word)-1]
		}
		if word != "" {
			out = append(append(out, word), marks...)
		}
	}
	return out
}

// wordEnd returns where the first word of text ends.
func wordEnd(text string) int {
	if strings.HasPrefix(text, `"`) {
		if i := strings.IndexByte(text[1:], '"'); i >= 0 {
			return i + 2
		}
		return len(text)
	}
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return i
	}
	return len(text)
}
