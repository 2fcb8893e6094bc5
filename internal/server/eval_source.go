package server

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/mixed"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// Validate refuses a command line that names nothing to measure on, or a time of
// which nothing can be known; kong calls it.
func (c *evalCommand) Validate() error {
	if c.TSDB == "" && c.Prometheus == "" && c.Elasticsearch == "" {
		return fault.Invalidf("nothing to measure on: give --prometheus URL, --elasticsearch URL or --tsdb DIR")
	}
	if now := time.Now(); c.At.After(now.Add(time.Minute)) { // to which it is rounded up
		return fault.Invalidf("--at %s has not been yet, it is %s: give an instant that is over, or leave it out", c.At.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// byKind sends each indicator to the source that can measure it, whatever name the
// specification has for it.
type byKind struct{ metrics, documents slo.Source }

var _ slo.Source = byKind{}

// of returns the source of an indicator.
func (k byKind) of(ind slo.Indicator) (slo.Source, error) {
	switch in := ind.(type) {
	case *mixed.Indicator:
		return k.both(in)
	case *elasticsearch.Indicator:
		if k.documents == nil {
			return nil, fault.Invalidf("the specifications measure on Elasticsearch: give --elasticsearch URL")
		}
		return k.documents, nil
	case *prometheus.Indicator:
		if k.metrics == nil {
			return nil, fault.Invalidf("the specifications measure on Prometheus: give --prometheus URL or --tsdb DIR")
		}
		return k.metrics, nil
	default:
		return nil, fault.Invalidf("indicator %s is of a kind that eval does not know", ind.Key())
	}
}

// both returns the sources of a ratio of two.
func (k byKind) both(in *mixed.Indicator) (slo.Source, error) {
	part, total := in.Parts()
	a, err := k.of(part)
	if err != nil {
		return nil, err
	}
	b, err := k.of(total)
	return mixed.Source{Part: a, Total: b}, err
}

// Measure implements slo.Source.
func (k byKind) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	src, err := k.of(ind)
	if err != nil {
		return slo.Measurement{}, err
	}
	return src.Measure(ctx, ind, span)
}

// Reach implements slo.Source.
func (k byKind) Reach(ctx context.Context, ind slo.Indicator) (oldest, newest time.Time, err error) {
	src, err := k.of(ind)
	if err != nil {
		return oldest, newest, err
	}
	return src.Reach(ctx, ind)
}

// live tells whether servers are measured on.
func (c *evalCommand) live() bool { return c.Prometheus != "" || c.Elasticsearch != "" }

// delay is how long after its end a minute has settled on all sources.
func (k byKind) delay() time.Duration {
	most := collector.DefaultDelay
	for _, src := range []slo.Source{k.metrics, k.documents} {
		if p, ok := src.(slo.Pacer); ok {
			most = max(most, p.Pace().Delay)
		}
	}
	return most
}

// open opens the sources of the command line, and returns what closes them.
func (c *evalCommand) open() (k byKind, closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, f := range closers {
			f()
		}
	}
	if c.TSDB != "" {
		db, err := tsdb.OpenReadOnly(c.TSDB, slog.New(slog.DiscardHandler))
		if err != nil {
			return k, nil, err
		}
		closers = append(closers, func() { _ = db.Close() })
		k.metrics = &prometheus.Source{Sampler: db}
	}
	for _, s := range []struct {
		text, kind string
		to         *slo.Source
	}{{c.Prometheus, source.Prometheus, &k.metrics}, {c.Elasticsearch, source.Elasticsearch, &k.documents}} {
		if s.text == "" {
			continue
		}
		e, o, err := sourcePlaces{Config: c.Config}.find(s.text, s.kind)
		if err != nil {
			closeAll()
			return k, nil, err
		}
		opened, err := o.Open(e)
		if err != nil {
			closeAll()
			return k, nil, err
		}
		closers, *s.to = append(closers, opened.Close), opened.Source
	}
	return k, closeAll, nil
}

// find returns the source that somebody named, which must be of a kind if one is
// given, and what opens it. Whoever gives a URL on the command line could as well
// write it into the configuration.
func (p sourcePlaces) find(text, kind string) (source.Entry, source.Opener, error) {
	all, o, err := p.entries()
	if err != nil {
		return source.Entry{}, nil, err
	}
	if strings.Contains(text, "://") {
		e, err := entryAt(text, cmp.Or(kind, source.Prometheus))
		return e, o, err
	}
	registry := source.NewRegistry(nil, o)
	for kind, entries := range all {
		registry.Replace(kind, entries)
	}
	e, ok := registry.Entry(text)
	switch {
	case ok && kind != "" && e.Definition.Type != kind:
		return e, nil, fault.Invalidf("source %q is of type %s, not %s", text, e.Definition.Type, kind)
	case ok:
		return e, o, nil
	case strings.ContainsAny(text, ".:/"): // no name of a source has one
		return e, nil, fault.NotFoundf("there is no source %q; if it is a server, write its URL, which begins with http:// or https://", text)
	case text == source.EmbeddedName:
		return e, nil, fault.NotFoundf("source %q is inside a server that runs: give the URL of that server", text)
	case p.Config == "" && p.Specs == "":
		return e, nil, fault.NotFoundf("there is no source %q: name the file that defines it with --config, or give the URL of a server", text)
	}
	return e, nil, registry.Missing(text)
}

// entryAt returns a source of a kind at a URL. It is called by its host, as it has
// no name.
func entryAt(address, kind string) (source.Entry, error) {
	d, problems := source.Definition{Name: "given", Type: kind, URL: address}.Validate(source.Config)
	if len(problems) > 0 {
		return source.Entry{}, fault.Invalidf("%s", problems[0])
	}
	u, err := outbound.ParseURL(address)
	if err != nil {
		return source.Entry{}, err
	}
	d.Name = u.Host
	return source.Entry{Definition: d, Origin: source.Origin{Kind: source.Config}}, nil
}
