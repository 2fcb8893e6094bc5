package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/hindcast/hindcast/graph/model"
	"github.com/hindcast/hindcast/internal/catalog"
	"github.com/hindcast/hindcast/slo"
)

// Options are what a Handler needs of the rest of the server.
type Options struct {
	SLOs       *slo.Registry
	Services   *catalog.Registry
	Evaluator  Evaluator
	Backfills  Backfills
	Health     HealthSource
	Changes    Changes
	Sources    Sources
	Exclusions Exclusions
	SLAs       SLAs
	Alerts     Alerts
	Imports    Imports
	Logger     *slog.Logger
	Now        func() time.Time

	// AllowedHosts are names, without port, that the Host header may carry
	// besides those of the loopback interface. Others are refused, so that a
	// foreign name that resolves to 127.0.0.1 leads nowhere.
	AllowedHosts []string
	// AllowedOrigins are foreign origins such as http://localhost:5173 whose
	// pages may send requests and open sockets. The own origin always may.
	AllowedOrigins []string
	// Introspection answers __schema and __type and suggests names in errors.
	// It is for development; clients build against graph/schema.graphql.
	Introspection bool
	// Principal says who sent a request, for points and sockets; nil takes the
	// address of the client.
	Principal func(*http.Request) string
	// LimitUpstream returns a context that lets an operation put at most n
	// questions to data sources; nil where resolving asks no source.
	LimitUpstream func(ctx context.Context, n int) context.Context
	// Limits bound everything; nil means DefaultLimits.
	Limits *Limits
	// Observer is told about operations and refusals; nil tells nobody.
	Observer Observer
}

// Evaluator turns what was measured into figures. slo.Evaluator implements it.
type Evaluator interface {
	// Budget returns the error budget that q asks for.
	Budget(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) (slo.Budget, error)
	// BurnRates returns the workbook's window pairs, scaled to q.Window, as of
	// q.AsOf.
	BurnRates(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) ([]slo.BurnRate, error)
	// Series returns the points that q asks for.
	Series(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.SeriesQuestion) (slo.Series, error)
	// Explain returns what stands behind the budget that q asks for.
	Explain(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) (slo.Explanation, error)
	// Statement returns where the budget that q asks for went.
	Statement(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.StatementQuestion) (slo.Statement, error)
	// Groups returns the budget of every group.
	Groups(ctx context.Context, s *slo.SLO, o *slo.Objective, q slo.Question) ([]slo.GroupBudget, error)
	// HasGroup reports whether the group was ever measured; the whole was.
	HasGroup(o *slo.Objective, g slo.Group) bool
}

// Progress is how far reading an indicator's history got.
type Progress = model.Backfill

// Backfills knows the progress of reading histories.
type Backfills interface {
	// Backfill returns the progress; ok is false if none was ever wanted.
	Backfill(ind slo.IndicatorKey) (p Progress, ok bool)
}

// Health is how the parts of the server are doing. Its messages are shown as
// they are: no address, no path, no secret.
type Health = model.Health

// HealthSource knows how the parts of the server are doing.
type HealthSource interface {
	// Health returns the state as of now.
	Health(ctx context.Context) Health
	// Watch returns a channel that receives after a change, and a function that
	// ends it. Several changes in a row may arrive as one.
	Watch() (changed <-chan struct{}, stop func())
}

// Changes tells whose figures changed. Hub implements it.
type Changes interface {
	// Watch returns a channel that receives after a change, a function that
	// takes what changed since it was called last, and one that ends the watch.
	// Several changes in a row may arrive as one.
	Watch() (changed <-chan struct{}, take func() News, stop func())
}

// News are the indicators whose figures changed, and why.
type News struct {
	Measured []slo.IndicatorKey // there is another minute, or a minute is another one
	Decided  []slo.IndicatorKey // somebody said what counts, or what is promised
}

// validate names the first thing that is missing.
func (o Options) validate() error {
	switch {
	case o.SLOs == nil, o.Services == nil:
		return errors.New("graph: Options.SLOs and Options.Services are needed")
	case o.Evaluator == nil:
		return errors.New("graph: Options.Evaluator is needed")
	case o.Backfills == nil, o.Health == nil, o.Changes == nil:
		return errors.New("graph: Options.Backfills, Options.Health and Options.Changes are needed")
	case o.Sources == nil:
		return errors.New("graph: Options.Sources is needed")
	case o.Exclusions == nil, o.SLAs == nil, o.Alerts == nil, o.Imports == nil:
		return errors.New("graph: Options.Exclusions, Options.SLAs, Options.Alerts and Options.Imports are needed")
	case o.Logger == nil, o.Now == nil:
		return errors.New("graph: Options.Logger and Options.Now are needed")
	default:
		return nil
	}
}
