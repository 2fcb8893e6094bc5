package server

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
)

// entries returns the sources of the configuration and of the specifications, and
// what opens them.
func (p sourcePlaces) entries() (map[source.Kind][]source.Entry, source.Opener, error) {
	o := Options{Data: p.Data, Now: time.Now}
	if p.Config != "" {
		config, err := ReadConfig(p.Config)
		if err != nil {
			return nil, nil, err
		}
		o.Config = config
	}
	all := map[source.Kind][]source.Entry{source.Config: o.Config.sourceEntries()}
	if p.Specs != "" {
		set, problems, _ := openslo.Read([]string{p.Specs}, builders())
		documents, more := documentSources(set)
		if problems = append(problems, more...); len(problems) > 0 {
			return nil, nil, fault.Invalidf("%s; `hindcast validate` lists every problem", problems[0])
		}
		all[source.Document] = documents
	}
	return all, o.opener(), nil
}

// testTimeout bounds a test of a source from the command line.
const testTimeout = 30 * time.Second

// Run tests a source.
func (c *sourceTestCommand) Run(ctx context.Context, s Streams) error {
	kind := map[string]string{"prometheus": source.Prometheus, "elasticsearch": source.Elasticsearch}[c.Type]
	e, o, err := c.find(c.Source, kind)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	p, err := source.Probe(ctx, o, e)
	if err != nil {
		_, _ = fmt.Fprintf(s.Err, "%s does not work: %s\n", plain(c.Source), plain(err.Error()))
		return errProblems
	}
	_, err = fmt.Fprint(s.Out, probeText(e, p))
	return err
}

// probeText says what a source told about itself, for people.
func probeText(e source.Entry, p slo.Probe) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(key, text string) { _, _ = fmt.Fprintf(w, "%s\t%s\n", key, plain(text)) }
	line("address", e.Definition.URL)
	line("type", e.Definition.Type)
	product := strings.TrimSpace(p.Product + " " + p.Version)
	if product == "" {
		product = "it does not say"
	}
	line("product", product)
	if p.Latency > 0 {
		line("latency", p.Latency.Round(100*time.Microsecond).String())
	}
	line("clock", skewText(p.Skew))
	for _, a := range p.Abilities {
		line(map[bool]string{true: "has", false: "has not"}[a.Have], strings.TrimSuffix(a.Name+": "+a.Note, ": "))
	}
	for _, text := range p.Warnings {
		line("warning", text)
	}
	_ = w.Flush() // into memory
	return b.String()
}

// skewText compares clocks in words.
func skewText(skew time.Duration) string {
	switch {
	case skew > 0:
		return fmt.Sprintf("%s ahead of this machine's", skew.Round(time.Second))
	case skew < 0:
		return fmt.Sprintf("%s behind this machine's", (-skew).Round(time.Second))
	default:
		return "agrees with this machine's"
	}
}

// Run lists sources.
func (c *sourceListCommand) Run(s Streams) error {
	all, o, err := c.entries()
	if err != nil {
		return err
	}
	registry := source.NewRegistry(nil, o)
	for kind, entries := range all {
		registry.Replace(kind, entries)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NAME\tTYPE\tADDRESS\tFROM")
	for _, e := range registry.Entries() {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.Definition.Name, e.Definition.Type, plain(e.Definition.URL), plain(e.Origin.String()))
	}
	for _, p := range registry.Problems() {
		_, _ = fmt.Fprintln(s.Err, plain(p.String()))
	}
	return w.Flush()
}
