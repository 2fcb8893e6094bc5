package server

import (
	"fmt"
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/slo"
)

// outboundConfig says which addresses sources may have beyond those that anybody
// may connect.
type outboundConfig struct {
	// Allow lists networks in CIDR notation.
	Allow []string `yaml:"allow"`
}

// prefixes returns the networks, which were validated.
func (o outboundConfig) prefixes() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range o.Allow {
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// sourceEntries returns the sources of the configuration with their places.
func (c Config) sourceEntries() []source.Entry {
	entries := make([]source.Entry, len(c.Sources))
	for i, d := range c.Sources {
		entries[i] = source.Entry{Definition: d, Origin: source.Origin{Kind: source.Config, Origin: slo.Origin{File: c.file}}}
		if i < len(c.sourceLines) {
			entries[i].Origin.Line = c.sourceLines[i]
		}
	}
	return entries
}

// checkSources validates the sources and the networks of a configuration, sets
// what validation completes, and returns every problem with its line.
func (c *Config) checkSources(root *yaml.Node) (problems []string) {
	add := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s:%d: ", c.file, line)+fmt.Sprintf(format, args...))
	}
	list := at(root, "sources")
	first := map[string]int{}
	c.sourceLines = make([]int, len(c.Sources))
	for i, d := range c.Sources {
		var node *yaml.Node
		if list != nil && i < len(list.Content) {
			node = list.Content[i]
			c.sourceLines[i] = node.Line
		}
		valid, found := d.Validate(source.Config)
		c.Sources[i] = valid
		for _, p := range found {
			add(lineOf(node, strings.Split(p.Field, ".")), "source %q: %s", d.Name, p)
		}
		if line, twice := first[d.Name]; twice && d.Name != "" {
			add(c.sourceLines[i], "source %q is defined twice, first in line %d", d.Name, line)
		}
		first[d.Name] = c.sourceLines[i]
	}
	networks := at(at(root, "outbound"), "allow")
	for i, text := range c.Outbound.Allow {
		if _, err := netip.ParsePrefix(text); err != nil {
			add(networks.Content[i].Line, "outbound.allow: %q is not a network: write for example 10.1.0.0/16, or 127.0.0.1/32 for one address", text)
		}
	}
	return problems
}

// at returns the value of a key of a mapping, nil if there is none.
func at(node *yaml.Node, key string) *yaml.Node {
	if node == nil {
		return nil
	}
	if node.Kind == yaml.AliasNode {
		return at(node.Alias, key)
	}
	if node.Kind == yaml.DocumentNode {
		return at(node.Content[0], key)
	}
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

// lineOf returns the line of a field, or of the last thing on the way to it that
// is written.
func lineOf(node *yaml.Node, path []string) int {
	line := 0
	for node != nil {
		line = node.Line
		if len(path) == 0 {
			break
		}
		node, path = at(node, path[0]), path[1:]
	}
	return line
}
