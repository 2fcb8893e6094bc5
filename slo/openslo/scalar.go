package openslo

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// text is a string, of at most max characters if max is not 0.
type text struct {
	max   int
	valid func(string) error // nil: any
}

func (t text) check(c *checker, v value) {
	if !expect(c, v, yaml.ScalarNode) {
		return
	}
	s := v.node.Value
	switch n := utf8.RuneCountInString(s); {
	case v.tag() != "!!str":
		c.field(v, "text has to be here, this is %s: put it in quotes", describe(v))
	case s == "":
		c.field(v, "text has to be here, this is empty")
	case t.max > 0 && n > t.max:
		c.field(v, "has %d characters, at most %d are allowed", n, t.max)
	case strings.ContainsRune(s, 0):
		c.field(v, "text with a NUL character is not allowed")
	case t.valid != nil:
		if err := t.valid(s); err != nil {
			c.at(v, "%v", err)
		}
	}
}

// written is a scalar that is read from the text that the author wrote,
// whatever YAML takes it for: targets, durations and dates.
type written func(string) error

func (w written) check(c *checker, v value) {
	if !expect(c, v, yaml.ScalarNode) {
		return
	}
	if err := w(v.node.Value); err != nil {
		c.at(v, "%v", err)
	}
}

// numeric is a number; parse reads the text that the author wrote.
type numeric func(string) error

func (f numeric) check(c *checker, v value) {
	if !expect(c, v, yaml.ScalarNode) {
		return
	}
	if tag := v.tag(); tag != "!!int" && tag != "!!float" {
		remedy := ""
		if tag == "!!str" && v.node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			remedy = ": remove the quotes"
		}
		c.field(v, "a number has to be here, this is %s%s", describe(v), remedy)
		return
	}
	if err := f(v.node.Value); err != nil {
		c.at(v, "%v", err)
	}
}

// boolean is true or false, in these spellings only.
type boolean struct{}

func (boolean) check(c *checker, v value) {
	if expect(c, v, yaml.ScalarNode) && (v.tag() != "!!bool" || v.node.Value != "true" && v.node.Value != "false") {
		c.field(v, "true or false has to be here, this is %s", describe(v))
	}
}

// choice is one of a few words.
type choice []string

func (o choice) check(c *checker, v value) {
	if !expect(c, v, yaml.ScalarNode) {
		return
	}
	if slices.Contains(o, v.node.Value) {
		return
	}
	c.field(v, "%s is none of %s%s", quote(v.node.Value), strings.Join(o, ", "), suggest(v.node.Value, o))
}

// decimal matches numbers as JSON writes them: no hexadecimal, octal, base 60,
// underscores, infinities.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// parseNumber reads a plain number.
func parseNumber(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if !decimal.MatchString(s) || err != nil || math.IsInf(x, 0) {
		return 0, fault.Invalidf("%s is not a plain decimal number such as 250 or 0.25", quote(s))
	}
	return x, nil
}

func checkNumber(s string) error {
	_, err := parseNumber(s)
	return err
}

func checkPositive(s string) error {
	x, err := parseNumber(s)
	if err == nil && x <= 0 {
		return fault.Invalidf("%s is not above 0", quote(s))
	}
	return err
}

func checkTarget(s string) error {
	_, err := slo.ParseTarget(s)
	return err
}

func checkPercent(s string) error {
	_, err := slo.ParseTargetPercent(s)
	return err
}

func checkSliceTarget(s string) error {
	_, err := slo.ParseSliceTarget(s)
	return err
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// checkName accepts RFC 1123 labels.
func checkName(s string) error {
	if !dnsLabel.MatchString(s) {
		return fault.Invalidf("name %s is not made of at most 63 lower-case letters, digits and inner dashes", quote(s))
	}
	return nil
}

var (
	labelKey      = regexp.MustCompile(`^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`)
	annotationKey = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*/)?[a-zA-Z0-9]([-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$`)
)

func checkLabel(s string) error {
	if !labelKey.MatchString(s) {
		return fault.Invalidf("label key %s is not made of at most 63 letters, digits and inner . _ -", quote(s))
	}
	return nil
}

func checkAnnotation(s string) error {
	if prefix, _, found := strings.Cut(s, "/"); found && len(prefix) > 253 || !annotationKey.MatchString(s) {
		return fault.Invalidf("annotation key %s is not a name with an optional DNS prefix such as my-domain.org/my-key", quote(s))
	}
	return nil
}
