package openslo

import (
	"iter"

	"go.yaml.in/yaml/v3"
)

// value is a node of a document as a reader sees it: aliases are followed and
// merge keys are taken in. The zero value is an absent node; asking it for
// anything gives absent values and empty texts.
type value struct{ node *yaml.Node }

// valueOf returns the value of n.
func valueOf(n *yaml.Node) value {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return value{n}
}

// absent reports whether there is nothing, or null.
func (v value) absent() bool { return v.node == nil || v.is(yaml.ScalarNode) && v.tag() == "!!null" }

func (v value) is(k yaml.Kind) bool { return v.node != nil && v.node.Kind == k }

// tag returns the short tag, e.g. "!!str".
func (v value) tag() string { return v.node.ShortTag() }

// text returns the text of a scalar, "" for anything else.
func (v value) text() string {
	if v.absent() || !v.is(yaml.ScalarNode) {
		return ""
	}
	return v.node.Value
}

// yes reports whether v is true.
func (v value) yes() bool { return v.text() == "true" }

// get returns the value of a key of a mapping.
func (v value) get(name string) value {
	for k, item := range v.pairs() {
		if k.node.Value == name {
			return item
		}
	}
	return value{}
}

// path follows keys of mappings.
func (v value) path(names ...string) value {
	for _, name := range names {
		v = v.get(name)
	}
	return v
}

// items yields the elements of a sequence.
func (v value) items() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		if !v.is(yaml.SequenceNode) {
			return
		}
		for i, n := range v.node.Content {
			if !yield(i, valueOf(n)) {
				return
			}
		}
	}
}

// len returns the number of elements of a sequence or of keys of a mapping
// before merging.
func (v value) len() int {
	switch {
	case v.is(yaml.SequenceNode):
		return len(v.node.Content)
	case v.is(yaml.MappingNode):
		return len(v.node.Content) / 2
	default:
		return 0
	}
}

// pairs yields the keys and values of a mapping: its own first, then those that
// it merges with "<<" and does not have itself.
func (v value) pairs() iter.Seq2[value, value] {
	return func(yield func(key, item value) bool) {
		if !v.is(yaml.MappingNode) {
			return
		}
		v.own(yield)
	}
}

// own yields the pairs of v and then of what v merges, until yield has enough.
func (v value) own(yield func(key, item value) bool) bool {
	seen := make(map[string]bool, len(v.node.Content)/2)
	var merged []value
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k, item := valueOf(v.node.Content[i]), valueOf(v.node.Content[i+1])
		if k.is(yaml.ScalarNode) && k.tag() == "!!merge" {
			merged = append(merged, item)
			continue
		}
		seen[k.node.Value] = true
		if !yield(k, item) {
			return false
		}
	}
	fresh := func(k, item value) bool {
		if seen[k.node.Value] {
			return true
		}
		seen[k.node.Value] = true
		return yield(k, item)
	}
	for _, m := range merged {
		if m.is(yaml.MappingNode) && !m.own(fresh) {
			return false
		}
		for _, item := range m.items() {
			if item.is(yaml.MappingNode) && !item.own(fresh) {
				return false
			}
		}
	}
	return true
}
