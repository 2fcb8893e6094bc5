package openslo

import (
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/fault"
)

// free is content that OpenSLO leaves to the kind of source: any mapping that
// JSON could hold.
type free struct{}

func (free) check(c *checker, v value) {
	c.within(v, func() {
		if !expect(c, v, yaml.MappingNode) {
			return
		}
		if v.len() == 0 {
			c.field(v, "is empty")
		}
		freely{}.check(c, v)
	})
}

// freely is any content that JSON could hold.
type freely struct{}

func (f freely) check(c *checker, v value) {
	c.within(v, func() {
		switch v.node.Kind {
		case yaml.MappingNode:
			checkKeys(c, v)
			for k, item := range v.pairs() {
				c.of(k.node.Value, func() { f.check(c, item) })
			}
		case yaml.SequenceNode:
			for _, item := range v.items() {
				f.check(c, item)
			}
		default:
			if _, err := v.plain(); err != nil {
				c.field(v, "%v", err)
			}
		}
	})
}

// any returns the content as JSON has it: nil, bool, float64, string, []any and
// map[string]any. It has been checked by freely.
func (v value) any() any {
	switch {
	case v.absent():
		return nil
	case v.is(yaml.MappingNode):
		return v.anyMap()
	case v.is(yaml.SequenceNode):
		out := make([]any, 0, v.len())
		for _, item := range v.items() {
			out = append(out, item.any())
		}
		return out
	default:
		x, err := v.plain()
		if err != nil {
			return v.node.Value
		}
		return x
	}
}

func (v value) anyMap() map[string]any {
	out := make(map[string]any, v.len())
	for k, item := range v.pairs() {
		out[k.node.Value] = item.any()
	}
	return out
}

// maxExact is the integer from which on not every integer is a float64.
const maxExact = 1 << 53

// plain returns a scalar as nil, bool, float64 or string. Numbers that YAML
// reads differently from JSON, or that a float64 cannot hold, are refused:
// what is meant is not certain.
func (v value) plain() (any, error) {
	s := v.node.Value
	switch v.tag() {
	case "!!null":
		return nil, nil
	case "!!str", "!!timestamp":
		return s, nil
	case "!!bool":
		b, err := strconv.ParseBool(s)
		if err != nil {
			return nil, fault.Invalidf("%s is not written true or false", quote(s))
		}
		return b, nil
	case "!!int", "!!float":
		x, err := parseNumber(s)
		if err != nil {
			return nil, fault.Invalidf("%w; put it in quotes if it is text", err)
		}
		if v.tag() == "!!int" && math.Abs(x) >= maxExact {
			return nil, fault.Invalidf("the number %s is too large to be kept exactly: put it in quotes", quote(s))
		}
		return x, nil
	default:
		return nil, fault.Invalidf("values with the tag %s are not supported", quote(v.tag()))
	}
}
