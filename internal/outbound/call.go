package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"github.com/hindcast/hindcast/internal/fault"
)

// finisher returns what ends a turn: it frees the place, reports to the breaker,
// and ends the context. It is called by the timeout if nobody else does, so that
// an answer that nobody reads does not keep its place.
func (c *Client) finisher(ctx context.Context, cancel context.CancelFunc, report func(error)) func(error) {
	var once sync.Once
	finish := func(err error) {
		once.Do(func() {
			c.report(err, report)
			cancel()
			<-c.slots
		})
	}
	context.AfterFunc(ctx, func() { finish(context.Cause(ctx)) })
	return finish
}

// end ends the turn: with err, or as the status of the answer says.
func (k *call) end(err error) {
	if err == nil {
		err = k.failure
	}
	k.finish(err)
}

// cause is why err came about: a context that ended shows as many errors.
func (k *call) cause(err error) error {
	if k.ctx.Err() == nil {
		return err
	}
	cause := context.Cause(k.ctx)
	if errors.Is(cause, err) || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w (%s)", cause, err.Error())
}

// body is the body of an answer: decompressed, bounded and counted. Its errors are
// explained; its end is the end of the turn.
type body struct {
	k    *call
	raw  io.ReadCloser
	r    io.Reader
	fail error // that reading ended with
}

// body wraps the body of resp. The headers are made to tell of what is read.
func (k *call) body(resp *http.Response) io.ReadCloser {
	most := k.c.o.MaxResponse
	b := &body{k: k, raw: resp.Body}
	b.r = &capped{r: &counted{r: resp.Body, c: k.c}, left: most, most: most}
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") && !resp.Uncompressed {
		b.r = &capped{r: &unzipped{r: b.r}, left: most, most: most}
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = -1, true
	}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		// JSON is UTF-8. A bit that tipped over in a name would be passed over by
		// readers as a member that they do not know.
		b.r = transform.NewReader(b.r, encoding.UTF8Validator)
	}
	if err := boundless(resp); err != nil {
		b.r = io.MultiReader(b.r, failing{err})
	}
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.fail != nil {
		return 0, b.fail
	}
	n, err := b.r.Read(p)
	if err == nil {
		return n, nil
	}
	if err == io.EOF { //nolint:errorlint // the contract of io.Reader: exactly io.EOF is the end
		b.fail = err
		b.k.end(nil)
		return n, b.fail
	}
	err = b.k.cause(err)
	b.fail = b.k.c.explain(err)
	b.k.end(err)
	return n, b.fail
}

// Close implements io.Closer: the rest is not wanted.
func (b *body) Close() error {
	if b.fail == nil {
		b.fail = http.ErrBodyReadAfterClose
	}
	b.k.end(nil)
	return b.raw.Close()
}

// boundless returns an error for an answer whose end nobody could tell from a
// connection that broke. Text of JSON has an end of its own.
func boundless(resp *http.Response) error {
	if resp.ProtoMajor != 1 || resp.ContentLength >= 0 || resp.Uncompressed || len(resp.TransferEncoding) > 0 ||
		strings.Contains(resp.Header.Get("Content-Type"), "json") || resp.StatusCode > 299 {
		return nil
	}
	return errBoundless
}

// freshFor is how old an answer may be: older ones are of a minute that was asked
// for before.
const freshFor = time.Minute

// aged returns an error for an answer that a cache kept, although it was told to
// ask: it may be the answer to another question.
func (c *Client) aged(resp *http.Response) error {
	seconds, err := strconv.ParseInt(strings.TrimSpace(resp.Header.Get("Age")), 10, 32)
	if age := time.Duration(seconds) * time.Second; err == nil && age > freshFor && resp.StatusCode/100 == 2 {
		return fault.Unavailablef("%s answers out of a cache, with what was the answer %s ago: ask the server itself, or let the cache pass on what says Cache-Control: no-cache", c.where, age)
	}
	return nil
}

var errBoundless = errors.New("the answer has neither a length nor chunks, so that a part cannot be told from the whole")

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// counted counts what was sent.
type counted struct {
	r io.Reader
	c *Client
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.c.bytes.Add(int64(n))
	return n, err
}

// unzipped reads the header of gzip with the first byte, because it may have to
// wait for it.
type unzipped struct {
	r io.Reader
	z *gzip.Reader
}

func (r *unzipped) Read(p []byte) (int, error) {
	if r.z == nil {
		z, err := gzip.NewReader(r.r)
		if err != nil {
			return 0, err
		}
		r.z = z
	}
	return r.z.Read(p)
}

// capped fails when more than most bytes are read.
type capped struct {
	r          io.Reader
	left, most int64
}

func (r *capped) Read(p []byte) (int, error) {
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1] // one more, to see whether that was all
	}
	n, err := r.r.Read(p)
	if int64(n) > r.left {
		n, r.left = int(r.left), 0
		return n, &TooLargeError{Limit: r.most}
	}
	r.left -= int64(n)
	return n, err
}
