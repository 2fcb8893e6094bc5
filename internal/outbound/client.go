package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/config"
	"github.com/sony/gobreaker/v2"

	"github.com/hindcast/hindcast/internal/fault"
)

// Client speaks to one server. It is an http.RoundTripper whose errors are fit for
// users, and may be used by many at a time.
type Client struct {
	o     Options
	base  *url.URL
	where string

	transport http.RoundTripper // TLS and connections
	follow    *http.Client      // redirects, over wire, over transport
	slots     chan struct{}
	breaker   *gobreaker.TwoStepCircuitBreaker[struct{}]
	last      atomic.Pointer[string] // what the breaker opened for

	requests, bytes atomic.Int64
	skew            atomic.Int64 // nanoseconds
	asked           atomic.Bool  // for a client certificate, without having answered since
}

// Cost is what a client has cost the server and the network since it was made.
type Cost struct {
	Requests int64 // with repeated and redirected ones
	Bytes    int64 // of answers, as they were sent
}

// New returns a client. It fails with an Invalid error if the options contradict
// themselves or name files that cannot be used; it does not connect.
func New(o Options) (*Client, error) {
	base, err := ParseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		return nil, errors.New("outbound: options without a clock")
	}
	o = o.withDefaults()
	c := &Client{o: o, base: base, where: o.where(base), slots: make(chan struct{}, o.Concurrency)}
	if c.transport, err = c.newTransport(); err != nil {
		return nil, err
	}
	c.follow = &http.Client{Transport: (*wire)(c), CheckRedirect: c.checkRedirect}
	c.breaker = c.newBreaker()
	return c, nil
}

// newTransport returns what connects. The library reads certificates anew when
// their files change.
func (c *Client) newTransport() (http.RoundTripper, error) {
	settings := c.o.TLS
	cfg, err := config.NewTLSConfig(&config.TLSConfig{
		CAFile: settings.CAFile, CertFile: settings.CertFile, KeyFile: settings.KeyFile,
		ServerName: settings.ServerName, InsecureSkipVerify: settings.InsecureSkipVerify,
	})
	if err != nil {
		field := "tls.cert_file"
		if strings.Contains(err.Error(), "CA cert") {
			field = "tls.ca_file"
		}
		return nil, fault.At(field, fault.Invalidf("the TLS files of %s cannot be used: %w; write PEM files that this server may read", c.where, err))
	}
	if settings.CAFile == "" && settings.CertFile == "" {
		return c.connections(cfg)
	}
	files := config.TLSRoundTripperSettings{}
	if settings.CAFile != "" {
		files.CA = config.NewFileSecret(settings.CAFile)
	}
	if settings.CertFile != "" {
		files.Cert, files.Key = config.NewFileSecret(settings.CertFile), config.NewFileSecret(settings.KeyFile)
	}
	return config.NewTLSRoundTripper(cfg, files, c.connections)
}

// URL returns the address of the server, to which paths are joined.
func (c *Client) URL() *url.URL {
	u := *c.base
	return &u
}

// Timeout returns how long a request may take, so that the server can be told.
func (c *Client) Timeout() time.Duration { return c.o.Timeout }

// Cost returns what was spent so far.
func (c *Client) Cost() Cost { return Cost{Requests: c.requests.Load(), Bytes: c.bytes.Load()} }

// Skew returns the server's clock minus ours when it last answered, as far as its
// Date header tells: 0 if it sent none, or if they differ by less than the second
// to which that header is exact.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

// Close closes connections that are not in use.
func (c *Client) Close() { c.follow.CloseIdleConnections() }

// RoundTrip sends a request to the server. It implements http.RoundTripper, and
// does more: redirects are followed and tries repeated, credentials added, the
// body of the answer decompressed and bounded. Answers of any status are returned;
// StatusError explains those that are none.
//
// GET and HEAD may be repeated, and any other request that has the header
// Idempotency-Key (which net/http understands alike, and which is not sent if it
// is empty) and a body that can be read again.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	if !within(c.base, req.URL) {
		closeBody(req)
		return nil, fault.Invalidf("request to %s is not below the address of %s", quote(req.URL.Redacted()), c.where)
	}
	k, err := c.begin(req.Context())
	if err != nil {
		closeBody(req)
		return nil, c.explain(err)
	}
	resp, err := c.try(k.ctx, req)
	if err == nil {
		if err = c.aged(resp); err != nil {
			_ = resp.Body.Close() // nobody wants it
		}
	}
	if err != nil {
		err = k.cause(err)
		k.end(err)
		return nil, c.explain(err)
	}
	if resp.StatusCode >= 500 {
		k.failure = fault.Unavailablef("%s answered %d", c.where, resp.StatusCode)
	}
	resp.Request = req // which has no credentials
	resp.Body = k.body(resp)
	return resp, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// connections returns the transport under everything else.
func (c *Client) connections(cfg *tls.Config) (http.RoundTripper, error) {
	cfg = cfg.Clone()
	show := cfg.GetClientCertificate
	cfg.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c.asked.Store(true)
		if show == nil {
			return &tls.Certificate{}, nil
		}
		return show(info)
	}
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: c.o.Policy.control, Resolver: c.o.resolver}
	return &http.Transport{
		Proxy:                  nil, // the policy would judge the proxy's address, not the server's
		DialContext:            dialer.DialContext,
		TLSClientConfig:        cfg,
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // body decompresses, to count before and after
		MaxIdleConnsPerHost:    c.o.Concurrency,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}

// dialTimeout leaves time for a second address within the default timeout.
const dialTimeout = 10 * time.Second

// wire is what goes over it: credentials to the origin of the server only.
type wire Client

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	c := (*Client)(w)
	out := req.Clone(req.Context())
	if err := c.dress(out); err != nil {
		closeBody(req)
		return nil, err
	}
	c.requests.Add(1)
	sent := c.o.Now()
	resp, err := c.transport.RoundTrip(out)
	if err != nil {
		if c.asked.Load() && broken(err) { // in TLS 1.3 the refusal may come after the request, or get lost behind it
			err = &certificateError{err}
		}
		return nil, err
	}
	c.asked.Store(false)
	c.observe(resp, sent)
	return resp, nil
}

// CloseIdleConnections is called by http.Client's.
func (w *wire) CloseIdleConnections() {
	if t, ok := w.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// observe compares clocks. An answer out of a cache is as old as it says.
func (c *Client) observe(resp *http.Response, sent time.Time) {
	date, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || resp.Header.Get("Age") != "" {
		return
	}
	received := c.o.Now()
	middle := sent.Add(received.Sub(sent) / 2)
	skew := date.Add(time.Second / 2).Sub(middle) // Date is cut to the second
	if skew.Abs() <= time.Second+received.Sub(sent)/2 {
		skew = 0
	}
	c.skew.Store(int64(skew))
}

// call is one request that has got its turn.
type call struct {
	c       *Client
	ctx     context.Context
	finish  func(error) // once
	failure error       // that the status of the answer is
}

// begin waits for a turn. The turn ends with end, and with the timeout at the
// latest.
func (c *Client) begin(ctx context.Context) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	report, err := c.breaker.Allow()
	if err != nil {
		<-c.slots
		return nil, c.resting()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.o.Timeout, &timeoutError{c.o.Timeout})
	return &call{c: c, ctx: ctx, finish: c.finisher(ctx, cancel, report)}, nil
}
