package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/frontend"
	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/internal/agreement"
	"github.com/hindcast/hindcast/internal/almanac"
	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/internal/demo"
	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/figures"
	"github.com/hindcast/hindcast/internal/notify"
	"github.com/hindcast/hindcast/internal/source"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/tsdb"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
	"github.com/hindcast/hindcast/slo/collector"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/openslo"
)

// Server is a running Hindcast. Make one with New, which opens what is kept;
// Run serves until its context ends; Close lets go of everything.
type Server struct {
	o           Options
	listener    net.Listener
	started     time.Time
	metrics     *metrics
	tracer      tracer
	seen        sightings
	store       *store.Store
	ledger      *ledger.Ledger
	tsdb        *tsdb.DB
	opener      source.Real
	sources     *source.Registry
	loading     sync.Mutex // of the sources in the store
	connections *connections
	almanac     *almanac.Almanac
	agreements  *agreement.Book
	exclusions  *slo.Exclusions
	annotations *slo.Annotations
	imports     *imports
	folder      *openslo.Folder // of the specifications; it is first read by Run
	fleet       *demo.Fleet
	slos        *slo.Registry
	services    *catalog.Registry
	scraper     atomic.Pointer[tsdb.Scraper]
	collector   *collector.Collector
	alerts      *alert.Engine
	notifier    *notify.Notifier
	replica     *collector.Replica
	evaluator   slo.Evaluator
	figures     *figures.Figures
	changes     *graph.Hub
	graphql     *graph.Handler
	http        *http.Server
	closers     []func() error
}

// New opens the data directory, listens, and puts everything together; nothing
// is collected or answered before Run. On an error everything is closed again.
func New(ctx context.Context, o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Demo {
		o.Data = filepath.Join(o.Data, "demo")
	}
	s := &Server{o: o, started: o.Now(), slos: &slo.Registry{}, services: &catalog.Registry{}, changes: &graph.Hub{}}
	s.exclusions, s.annotations = &slo.Exclusions{}, &slo.Annotations{}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open builds the parts in the order in which data flows.
func (s *Server) open(ctx context.Context) error {
	s.metrics = newMetrics()
	if err := s.listen(ctx); err != nil {
		return err
	}
	if err := s.openTraces(ctx); err != nil {
		return err
	}
	if s.o.Demo {
		if err := s.renewDemo(); err != nil {
			return err
		}
	}
	if err := s.openLedger(ctx); err != nil {
		return err
	}
	if err := s.openDemo(ctx); err != nil {
		return err
	}
	if err := s.openTSDB(); err != nil {
		return err
	}
	if err := s.openSources(ctx); err != nil {
		return err
	}
	if err := s.openAlmanac(ctx); err != nil {
		return err
	}
	if err := s.openAgreements(ctx); err != nil {
		return err
	}
	s.openCollector()
	if err := s.openAlerts(ctx); err != nil {
		return err
	}
	if err := s.openReplica(); err != nil {
		return err
	}
	return s.openHTTP()
}

// listen takes the port first: a second server on it should fail before it
// touches anything.
func (s *Server) listen(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.o.Listen)
	if err != nil {
		return fault.Unavailablef("listen on %s: %w; choose another address with --listen", s.o.Listen, err)
	}
	s.listener = l
	s.closers = append(s.closers, func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

// openLedger opens the database and the ledger in it.
func (s *Server) openLedger(ctx context.Context) (err error) {
	if s.store, err = store.Open(ctx, store.Options{Dir: s.o.Data, Database: s.o.Database}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.store.Close)
	s.ledger, err = ledger.Open(ctx, observedStore{s.store, s.metrics, s.tracer}, ledger.Options{Now: s.o.Now, Logger: s.o.Logger})
	s.evaluator = slo.Evaluator{Meter: s.ledger, Now: s.o.Now, Exclusions: s.exclusions, Annotations: s.annotations}
	return err
}

// version grows with everything that figures are made of but the clock: with the
// ledger and with what is excluded from it.
func (s *Server) version() uint64 { return s.ledger.Version() + s.exclusions.Version() }

// openTSDB opens the raw samples.
func (s *Server) openTSDB() (err error) {
	s.tsdb, err = tsdb.Open(tsdb.Options{
		Dir: s.tsdbDir(), RetentionTime: s.o.Config.Retention.Time, RetentionSize: s.o.Config.Retention.Size,
		OutOfOrderWindow: s.o.Config.OutOfOrderWindow, Durability: s.o.Config.Durability, MinFree: s.o.Config.MinFree, Now: s.o.Now,
		Version: Version, Logger: slog.New(quiet{s.o.Logger.Handler()}), Registerer: s.metrics.registry,
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.tsdb.Close)
	return nil
}

// tsdbFolder is where the samples are in a data directory.
const tsdbFolder = "tsdb"

func (s *Server) tsdbDir() string { return filepath.Join(s.o.Data, tsdbFolder) }

// openCollector connects the sources to the ledger.
func (s *Server) openCollector() {
	s.collector = collector.New(collector.Options{
		Registry: s.slos, Ledger: s.ledger, Now: s.o.Now, Logger: s.o.Logger, Delay: s.o.Config.Delay,
		Barrier: s.barrier, Around: s.observedCycle, KeepMinutes: cmp.Or(s.o.Config.LedgerDays, defaultLedgerDays),
		Source: s.source,
	})
}

// openHTTP puts the handlers together.
func (s *Server) openHTTP() error {
	var err error
	s.graphql, err = graph.New(graph.Options{
		SLOs: s.slos, Services: s.services, Evaluator: newRecent(s.evaluator, s.version, s.o.Now), Backfills: s, Health: s, Sources: s.connections,
		Exclusions: calendar{s}, SLAs: contracts{s}, Alerts: alarms{s}, Imports: s.imports,
		Changes: s.changes, Logger: s.o.Logger, Now: s.o.Now,
		Observer: traceOperations{countOperations{s.metrics}, s.tracer},
	})
	if err != nil {
		return err
	}
	s.metrics.registry.MustRegister(s.families())
	s.openFigures()
	s.http = &http.Server{
		Handler:           s.routes(frontend.Dist()),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelWarn),
	}
	return nil
}

// Address is where the server listens, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Run serves until ctx ends or a part fails, and lets requests under way end.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if err := s.startSources(ctx, g); err != nil {
		return err
	}
	g.Go(func() error { return s.replica.Run(ctx) })
	g.Go(func() error { return s.spread(ctx) })
	g.Go(func() error { return s.lookAfter(ctx) })
	for _, what := range s.followed() {
		g.Go(func() error { s.follow(ctx, what); return nil })
	}
	g.Go(func() error {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return s.shutdown(stopping)
	})
	return g.Wait()
}

// shutdown lets requests under way end, as long as ctx allows. Subscriptions are
// told first: the HTTP server does not know of open sockets.
func (s *Server) shutdown(ctx context.Context) error {
	err := s.graphql.Close(ctx)
	if s.http.Shutdown(ctx) != nil {
		err = errors.Join(err, s.http.Close())
	}
	return err
}

// spread tells those who watch the API what changed in the ledger.
func (s *Server) spread(ctx context.Context) error {
	changed, stop := s.ledger.Watch()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case keys := <-changed:
			s.changes.Notify(keys...)
		}
	}
}

// Close closes what New opened, in the reverse order.
func (s *Server) Close() error {
	var errs []error
	for _, closer := range slices.Backward(s.closers) {
		errs = append(errs, closer())
	}
	s.closers = nil
	return errors.Join(errs...)
}
