package server

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/openslo"
)

// startSources starts what fills the parts: the fleet of the demo, the scraper,
// the folder of specifications.
func (s *Server) startSources(ctx context.Context, g *errgroup.Group) error {
	scrape := s.o.Config.Scrape
	if s.fleet != nil {
		if err := s.fleet.Start(ctx); err != nil {
			return err
		}
		s.closers = append(s.closers, func() error { s.fleet.Stop(); return nil })
		scrape = append(scrape, demoScrape(s.fleet.ScrapeTargets())...)
	}
	scraper, err := s.tsdb.Scrape(scrape)
	if err != nil {
		return err
	}
	s.scraper.Store(scraper)
	s.closers = append(s.closers, func() error { scraper.Stop(); return nil })
	return s.startSpecs(ctx, g)
}

// demoScrape turns the fleet's targets into scrape configurations.
func demoScrape(jobs []demo.ScrapeJob) []tsdb.ScrapeConfig {
	var all []tsdb.ScrapeConfig
	for _, j := range jobs {
		c := tsdb.ScrapeConfig{
			JobName: j.Name, MetricsPath: j.Path,
			ScrapeInterval: model.Duration(j.Interval), ScrapeTimeout: model.Duration(j.Timeout),
		}
		for _, t := range j.Targets {
			c.StaticConfigs = append(c.StaticConfigs, tsdb.StaticConfig{Targets: []string{t.Address}, Labels: t.Labels})
		}
		all = append(all, c)
	}
	return all
}

// startSpecs reads the specifications and follows their changes.
func (s *Server) startSpecs(ctx context.Context, g *errgroup.Group) error {
	if s.folder.Dir == "" && s.o.Demo {
		var err error
		if s.folder.Dir, err = s.demoSpecs(); err != nil {
			return err
		}
	}
	if s.folder.Step(ctx) != nil { // in force before the first cycle
		return nil // ctx ended
	}
	g.Go(func() error { return s.folder.Run(ctx) })
	return nil
}

// keeper keeps the last good version of specification files in the store.
type keeper struct {
	store *store.Store
	now   func() time.Time
}

var _ openslo.Keeper = keeper{}

// Good implements openslo.Keeper.
func (k keeper) Good(ctx context.Context) ([]openslo.File, error) {
	kept, err := k.store.Specs(ctx)
	files := make([]openslo.File, len(kept))
	for i, f := range kept {
		files[i] = openslo.File{Path: f.Path, Text: f.Text}
	}
	return files, err
}

// Keep implements openslo.Keeper.
func (k keeper) Keep(ctx context.Context, f openslo.File) error {
	return k.store.SaveSpec(ctx, store.SpecFile{Path: f.Path, Text: f.Text, LoadedAt: k.now()})
}

// Drop implements openslo.Keeper.
func (k keeper) Drop(ctx context.Context, path string) error { return k.store.DropSpec(ctx, path) }

// apply puts specifications in force.
func (s *Server) apply(set openslo.Set, problems []slo.Problem) {
	services := make([]catalog.Service, len(set.Services))
	for i, v := range set.Services {
		services[i] = catalog.Service{
			Name: v.Name, DisplayName: v.DisplayName, Description: v.Description, Team: v.Team,
			File: v.Origin.File, Line: v.Origin.Line,
		}
	}
	s.services.Replace(services)
	sources, more := documentSources(set)
	s.sources.Replace(source.Document, sources)
	problems = append(slices.Clone(problems), more...)
	s.almanac.Files(set.Exclusions, set.Annotations) // before the objectives that they are about
	s.slos.Replace(set.SLOs, problems)
	s.agreements.Files(set.SLAs)
	s.metrics.reloaded.Store(s.o.Now().UnixNano())
	s.o.Logger.Info("specifications in force", "slos", len(set.SLOs), "services", len(services), "sources", len(sources), "errors", len(problems))
}

// targetsTimeout bounds the look at the scrape targets for the health page.
const targetsTimeout = 2 * time.Second
