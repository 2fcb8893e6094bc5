package openslo

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shape says what a node has to be. The tables of schema.go are made of shapes.
type shape interface {
	check(c *checker, v value)
}

// object is a mapping with known keys.
type object struct {
	fields []field
	rules  []rule // they have to bear fields of a wrong shape
	// ignores names the tool that ignores keys that it does not know: they are
	// warned of and not refused, since its files hold some.
	ignores string
}

// field is one key of an object.
type field struct {
	name string
	of   shape
	must bool
}

// rule is a condition between the fields of an object.
type rule func(c *checker, v value)

func need(name string, of shape) field  { return field{name: name, of: of, must: true} }
func allow(name string, of shape) field { return field{name: name, of: of} }

func (o *object) check(c *checker, v value) {
	c.within(v, func() {
		if !expect(c, v, yaml.MappingNode) {
			return
		}
		checkKeys(c, v)
		for k, item := range v.pairs() {
			o.checkPair(c, v, k, item)
		}
		for _, f := range o.fields {
			if f.must && !c.has(v, f.name) {
				c.at(v, "%s is missing", f.name)
			}
		}
		for _, r := range o.rules {
			r(c, v)
		}
	})
}

func (o *object) checkPair(c *checker, v, k, item value) {
	i := slices.IndexFunc(o.fields, func(f field) bool { return f.name == k.node.Value })
	switch {
	case !k.is(yaml.ScalarNode): // has been noted
	case i < 0 && o.ignores != "":
		c.warn(k, "unknown key %s%s: it is left out, as %s ignores it too", quote(k.node.Value), suggest(k.node.Value, o.names()), o.ignores)
	case i < 0:
		likely := ""
		if !c.full() {
			likely = nearest(k.node.Value, o.names())
		}
		c.meant[meaning{v.node, likely}] = true
		c.at(k, "unknown key %s%s", quote(k.node.Value), didYouMean(likely))
	case !item.absent():
		c.of(o.fields[i].name, func() { o.fields[i].of.check(c, item) })
	}
}

func (o *object) names() []string {
	names := make([]string, len(o.fields))
	for i, f := range o.fields {
		names[i] = f.name
	}
	return names
}

// checkKeys refuses keys that are not plain text, keys that are written twice
// and merges of anything but mappings.
func checkKeys(c *checker, v value) {
	lines := make(map[string]int, v.len())
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k, item := valueOf(v.node.Content[i]), valueOf(v.node.Content[i+1])
		switch first := lines[k.node.Value]; {
		case !k.is(yaml.ScalarNode):
			c.at(k, "a key has to be plain text")
		case k.tag() == "!!merge":
			checkMerge(c, item)
		case first != 0:
			c.at(k, "key %s is written twice, first in line %d", quote(k.node.Value), first)
		default:
			lines[k.node.Value] = k.node.Line
		}
	}
}

func checkMerge(c *checker, v value) {
	ok := v.is(yaml.MappingNode)
	if v.is(yaml.SequenceNode) {
		ok = true
		for _, item := range v.items() {
			ok = ok && item.is(yaml.MappingNode)
		}
	}
	if !ok {
		c.at(v, "<< takes in a mapping or a list of mappings")
	}
}

// list is a sequence of like things.
type list struct {
	of       shape
	min, max int // max 0: any number
}

func (l list) check(c *checker, v value) {
	c.within(v, func() {
		if !expect(c, v, yaml.SequenceNode) {
			return
		}
		if n := v.len(); n < l.min || l.max > 0 && n > l.max {
			c.field(v, "has %s, %s needed", plural(n, "entry", "entries"), l.wanted())
		}
		for _, item := range v.items() {
			l.of.check(c, item)
			if item.absent() || c.bad[item.node] {
				c.bad[v.node] = true
			}
		}
	})
}

func (l list) wanted() string {
	switch {
	case l.min == l.max:
		return fmt.Sprintf("exactly %d is", l.min)
	case l.max > 0:
		return fmt.Sprintf("%d to %d are", l.min, l.max)
	}
	return fmt.Sprintf("at least %d is", l.min)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// mapping is a mapping with keys of the author's choice.
type mapping struct {
	key func(string) error
	of  shape
}

func (m mapping) check(c *checker, v value) {
	c.within(v, func() {
		if !expect(c, v, yaml.MappingNode) {
			return
		}
		checkKeys(c, v)
		for k, item := range v.pairs() {
			if err := m.key(k.node.Value); err != nil {
				c.at(k, "%v", err)
			}
			c.of(k.node.Value, func() { m.of.check(c, item) })
		}
	})
}

// either is a node of one of two shapes, told apart by its kind.
type either map[yaml.Kind]shape

func (e either) check(c *checker, v value) {
	if of := e[v.node.Kind]; of != nil {
		of.check(c, v)
		return
	}
	var wanted []string
	for _, k := range []yaml.Kind{yaml.ScalarNode, yaml.SequenceNode, yaml.MappingNode} {
		if e[k] != nil {
			wanted = append(wanted, kindName(k))
		}
	}
	c.field(v, "%s has to be here, this is %s", strings.Join(wanted, " or "), describe(v))
}

// expect reports whether v is of kind k, and notes it if not.
func expect(c *checker, v value, k yaml.Kind) bool {
	if v.is(k) {
		return true
	}
	c.field(v, "%s has to be here, this is %s", kindName(k), describe(v))
	return false
}

func kindName(k yaml.Kind) string {
	switch k {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// describe says what v is.
func describe(v value) string {
	if !v.is(yaml.ScalarNode) {
		return kindName(v.node.Kind)
	}
	switch v.tag() {
	case "!!null":
		return "empty"
	case "!!bool":
		return v.node.Value
	case "!!int", "!!float":
		return "the number " + quote(v.node.Value)
	case "!!timestamp":
		return "the date " + quote(v.node.Value)
	case "!!str":
		return "the text " + quote(v.node.Value)
	default:
		return "a value with the tag " + quote(v.tag())
	}
}
