package graph

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"github.com/hindcast/hindcast/graph/internal/exec"
)

// Handler serves GraphQL: POST for queries, a WebSocket upgrade for
// subscriptions. It is safe for concurrent use. Close it before the server
// ends, because a server does not wait for its sockets.
type Handler struct {
	edge     edge
	server   *handler.Server
	cache    *documentCache
	sockets  *sockets
	observer Observer
}

// New returns a handler over o, or an error that names what o lacks.
func New(o Options) (*Handler, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	limits := DefaultLimits()
	if o.Limits != nil {
		limits = *o.Limits
	}
	if err := limits.validate(); err != nil {
		return nil, err
	}
	return newHandler(o, limits)
}

// newHandler builds the handler. Tests take single limits away through it.
func newHandler(o Options, limits Limits) (*Handler, error) {
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	outer, err := newEdge(o)
	if err != nil {
		return nil, err
	}
	root := &resolver{Options: o, limits: limits}
	cache := newDocumentCache(limits.CacheBytes)
	present := presenter{logger: o.Logger, limit: limits.Errors}
	conns := newSockets(o, limits)

	srv := handler.New(exec.NewExecutableSchema(exec.Config{Resolvers: root}))
	srv.AddTransport(conns.transport())
	srv.AddTransport(post{limits: limits, observer: o.Observer, gate: newGate(limits.Running)})
	srv.SetErrorPresenter(present.present)
	srv.SetRecoverFunc(present.recovered)
	srv.SetQueryCache(cache)
	srv.SetParserTokenLimit(limits.Tokens)
	srv.SetDisableSuggestion(!o.Introspection)
	srv.SetValidationRulesFn(rulesFor(o.Introspection))
	purse := newToll(limits, o.Now)
	srv.Use(observed{o.Observer})
	srv.Use(purse)
	srv.Use(guard{limits: limits, known: cache.has, introspection: o.Introspection})
	srv.Use(price{limits: limits, toll: purse})
	srv.Use(bounds{resolver: root, toll: purse})
	if o.Introspection {
		srv.Use(extension.Introspection{})
	}
	return &Handler{edge: outer, server: srv, cache: cache, sockets: conns, observer: o.Observer}, nil
}

// ServeHTTP answers one request, or refuses it at the edge.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &request{id: newRequestID(), principal: h.edge.principal(r)}
	header := w.Header()
	header.Set("X-Request-Id", req.id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if refused := h.edge.check(r); refused != nil {
		h.observer.Refused(refused.outcome())
		refused.write(w)
		return
	}
	h.server.ServeHTTP(w, r.WithContext(withRequest(r.Context(), req)))
}

// Open returns how many sockets and operations on sockets are open.
func (h *Handler) Open() (sockets, operations int) { return h.sockets.inUse() }

// Close ends all sockets with the status "going away" and waits for them.
func (h *Handler) Close(ctx context.Context) error { return h.sockets.close(ctx) }
