package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/hindcast/hindcast/internal/fault"
)

// The media types of GraphQL over HTTP.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// post is the transport of queries. gqlgen's own reads bodies of any length and
// repeats them in its errors.
type post struct {
	limits   Limits
	observer Observer
	gate     gate
}

var _ graphql.Transport = post{}

// Supports implements graphql.Transport; the edge has looked at the rest.
func (post) Supports(r *http.Request) bool { return r.Method == http.MethodPost }

// Do reads, bounds and decodes the body, runs the operation and answers.
func (p post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	params, refused := p.read(w, r)
	if refused != nil {
		p.observer.Refused(refused.outcome())
		refused.write(w)
		return
	}
	ctx := r.Context()
	leave, refused := p.gate.enter(ctx)
	if refused != nil {
		p.observer.Refused(refused.outcome())
		refused.write(w)
		return
	}
	defer leave()
	op, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		resp := exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
		answer(w, r, refusedStatus(w, r, errs), resp)
		return
	}
	if op.Operation.Operation == "subscription" {
		refuse(http.StatusBadRequest, fault.Invalid.String(), "subscriptions are served over a WebSocket with the sub-protocol %s", subprotocol).write(w)
		return
	}
	run, ctx := exec.DispatchOperation(ctx, op)
	resp := run(ctx)
	if resp == nil { // the context ended before anything ran
		resp = exec.DispatchError(graphql.WithOperationContext(ctx, op), gqlerror.List{gqlerror.Wrap(ctx.Err())})
	}
	answer(w, r, http.StatusOK, resp)
}

// read returns the operation that the body holds, or why it is refused.
func (p post) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	start := graphql.Now()
	body, refused := p.body(w, r)
	if refused != nil {
		return nil, refused
	}
	if !utf8.Valid(body) {
		return nil, refuse(http.StatusBadRequest, fault.Invalid.String(), "the body is not UTF-8")
	}
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) > 0 && trimmed[0] == '[' {
		return nil, refuse(http.StatusBadRequest, fault.Invalid.String(), "a list of operations is not served; send one operation per request")
	}
	if tooDeep(body, p.limits.JSONDepth) {
		return nil, refuse(http.StatusBadRequest, codeLimit, "the body nests deeper than %d levels", p.limits.JSONDepth).naming("JSONDepth", p.limits.JSONDepth)
	}
	params := &graphql.RawParams{Headers: r.Header}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(params); err != nil || dec.Decode(new(json.RawMessage)) != io.EOF {
		return nil, refuse(http.StatusBadRequest, fault.Invalid.String(), "the body is not one JSON object with a query")
	}
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nil
}

// body reads at most the limit.
func (p post) body(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	reader := r.Body
	if p.limits.Body > 0 {
		reader = http.MaxBytesReader(w, r.Body, int64(p.limits.Body))
	}
	body, err := io.ReadAll(reader)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		size := "more bytes"
		if r.ContentLength > 0 {
			size = fmt.Sprintf("%d bytes", r.ContentLength)
		}
		return nil, refuse(http.StatusRequestEntityTooLarge, codeLimit, "the body has %s, %d are the most: split a specification that is larger, or write it into the specification folder with hindcast convert",
			size, p.limits.Body).naming("Body", p.limits.Body)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, fault.Invalid.String(), "the body ended early")
	}
	return body, nil
}

// tooDeep reports whether JSON nests deeper than max levels. It reads bytes, not
// values, so that it costs nothing before anything is allocated.
func tooDeep(text []byte, max int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; over(depth, max) {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}

// refusedStatus returns the status of an operation that was not run: as GraphQL
// over HTTP says, 200 in the old media type and 400 in the new one.
func refusedStatus(w http.ResponseWriter, r *http.Request, errs gqlerror.List) int {
	if errs[0].Extensions["code"] == codeRate {
		w.Header().Set("Retry-After", fmt.Sprint(errs[0].Extensions["retryAfter"]))
		return http.StatusTooManyRequests
	}
	if accepts(r) == mediaGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// accepts returns the media type that the client reads best.
func accepts(r *http.Request) string {
	if strings.Contains(r.Header.Get("Accept"), mediaGraphQL) {
		return mediaGraphQL
	}
	return mediaJSON
}

// answer writes a response.
func answer(w http.ResponseWriter, r *http.Request, status int, resp *graphql.Response) {
	text, err := json.Marshal(resp)
	if err != nil { // gqlgen wrote something that is not JSON: its recovery reports it
		panic(err)
	}
	w.Header().Set("Content-Type", accepts(r)+"; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// refusal is an answer given before any operation is known.
type refusal struct {
	status int
	err    *gqlerror.Error
}

// refuse returns a refusal with a text for the user.
func refuse(status int, code, format string, args ...any) *refusal {
	err := gqlerror.Errorf(format, args...)
	err.Extensions = map[string]any{"code": code}
	return &refusal{status: status, err: err}
}

// naming adds the limit that was exceeded.
func (f *refusal) naming(limit string, max int) *refusal {
	f.err.Extensions["limit"], f.err.Extensions["max"] = limit, max
	return f
}

// outcome tells an observer about the refusal.
func (f *refusal) outcome() Outcome { return outcomeOf(gqlerror.List{f.err}) }

// write sends the refusal.
func (f *refusal) write(w http.ResponseWriter) {
	switch f.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", mediaJSON+"; charset=utf-8")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(graphql.Response{Errors: gqlerror.List{f.err}})
}
