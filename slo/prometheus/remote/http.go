package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// Doer sends a request and returns the answer to it: an http.RoundTripper that
// connects, authenticates, follows redirects and repeats requests as far as it
// is allowed to.
type Doer interface {
	RoundTrip(*http.Request) (*http.Response, error)
}

// apiPath is where Prometheus' API lies below the URL of a server.
const apiPath = "api/v1"

// maxRefusal is how much of an answer that is an error is read.
const maxRefusal = 64 << 10

// reply is an answer that is being read, or a refusal that was.
type reply struct {
	*http.Response
	body *meter
	end  context.CancelFunc
}

func (r *reply) close() {
	_ = r.Body.Close() // what was wanted has been read, or was found wrong
	r.end()
}

// post sends a form to one of the paths of the API.
func (s *Sampler) post(ctx context.Context, path string, form url.Values) (*reply, error) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	return s.do(ctx, http.MethodPost, path, header, []byte(form.Encode()))
}

// do sends a request. Questions change nothing on the server, so that they may be
// repeated; net/http's sign for that is an idempotency key that is empty, which is
// not sent.
func (s *Sampler) do(ctx context.Context, method, path string, header http.Header, body []byte) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	req, err := http.NewRequestWithContext(ctx, method, s.base.JoinPath(apiPath, path).String(), bytes.NewReader(body))
	if err != nil {
		cancel()
		return nil, fault.Invalidf("source %s: %w", s.o.Name, err)
	}
	req.Header = header
	req.Header["Idempotency-Key"] = nil
	if s.tenant != "" {
		req.Header.Set(tenantHeader, s.tenant)
	}
	resp, err := s.doer.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, s.broken(err)
	}
	return &reply{Response: resp, body: &meter{r: resp.Body, most: s.o.MaxBytes, left: s.o.MaxBytes}, end: cancel}, nil
}

// broken explains an error of the connection, unless that was done by whoever
// made the connection.
func (s *Sampler) broken(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && fault.KindOf(err) != fault.Internal {
		return fault.Unavailablef("source %s: no complete answer within %s: %w", s.o.Name, s.o.Timeout, err)
	}
	return broken(s.o.Name, err)
}

func broken(name string, err error) error {
	switch {
	case fault.KindOf(err) != fault.Internal: // explained already, or our caller left
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Unavailablef("source %s: the answer breaks off: %w", name, io.ErrUnexpectedEOF)
	default:
		return fault.Unavailablef("source %s: %w", name, err)
	}
}

// odd refuses an answer that no sound server gives.
func (s *Sampler) odd(format string, args ...any) error {
	return fault.Unavailablef("source %s: %w", s.o.Name, fmt.Errorf(format, args...))
}

// mediaType returns the type of an answer without its parameters.
func (r *reply) mediaType() string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // "" is as good as what cannot be read
	return kind
}

// refusal is an answer that is an error.
type refusal struct {
	status    int
	kind      string // errorType of Prometheus' API
	text      string // what the server says, in one line
	mediaType string
	location  string
}

// refusal reads what a server says in an answer that is an error.
func (r *reply) refusal() refusal {
	out := refusal{status: r.StatusCode, mediaType: r.mediaType(), location: r.Header.Get("Location")}
	text, _ := io.ReadAll(io.LimitReader(r.body, maxRefusal)) // part of a refusal is a refusal
	var body struct{ ErrorType, Error string }
	if json.Unmarshal(text, &body) == nil && body.Error != "" {
		out.kind, out.text = body.ErrorType, oneLine(body.Error)
	} else if !strings.Contains(out.mediaType, "html") {
		out.text = oneLine(string(text))
	}
	return out
}

// oneLine shortens a server's words to what fits into a message.
func oneLine(text string) string {
	const most = 300
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + " …"
	}
	return text
}

// errNotHere says that another path may be right.
var errNotHere = errors.New("there is no Prometheus API at")

// refused explains a refusal.
func (s *Sampler) refused(r refusal) error {
	said := ""
	if r.text != "" {
		said = ": " + r.text
	}
	switch {
	case r.status == http.StatusUnauthorized:
		return fault.At("authentication", fault.Forbiddenf("source %s: the server wants other credentials (401)%s; check the user and password, or the token", s.o.Name, said))
	case r.status == http.StatusForbidden:
		return fault.At("authentication", fault.Forbiddenf("source %s: the credentials may not read here (403)%s", s.o.Name, said))
	case r.status == http.StatusNotFound:
		return fault.At("url", fault.Unavailablef("source %s: %w %s (404)%s; check the path of the URL", s.o.Name, errNotHere, s.base.JoinPath(apiPath).Redacted(), said))
	case r.status >= 300 && r.status < 400:
		return fault.At("url", fault.Unavailablef("source %s: the server redirects to %s (%d); write that as the URL if it is the right one", s.o.Name, oneLine(r.location), r.status))
	case r.status == http.StatusTooManyRequests:
		return fault.Unavailablef("source %s: the server is asked too often (429)%s", s.o.Name, said)
	case r.kind == "bad_data":
		return fault.Invalidf("source %s: the server refuses the question (%d)%s", s.o.Name, r.status, said)
	case strings.Contains(r.mediaType, "html"):
		return fault.At("url", fault.Unavailablef("source %s: the answer is a page of HTML (%d): that is a proxy or a sign-in page, not a Prometheus API", s.o.Name, r.status))
	default:
		return fault.Unavailablef("source %s: the server answers %d%s", s.o.Name, r.status, said)
	}
}

// longAnswer says that an answer has more bytes than may be read.
type longAnswer struct{ limit int64 }

// Error implements error.
func (e *longAnswer) Error() string { return "an answer of more than " + mebibytes(e.limit) }

// isLong finds out whether an answer was too long, for us or for whoever made the
// connection, who says so by a method TooLarge.
func isLong(err error) (*longAnswer, bool) {
	if e, is := errors.AsType[*longAnswer](err); is {
		return e, true
	}
	var theirs interface{ TooLarge() int64 }
	if errors.As(err, &theirs) {
		return &longAnswer{theirs.TooLarge()}, true
	}
	return nil, false
}

// meter counts the bytes of an answer, and ends it where there are too many.
type meter struct {
	r    io.Reader
	most int64
	left int64
	read int64
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, &longAnswer{m.most}
	}
	if int64(len(p)) > m.left {
		p = p[:m.left]
	}
	n, err := m.r.Read(p)
	m.left -= int64(n)
	m.read += int64(n)
	return n, err
}

// mebibytes writes a number of bytes for a person.
func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20) }
