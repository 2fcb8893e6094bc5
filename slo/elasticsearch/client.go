package elasticsearch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/hindcast/hindcast/internal/fault"
)

// maxAnswer bounds what is read of an answer, 64 MiB: a day of the whole takes
// 200 kB, a page of groups 1 MB.
const maxAnswer = 64 << 20

// Perform implements esapi.Transport: it sends a request of the client library
// to the source's address.
func (s *Source) Perform(req *http.Request) (*http.Response, error) {
	u := *s.o.URL
	u.Path = strings.TrimSuffix(u.Path, "/") + req.URL.Path
	u.RawPath, u.RawQuery = "", req.URL.RawQuery
	req.URL, req.Host = &u, ""
	req.Header.Set("Accept", "application/json")
	req.Header["Idempotency-Key"] = nil // nothing is changed: it may be sent again
	return s.o.Transport.RoundTrip(req)
}

// do sends a request and reads the whole answer into out. What names it in
// errors. The answer's time and headers are returned.
func (s *Source) do(ctx context.Context, what string, r esapi.Request, out any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	res, err := r.Do(ctx, s)
	if err != nil {
		return nil, s.unreachable(ctx, what, err)
	}
	defer res.Body.Close()
	body, err := read(res.Body)
	switch {
	case err != nil:
		return res.Header, s.unreachable(ctx, what, err)
	case len(body) > maxAnswer:
		return res.Header, fault.Unavailablef("%s: the answer has more than %d MiB: narrow the query", what, maxAnswer>>20)
	case res.StatusCode != http.StatusOK:
		return res.Header, refused(what, res.StatusCode, body)
	}
	if err := genuine(what, res.Header); err != nil {
		return res.Header, err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return res.Header, fault.Unavailablef("%s: the answer is not JSON as Elasticsearch writes it, or ends in the middle: %w", what, err)
	}
	return res.Header, nil
}

// read reads an answer, and a byte more than it may have.
func read(body io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(body, maxAnswer+1)) }

// product is the header in which Elasticsearch names itself, since 7.14.
const product = "X-Elastic-Product"

// genuine refuses what is not Elasticsearch: imitations leave out what they do
// not know and answer 200 with other figures.
func genuine(what string, h http.Header) error {
	if h.Get(product) == "Elasticsearch" {
		return nil
	}
	return fault.At("url", fault.Invalidf("%s: it does not say that it is Elasticsearch (header %s): OpenSearch and Elasticsearch before 7.14 are untested and nothing is measured on them; a proxy between has to let the header through", what, product))
}

// unreachable explains that there was no answer. A fault of the transport says
// more than we know.
func (s *Source) unreachable(ctx context.Context, what string, err error) error {
	if fault.KindOf(err) != fault.Internal && ctx.Err() == nil {
		return err
	}
	if ctx.Err() != nil {
		return fault.Unavailablef("%s: no answer within %s: raise the timeout of the source, or narrow the query: %w", what, s.timeout(), err)
	}
	return fault.Unavailablef("%s: no answer: %w", what, err)
}

func (s *Source) timeout() time.Duration { return cmp.Or(s.o.Timeout, DefaultTimeout) }

// searchTimeout is what the cluster is told: less than we wait, so that the
// answer says so.
func (s *Source) searchTimeout() string {
	return fmt.Sprintf("%dms", (s.timeout() * 9 / 10).Milliseconds())
}

// existing are the options of all requests on an index: no index that was named
// may be left out, be it deleted, closed or not there yet.
var (
	yes, no  = true, false
	existing = "open,closed"
)

// search asks in an index, or in the point in time that body names, and accepts
// complete answers only.
func (s *Source) search(ctx context.Context, in *Indicator, body search) (*answer, error) {
	body.Timeout = s.searchTimeout()
	r := esapi.SearchRequest{Body: bytes.NewReader(marshal(body)), AllowPartialSearchResults: &no}
	if body.PIT == nil {
		r.Index, r.Preference = []string{in.Index}, preference(in)
		r.AllowNoIndices, r.IgnoreUnavailable, r.ExpandWildcards = &no, &no, existing
	}
	var a answer
	if _, err := s.do(ctx, "search of "+in.Index, r, &a); err != nil {
		return nil, err
	}
	return &a, a.accept(in.Index)
}

// preference lets all questions of an indicator go to the same copies of the
// shards, which may be a refresh apart: figures do not go back and forth.
func preference(in *Indicator) string { return "hindcast-" + string(in.key) }
