package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/hindcast/hindcast/internal/fault"
)

// Codes in extensions.code besides the kinds of fault and gqlgen's
// GRAPHQL_PARSE_FAILED and GRAPHQL_VALIDATION_FAILED.
const (
	codeLimit = "LIMIT_EXCEEDED" // extensions.limit names the limit, extensions.max its value
	codeRate  = "RATE_LIMITED"   // extensions.retryAfter is in seconds
)

func init() { // sockets answer these with "error", as they do for invalid documents
	errcode.RegisterErrorType(codeLimit, errcode.KindProtocol)
	errcode.RegisterErrorType(codeRate, errcode.KindProtocol)
}

// exceeds returns the error for a limit that was exceeded.
func exceeds(limit string, max int, format string, args ...any) *gqlerror.Error {
	err := gqlerror.Errorf(format, args...)
	err.Extensions = map[string]any{"code": codeLimit, "limit": limit, "max": max}
	return err
}

// presentable returns a fault as a GraphQL error, for hooks that run before
// the presenter.
func presentable(err error) *gqlerror.Error {
	out := gqlerror.Wrap(err)
	out.Extensions = map[string]any{"code": fault.KindOf(err).String()}
	return out
}

// presenter turns every error into what a client may see.
type presenter struct {
	logger *slog.Logger
	limit  int // internal errors that one response may log
}

// panicked marks an error that was logged where the panic was caught.
type panicked struct{}

func (panicked) Error() string { return "panic" }

// recovered logs a panic with its stack and hides both.
func (p presenter) recovered(ctx context.Context, cause any) error {
	p.logger.ErrorContext(ctx, "panic in a resolver", "request", requestOf(ctx).id, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return panicked{}
}

// present implements graphql.ErrorPresenterFunc.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	out := &gqlerror.Error{Path: graphql.GetPath(ctx)}
	inner, ok := errors.AsType[*gqlerror.Error](err)
	if ok {
		out.Path, out.Locations = inner.Path, inner.Locations
		if code, _ := inner.Extensions["code"].(string); code != "" { // made by the guard, the parser or the validation
			out.Message, out.Extensions = clean(inner.Message), inner.Extensions
			return out
		}
	}
	kind := fault.KindOf(err)
	out.Extensions = map[string]any{"code": kind.String()}
	if field := cmp.Or(fault.FieldOf(err), inputField(out.Path)); field != "" {
		out.Extensions["field"] = field
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		out.Message = "the operation took too long and was stopped"
	case kind == fault.Internal:
		out.Message = "internal error"
		out.Extensions["requestId"] = requestOf(ctx).id
		p.log(ctx, err)
	default:
		out.Message = clean(userText(err))
	}
	return out
}

// inputField returns the field of an input that a path leads to, "" if it leads to
// none: scalars refuse a value without knowing where it stands.
func inputField(path ast.Path) string {
	var names []string
	for _, p := range path {
		if name, ok := p.(ast.PathName); ok {
			names = append(names, string(name))
		}
	}
	if len(names) < 3 || names[1] != "input" {
		return ""
	}
	return strings.Join(names[2:], ".")
}

// log writes an internal error once, and not without end for one response.
func (p presenter) log(ctx context.Context, err error) {
	if _, logged := errors.AsType[panicked](err); logged {
		return
	}
	if s := scopeOf(ctx); s != nil && over(int(s.logged.Add(1)), p.limit) {
		return
	}
	p.logger.ErrorContext(ctx, "internal error", "request", requestOf(ctx).id, "path", graphql.GetPath(ctx).String(), "err", err)
}

// userText returns the text of the fault in err's chain without the path that
// gqlgen puts in front.
func userText(err error) string {
	if inner, ok := errors.AsType[*gqlerror.Error](err); ok {
		return inner.Message
	}
	return err.Error()
}

// Addresses and absolute paths never leave the server, whoever wrote the text.
var (
	address      = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"']+`)
	absolutePath = regexp.MustCompile(`(^|[\s"'(=])(/[\w.@-]+){2,}/?`)
)

// maxMessage is longer than any text of ours; what is longer repeats input.
const maxMessage = 500

// clean withholds addresses and paths and cuts what is too long.
func clean(text string) string {
	text = address.ReplaceAllString(text, "(address withheld)")
	text = absolutePath.ReplaceAllString(text, "${1}(path withheld)")
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return text
}
