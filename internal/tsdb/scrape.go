package tsdb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/scrape"

	"github.com/hindcast/hindcast/internal/fault"
)

// How soon targets that are new, changed or gone are noticed. Prometheus waits
// 5 s each, to be gentle with thousands of targets; somebody who writes a first
// configuration wants to see it work.
const (
	discoveryDelay = 500 * time.Millisecond
	reloadDelay    = 500 * time.Millisecond
)

// Scraper collects samples from targets into a DB until it is stopped.
type Scraper struct {
	db        *DB
	manager   *scrape.Manager
	discovery *discovery.Manager
	sdMetrics map[string]discovery.DiscovererMetrics
	refresh   discovery.RefreshMetricsManager
	cancel    context.CancelFunc
	running   sync.WaitGroup

	mu      sync.Mutex
	stopped bool
}

// Scrape begins to scrape what configs describe. A DB has one Scraper at a time.
func (db *DB) Scrape(configs []ScrapeConfig) (*Scraper, error) {
	if db.ReadOnly() {
		return nil, fault.Forbiddenf("%s was opened for reading only", db.Dir())
	}
	_, leave, err := db.enter(context.Background())
	if err != nil {
		return nil, err
	}
	defer leave()
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.scraper != nil && !db.scraper.isStopped() {
		return nil, fault.Conflictf("the metrics store is being scraped into already")
	}
	s, err := db.newScraper()
	if err != nil {
		return nil, err
	}
	if err := s.Apply(configs); err != nil {
		s.Stop()
		return nil, err
	}
	db.scraper = s
	return s, nil
}

func (db *DB) newScraper() (*Scraper, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Scraper{db: db, cancel: cancel}
	if err := s.build(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("build the scraper: %w", err)
	}
	s.running.Go(func() { _ = s.discovery.Run() })                   // ends with ctx
	s.running.Go(func() { _ = s.manager.Run(s.discovery.SyncCh()) }) // ends with Stop
	return s, nil
}

func (s *Scraper) build(ctx context.Context) (err error) {
	logger := s.db.opts.Logger.With("component", "scraper")
	s.refresh = discovery.NewRefreshMetrics(s.db.registry)
	if s.sdMetrics, err = discovery.RegisterSDMetrics(s.db.registry, s.refresh); err != nil {
		return err
	}
	metrics := &discovery.SDMetrics{MechanismMetrics: s.sdMetrics, RefreshManager: s.refresh}
	s.discovery = discovery.NewManager(ctx, logger, s.db.registry, metrics, discovery.Updatert(discoveryDelay))
	if s.discovery == nil {
		return fault.Conflictf("the metrics of target discovery are registered already")
	}
	s.manager, err = scrape.NewManager(&scrape.Options{
		DiscoveryReloadInterval:  model.Duration(reloadDelay),
		DiscoveryReloadOnStartup: true,
		ParseST:                  true,
	}, logger, nil, nil, intake{s.db}, s.db.registry)
	return err
}

// Apply replaces what is scraped. Targets that stay the same go on undisturbed.
// If anything is wrong with configs, everything stays as it was.
func (s *Scraper) Apply(configs []ScrapeConfig) error {
	if problems := ValidateScrape(configs); len(problems) > 0 {
		texts := make([]string, len(problems))
		for i, p := range problems {
			texts[i] = p.String()
		}
		return fault.Invalidf("scrape configuration: %s", strings.Join(texts, "; "))
	}
	whole, err := promconfig.Load("", s.db.opts.Logger)
	if err != nil {
		return fmt.Errorf("default configuration of Prometheus: %w", err)
	}
	sources := make(map[string]discovery.Configs, len(configs))
	for i := range configs {
		p, err := configs[i].prometheus()
		if err != nil {
			return fault.Invalidf("job %q: %w", configs[i].JobName, err)
		}
		whole.ScrapeConfigs = append(whole.ScrapeConfigs, p)
		sources[p.JobName] = p.ServiceDiscoveryConfigs
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return fault.Unavailablef("the scraper has been stopped")
	}
	if err := s.manager.ApplyConfig(whole); err != nil {
		return fmt.Errorf("apply the scrape configuration: %w", err)
	}
	return s.discovery.ApplyConfig(sources)
}

// Stop ends all scrapes and waits for them. Calling it again does nothing.
func (s *Scraper) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.stopped = true
	s.manager.Stop()
	s.cancel()
	s.running.Wait()
	s.manager.UnregisterMetrics()
	s.discovery.UnregisterMetrics()
	for _, m := range s.sdMetrics {
		m.Unregister()
	}
	s.refresh.Unregister()
}

func (s *Scraper) isStopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}
