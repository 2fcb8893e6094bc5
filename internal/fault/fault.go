// Package fault is the whole error policy of Hindcast: six kinds of error that
// a caller may branch on, and one way to learn the kind of any error.
//
// An error made here is fit for a user to read: lower case, no full stop, it
// names the thing and the value. Anything else is Internal and is shown to a
// user only as "internal error" with a request id. The mapping to GraphQL codes
// lives in graph, the mapping to HTTP statuses in internal/server, the mapping
// to exit codes beside the command line; nobody else maps kinds.
//
// Package fault imports the standard library alone; every other package of
// Hindcast may import it.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind says what a caller can do about an error.
type Kind int

// The kinds of error. The zero value is Internal, so that an error nobody
// classified is never shown to a user as if it were harmless.
const (
	Internal    Kind = iota // a defect of ours: logged once, shown without its text
	Invalid                 // the input is wrong: correct it and try again
	NotFound                // the thing named does not exist
	Conflict                // the thing changed meanwhile: read it again
	Forbidden               // the caller may not do this
	Unavailable             // something outside is down or overloaded: try later
)

// String returns the kind as it is written in logs and in extensions.code.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "INVALID"
	case NotFound:
		return "NOT_FOUND"
	case Conflict:
		return "CONFLICT"
	case Forbidden:
		return "FORBIDDEN"
	case Unavailable:
		return "UNAVAILABLE"
	default:
		return "INTERNAL"
	}
}

// fault is an error with a kind.
type fault struct {
	kind Kind
	err  error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return errors.Unwrap(f.err) }

// Invalidf returns an error of kind Invalid; the format may wrap with %w.
func Invalidf(format string, args ...any) error { return newf(Invalid, format, args) }

// NotFoundf returns an error of kind NotFound; the format may wrap with %w.
func NotFoundf(format string, args ...any) error { return newf(NotFound, format, args) }

// Conflictf returns an error of kind Conflict; the format may wrap with %w.
func Conflictf(format string, args ...any) error { return newf(Conflict, format, args) }

// Forbiddenf returns an error of kind Forbidden; the format may wrap with %w.
func Forbiddenf(format string, args ...any) error { return newf(Forbidden, format, args) }

// Unavailablef returns an error of kind Unavailable; the format may wrap with %w.
func Unavailablef(format string, args ...any) error { return newf(Unavailable, format, args) }

func newf(kind Kind, format string, args []any) error {
	return &fault{kind: kind, err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of the outermost fault in err's chain. A context that
// ran out is Unavailable; anything unknown, nil included, is Internal.
func KindOf(err error) Kind {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.kind
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unavailable
	}
	return Internal
}

// Is says whether somebody made err, or an error that it wraps, a fault: its text
// is fit for a user already.
func Is(err error) bool {
	_, ok := errors.AsType[*fault](err)
	return ok
}
