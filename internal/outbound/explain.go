package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding"

	"github.com/hindcast/hindcast/internal/fault"
)

// TooLargeError says that an answer was longer than it may be.
type TooLargeError struct {
	Limit int64 // bytes
}

// Error implements error.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer has more than %d bytes", e.Limit)
}

// TooLarge returns the limit, for those who do not know this type.
func (e *TooLargeError) TooLarge() int64 { return e.Limit }

// timeoutError is the end of a request by the client's own timeout.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no whole answer within %s", e.after) }

// Timeout implements net.Error's.
func (e *timeoutError) Timeout() bool { return true }

// certificateError is a connection that broke after the server had asked for a
// client certificate.
type certificateError struct{ err error }

func (e *certificateError) Error() string { return e.err.Error() }
func (e *certificateError) Unwrap() error { return e.err }

// Explain turns a problem of asking a server over HTTP into a fault for whoever
// set the server up. Faults are returned as they are; those whose cause somebody
// may want to know wrap it.
func Explain(err error) error { return explain("the server", err) }

func (c *Client) explain(err error) error { return explain(c.where, err) }

// explain says what is wrong with what where names.
func explain(where string, err error) error {
	err = withoutURL(err)
	if err == nil || fault.Is(err) {
		return err
	}
	for _, by := range []func(string, error) error{explainEnd, explainDenied, explainTLS, explainConnection, explainAnswer} {
		if explained := by(where, err); explained != nil {
			return explained
		}
	}
	return fault.Unavailablef("%s cannot be asked: %w", where, err)
}

// withoutURL takes away what http.Client puts around an error: the whole URL of a
// request, which may be as long as a query.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return withoutURL(e.Err)
	}
	return err
}

func explainEnd(where string, err error) error {
	if e, ok := errors.AsType[*timeoutError](err); ok {
		return fault.At("timeout", fault.Unavailablef("%s did not answer in full within %s: look at its load, ask for less, or raise the timeout: %w", where, e.after, err))
	}
	switch {
	case errors.Is(err, context.Canceled):
		return fault.Unavailablef("the question to %s was given up: %w", where, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Unavailablef("%s did not answer in time: look at its load, or ask for less: %w", where, err)
	}
	return nil
}

func explainDenied(where string, err error) error {
	e, ok := errors.AsType[*deniedError](err)
	switch {
	case !ok:
		return nil
	case e.own:
		return fault.At("url", fault.Forbiddenf("%s is not asked: %w; name the server that holds the data, not this one", where, err))
	}
	prefix := netip.PrefixFrom(e.address.Addr(), e.address.Addr().BitLen())
	return fault.At("url", fault.Forbiddenf("%s is not asked: %w; if it is meant, an administrator writes outbound: {allow: [%s]} into hindcast.yaml", where, err, prefix))
}

func explainTLS(where string, err error) error {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return fault.Unavailablef("%s shows a certificate that is not valid now (%s to %s): renew it there, or set this machine's clock: %w",
			where, e.Cert.NotBefore.UTC().Format(time.DateTime), e.Cert.NotAfter.UTC().Format(time.DateTime), err)
	}
	_, badRecord := errors.AsType[tls.RecordHeaderError](err)
	text := err.Error()
	switch {
	case is[x509.UnknownAuthorityError](err):
		return fault.At("tls.ca_file", fault.Invalidf("%s shows a certificate of an authority that is not trusted here: write the file of its authority as tls.ca_file: %w", where, err))
	case is[x509.HostnameError](err):
		return fault.At("tls.server_name", fault.Invalidf("%s shows a certificate for another name: write the name that it is for into the URL, or as tls.server_name: %w", where, err))
	case is[*tls.CertificateVerificationError](err):
		return fault.At("tls.ca_file", fault.Invalidf("%s shows a certificate that cannot be verified: %w; correct it there, or write the file of its authority as tls.ca_file", where, err))
	case errors.Is(err, http.ErrSchemeMismatch), badRecord:
		return fault.At("url", fault.Invalidf("%s does not speak TLS on that port: write http:// instead of https://, or the port for https: %w", where, err))
	case strings.Contains(text, `malformed HTTP response "\x15\x03`):
		return fault.At("url", fault.Invalidf("%s speaks TLS on that port: write https:// instead of http://", where))
	case is[*certificateError](err), strings.Contains(text, "tls: certificate required"), strings.Contains(text, "remote error: tls: bad certificate"),
		strings.Contains(text, "remote error: tls: unknown certificate"):
		return fault.At("tls.cert_file", fault.Forbiddenf("%s wants a client certificate that it trusts: write tls.cert_file and tls.key_file: %w", where, err))
	case strings.Contains(text, "tls: "):
		return fault.Unavailablef("%s and this server cannot agree on TLS: %w; look at the versions and certificates that it is set up with", where, err)
	}
	return nil
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// broken says whether a connection ended that should not have. That of HTTP/2 says
// so in words only.
func broken(err error) bool {
	return strings.Contains(err.Error(), "http2: client conn") || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func explainConnection(where string, err error) error {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		if e.IsNotFound {
			return fault.At("url", fault.Unavailablef("%s has a host that does not exist: no address is known for %s; correct the host in the URL", where, quote(e.Name)))
		}
		return fault.Unavailablef("%s has a host whose address cannot be looked up: %w; look at the name servers of this machine", where, err)
	}
	dial, ok := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.At("url", fault.Unavailablef("%s refuses the connection: nothing listens there; start it, or correct host and port: %w", where, err))
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault.At("url", fault.Unavailablef("%s cannot be reached from here: look at routes and firewalls between this machine and it: %w", where, err))
	case ok && dial.Op == "dial" && dial.Timeout():
		return fault.At("url", fault.Unavailablef("%s does not take the connection within %s: look at firewalls, or correct host and port: %w", where, dialTimeout, err))
	case broken(err):
		return fault.Unavailablef("%s broke off before the end of its answer: look at its log, and at proxies on the way: %w", where, err)
	}
	return nil
}

func explainAnswer(where string, err error) error {
	text := err.Error()
	switch {
	case is[*TooLargeError](err):
		return fault.At("max_response_bytes", fault.Invalidf("%s: %w: ask for less, or raise max_response_bytes", where, err))
	case errors.Is(err, errBoundless):
		return fault.Unavailablef("%s: %w; look at proxies on the way", where, err)
	case errors.Is(err, encoding.ErrInvalidUTF8):
		return fault.Unavailablef("%s sends JSON that is not UTF-8: it was damaged on the way, or is not JSON; look at proxies on the way, and use https", where)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), is[flate.CorruptInputError](err):
		return fault.Unavailablef("%s sends an answer whose compression is damaged: %w; look at proxies on the way", where, err)
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "malformed MIME header"):
		return fault.At("url", fault.Invalidf("%s does not speak HTTP on that port: correct host and port: %w", where, err))
	}
	return nil
}
