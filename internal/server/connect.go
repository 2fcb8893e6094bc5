package server

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/outbound"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/elasticsearch"
	"github.com/hindcast/hindcast/slo/openslo"
	"github.com/hindcast/hindcast/slo/prometheus"
)

// secretsFolder is where sources that are connected in the page or by documents
// find their files, in a data directory.
const secretsFolder = "secrets"

// opener opens sources as the configuration permits.
func (o Options) opener(own ...netip.AddrPort) source.Real {
	return source.Real{
		Policy:  outbound.Policy{Allow: o.Config.Outbound.prefixes(), Own: outbound.Listeners(own...)},
		Secrets: filepath.Join(o.Data, secretsFolder), Now: o.Now,
	}
}

// openSources makes the sources known of the configuration and of the page. None
// is asked yet: a server starts whatever is down around it.
func (s *Server) openSources(ctx context.Context) error {
	own, err := netip.ParseAddrPort(s.Address())
	if err != nil {
		return err
	}
	s.opener = s.o.opener(own)
	s.sources = source.NewRegistry(&prometheus.Source{Sampler: s.tsdb}, s.opener)
	s.closers = append(s.closers, s.sources.Close)
	s.connections = newConnections(s)
	s.imports = &imports{Server: s}
	s.folder = &openslo.Folder{
		Dir: s.o.Specs, Extra: s.imports.files, Builders: builders(), Keeper: keeper{s.store, s.o.Now}, Apply: s.apply, Log: s.o.Logger,
	}
	s.sources.Replace(source.Config, s.o.Config.sourceEntries())
	return s.loadSources(ctx)
}

// loadSources puts the sources in force that were connected in the page, here or
// on another replica.
func (s *Server) loadSources(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	rows, err := s.store.Sources(ctx)
	if err != nil {
		return err
	}
	entries := make([]source.Entry, 0, len(rows))
	for _, row := range rows {
		if e, ok := s.pageEntry(row); ok {
			entries = append(entries, e)
		}
	}
	s.sources.Replace(source.Page, entries)
	return nil
}

// pageEntry reads what is kept of a source. One that a newer or a damaged store
// holds is told and left alone.
func (s *Server) pageEntry(row store.Source) (source.Entry, bool) {
	d, err := source.Parse(row.Definition)
	if err != nil {
		s.o.Logger.Error("read a source that was connected in the page", "source", row.Name, "err", err)
		return source.Entry{}, false
	}
	return source.Entry{Definition: d, Origin: source.Origin{Kind: source.Page}}, true
}

// problems lists what is wrong with specifications, sources, exclusions,
// annotations and agreements as they are now.
func (s *Server) problems() []slo.Problem {
	return slices.Concat(s.slos.Problems(), s.sources.Problems(), s.almanac.Problems(), s.agreements.Problems())
}

// source returns the source that a specification names, observed; nil if there
// is none.
func (s *Server) source(name string) slo.Source {
	src := s.sources.Source(name)
	if src == nil {
		return nil
	}
	if name == "" {
		src = defaultSource{src}
	}
	return observedSource{src, sourceLabel(name), s.metrics, s.tracer, s.connections.read}
}

// defaultSource is the embedded one for indicators that name none. Those that it
// cannot measure have to.
type defaultSource struct{ slo.Source }

// Measure implements slo.Source.
func (s defaultSource) Measure(ctx context.Context, ind slo.Indicator, span slo.Span) (slo.Measurement, error) {
	if _, is := ind.(*elasticsearch.Indicator); is {
		return slo.Measurement{}, fault.Invalidf("the specification measures on Elasticsearch and does not say on which: write metricSourceRef beside its type, and define the source")
	}
	return s.Source.Measure(ctx, ind, span)
}

// Late implements collector.Later as the embedded source does.
func (s defaultSource) Late() (oldest time.Time, ok bool) {
	if l, is := s.Source.(collector.Later); is {
		return l.Late()
	}
	return oldest, false
}

// barrier makes the samples durable that were measured on. Other servers keep
// their own.
func (s *Server) barrier(ctx context.Context, name string) error {
	if !slices.Contains(source.Split(name), "") {
		return nil
	}
	return s.tsdb.Sync(ctx)
}

// documentSources returns the sources that documents define, and what is wrong
// with the others.
func documentSources(set openslo.Set) (entries []source.Entry, problems []slo.Problem) {
	for _, doc := range set.Sources {
		d, err := source.FromConnection(doc.Name, doc.Type, doc.Connection)
		var texts []string
		if err != nil {
			texts = []string{err.Error()}
		} else {
			var found []source.Problem
			d, found = d.Validate(source.Document)
			for _, p := range found {
				texts = append(texts, p.String())
			}
		}
		if len(texts) > 0 {
			problems = append(problems, slo.Problem{
				File: doc.Origin.File, Line: doc.Origin.Line, Column: 1,
				Text: "DataSource \"" + doc.Name + "\": " + strings.Join(texts, "; "),
			})
			continue
		}
		entries = append(entries, source.Entry{Definition: d, Origin: source.Origin{Kind: source.Document, Origin: doc.Origin}})
	}
	return entries, problems
}
