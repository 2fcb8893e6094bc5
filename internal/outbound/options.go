package outbound

import (
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/hindcast/hindcast/internal/fault"
)

// Options say which server a client speaks to, as whom, and within which limits.
type Options struct {
	// Name is the name of the source in messages.
	Name string
	// URL is the address under which the server's API lies, with the path in front
	// of it if there is one; see ParseURL.
	URL    string
	Policy Policy

	// At most one of these authenticates, beside a client certificate.
	BasicUser     string
	BasicPassword Secret
	BearerToken   Secret
	APIKey        Secret // sent as "Authorization: ApiKey …", as Elasticsearch wants it
	// Headers are sent with every request that does not bring them itself.
	Headers map[string]string
	TLS     TLS

	// Timeout bounds a request from when it gets its turn to the last byte of its
	// answer, with all tries: 30 s if it is 0.
	Timeout time.Duration
	// Concurrency is how many requests run at a time, 4 if it is 0. The others
	// wait for their turn as long as their context lets them.
	Concurrency int
	// MaxResponse is how many bytes an answer may have, as it is sent as well as
	// decompressed: 64 MiB if it is 0.
	MaxResponse int64
	// Retries is how often a request that may be repeated is: 2 if it is 0, never
	// if it is negative.
	Retries int
	// Now is the clock, to which the server's is compared.
	Now func() time.Time

	resolver *net.Resolver // of tests
}

// TLS says how the server is recognised and which certificate is shown to it. The
// files are read anew when they change.
type TLS struct {
	CAFile             string // instead of the authorities of the system
	CertFile, KeyFile  string
	ServerName         string // instead of the host of the URL
	InsecureSkipVerify bool
}

// What applies where Options say nothing. A source is asked once a minute for
// what it answers in well under a second; 30 s is what Prometheus' neighbours
// wait, 4 at a time leaves it to its other users, and 64 MiB are 40 million
// samples in chunks.
const (
	defaultTimeout     = 30 * time.Second
	defaultConcurrency = 4
	defaultMaxResponse = 64 << 20
	defaultRetries     = 2
)

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.MaxResponse == 0 {
		o.MaxResponse = defaultMaxResponse
	}
	if o.Retries == 0 {
		o.Retries = defaultRetries
	}
	o.Headers = maps.Clone(o.Headers)
	return o
}

// where names the server in messages.
func (o Options) where(base *url.URL) string {
	if o.Name == "" {
		return base.String()
	}
	return "source " + quote(o.Name) + " at " + base.String()
}

func (o Options) validate() error {
	switch {
	case o.Timeout < 0:
		return fault.Invalidf("timeout %s is negative: write for example 30s", o.Timeout)
	case o.Concurrency < 0:
		return fault.Invalidf("concurrency %d is negative: write how many requests may run at a time", o.Concurrency)
	case o.MaxResponse < 0:
		return fault.Invalidf("response limit %d is negative: write a number of bytes", o.MaxResponse)
	case (o.TLS.CertFile == "") != (o.TLS.KeyFile == ""):
		return fault.Invalidf("a client certificate needs both its certificate file and its key file: name both or neither")
	case o.BasicUser == "" && o.BasicPassword.Given():
		return fault.Invalidf("a password is given without a user name: write the user as well")
	}
	if err := o.validateAuthentication(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		if err := validateHeader(name, o.Headers[name]); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) validateAuthentication() error {
	ways := 0
	for _, given := range []bool{o.BasicUser != "", o.BearerToken.Given(), o.APIKey.Given()} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return fault.Invalidf("more than one way to authenticate is given: keep one of user and password, bearer token and API key")
	}
	for what, s := range map[string]Secret{"password": o.BasicPassword, "bearer token": o.BearerToken, "API key": o.APIKey} {
		if err := s.validate(what); err != nil {
			return err
		}
	}
	return nil
}

// ours are headers that say how a request is sent, or that have a way of their own.
var ours = []string{
	"Accept-Encoding", "Authorization", "Connection", "Content-Length", "Cookie", "Host", "Idempotency-Key", "Keep-Alive",
	"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func validateHeader(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return fault.Invalidf("header %s is not a name: use letters, digits and hyphens", quote(name))
	case slices.Contains(ours, http.CanonicalHeaderKey(name)):
		return fault.Invalidf("header %s cannot be set here: credentials have settings of their own, and the rest belongs to the connection", quote(name))
	case !httpguts.ValidHeaderFieldValue(value) || strings.TrimSpace(value) != value:
		return fault.Invalidf("the value of header %s has control characters or spaces around it: remove them", quote(name))
	}
	return nil
}
