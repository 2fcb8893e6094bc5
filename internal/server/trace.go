package server

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/hindcast/hindcast/graph"
	"github.com/hindcast/hindcast/internal/fault"
)

// tracer starts spans; the zero tracer starts none and costs nothing.
type tracer struct{ otel trace.Tracer }

// tracesWanted reports whether the environment names a receiver of traces, by
// the variables that OpenTelemetry defines.
func tracesWanted() bool {
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// traceClose bounds what the end of the server waits for the last spans.
const traceClose = 2 * time.Second

// openTraces makes the tracer. Spans wait in a queue of fixed length for a sender
// in the background and are dropped when it is full: a receiver that is down or
// slow holds nobody up.
func (s *Server) openTraces(ctx context.Context) error {
	if !s.o.Traces {
		return nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return fault.Invalidf("traces cannot be sent: %w; correct OTEL_EXPORTER_OTLP_ENDPOINT", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "hindcast"), attribute.String("service.version", Version),
	), resource.WithFromEnv()) // the environment has the last word
	if err != nil {
		return fault.Invalidf("traces cannot be sent: %w; correct OTEL_RESOURCE_ATTRIBUTES", err)
	}
	otel.SetErrorHandler(newTraceErrors(s.o.Logger))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	s.tracer = tracer{provider.Tracer("github.com/hindcast/hindcast")}
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceClose)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			s.o.Logger.WarnContext(ctx, "the last traces were not sent", "err", err)
		}
		return nil
	})
	return nil
}

// newTraceErrors logs why traces are not sent, once a minute at most.
func newTraceErrors(log *slog.Logger) otel.ErrorHandler {
	sometimes := &rate.Sometimes{First: 1, Interval: time.Minute}
	return otel.ErrorHandlerFunc(func(err error) {
		sometimes.Do(func() { log.Warn("traces are not sent", "err", err) })
	})
}

// start begins a span with attributes, given as names and values in turn. The
// function that it returns ends the span with the error of what was done.
func (t tracer) start(ctx context.Context, name string, attributes ...string) (context.Context, func(error)) {
	if t.otel == nil {
		return ctx, func(error) {}
	}
	pairs := make([]attribute.KeyValue, 0, len(attributes)/2)
	for i := 0; i+1 < len(attributes); i += 2 {
		pairs = append(pairs, attribute.String(attributes[i], cut(attributes[i+1], maxText)))
	}
	ctx, span := t.otel.Start(ctx, name, trace.WithAttributes(pairs...))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, cut(err.Error(), maxText))
		}
		span.End()
	}
}

// traced gives each request of a handler a span, below that of the caller if the
// request names one.
func (t tracer) traced(handler string, h http.Handler) http.Handler {
	if t.otel == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, end := t.start(ctx, "HTTP "+handler, "http.request.method", r.Method, "url.path", r.URL.Path)
		defer end(nil)
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// traceOperations gives each GraphQL operation a span around what another
// observer does.
type traceOperations struct {
	graph.Observer
	tracer tracer
}

var _ graph.Observer = traceOperations{}

// Operation implements graph.Observer.
func (t traceOperations) Operation(ctx context.Context, op graph.Operation) (context.Context, func(graph.Outcome)) {
	ctx, end := t.tracer.start(ctx, "GraphQL "+op.Kind, "graphql.operation.name", op.Name, "graphql.operation.type", op.Kind)
	if t.tracer.otel != nil {
		trace.SpanFromContext(ctx).SetAttributes(attribute.Int("hindcast.graphql.points", op.Points))
	}
	ctx, done := t.Observer.Operation(ctx, op)
	return ctx, func(out graph.Outcome) {
		done(out)
		end(outcomeError(out))
	}
}

// outcomeError is the error of an operation for a span, nil if it went well.
func outcomeError(out graph.Outcome) error {
	if out.Code == "" {
		return nil
	}
	return fault.Invalidf("%s", out.Code)
}
