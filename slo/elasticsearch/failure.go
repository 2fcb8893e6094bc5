package elasticsearch

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hindcast/hindcast/internal/fault"
)

// cause is what Elasticsearch says of an error.
type cause struct {
	Type   string          `json:"type"`
	Reason string          `json:"reason"`
	Index  string          `json:"index"`
	Failed []shardFailure  `json:"failed_shards"`
	Root   []cause         `json:"root_cause"`
	By     json.RawMessage `json:"caused_by"`
}

// shardFailure is why a shard did not answer.
type shardFailure struct {
	Index  string `json:"index"`
	Reason cause  `json:"reason"`
}

// refusal is an answer of Elasticsearch that is an error.
type refusal struct {
	status int
	kinds  []string // all types of error in it
	err    error    // for the user
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// is reports whether an error of the type is among the causes.
func (r *refusal) is(kind string) bool { return slices.Contains(r.kinds, kind) }

// refused explains an answer with a status other than 200.
func refused(what string, status int, body []byte) error {
	var e struct {
		Error json.RawMessage `json:"error"`
	}
	var c cause
	r := &refusal{status: status}
	known := json.Unmarshal(body, &e) == nil && len(e.Error) > 0
	if known && json.Unmarshal(e.Error, &c) != nil {
		c.Reason = strings.Trim(string(e.Error), `"`)
	}
	r.kinds = c.types(nil)
	text := fmt.Sprintf("%s: %s", what, c.text())
	if !known {
		text = fmt.Sprintf("%s: it answers %d %s and not as Elasticsearch does", what, status, http.StatusText(status))
	}
	r.err = r.fault(text, known)
	return r
}

// fault says what can be done about a refusal.
func (r *refusal) fault(text string, known bool) error {
	switch {
	case r.is("index_not_found_exception"):
		return fault.Invalidf("%s: correct index, or wait for the first document", text)
	case r.is("index_closed_exception"):
		return fault.Invalidf("%s: open the index, or leave it out of the pattern as in logs-*,-logs-old", text)
	case r.is("search_context_missing_exception"):
		return fault.Unavailablef("%s: the point in time ended before all groups were read; it is asked again", text)
	case r.is("too_many_buckets_exception"):
		return fault.Invalidf("%s: raise search.max_buckets of the cluster", text)
	case r.status == http.StatusUnauthorized:
		return fault.At("authentication", fault.Forbiddenf("%s (401): correct the user and password, or the API key, of the source", text))
	case r.status == http.StatusForbidden:
		return fault.At("authentication", fault.Forbiddenf("%s (403): give the user of the source the privileges read and view_index_metadata on the index", text))
	case r.status == http.StatusTooManyRequests:
		return fault.Unavailablef("%s: the cluster is overloaded and is asked again later", text)
	case r.status >= http.StatusInternalServerError && known:
		return fault.Unavailablef("%s: look at the cluster's health", text)
	case r.status >= http.StatusInternalServerError:
		return fault.Unavailablef("%s: look at what stands between, and at the cluster's health; if it is no Elasticsearch, correct the URL of the source", text)
	case !known:
		return fault.At("url", fault.Invalidf("%s: correct the URL of the source, with its path if it has one", text))
	}
	return fault.Invalidf("%s", text)
}

// types lists the types of error in a cause.
func (c cause) types(into []string) []string {
	if c.Type != "" {
		into = append(into, c.Type)
	}
	for _, r := range c.Root {
		into = r.types(into)
	}
	for _, f := range c.Failed {
		into = f.Reason.types(into)
	}
	var by cause
	if len(c.By) > 0 && json.Unmarshal(c.By, &by) == nil && by.Type != "" {
		into = by.types(into)
	}
	return into
}

// text is the nearest cause that names something.
func (c cause) text() string {
	if len(c.Failed) > 0 {
		return describe(c.Failed)
	}
	var by cause
	if len(c.By) > 0 && json.Unmarshal(c.By, &by) == nil && by.Reason != "" && !strings.Contains(c.Reason, by.Reason) {
		return clip(c.Reason) + ": " + by.text()
	}
	if c.Index != "" && !strings.Contains(c.Reason, c.Index) {
		return fmt.Sprintf("index %s: %s", c.Index, clip(c.Reason))
	}
	return clip(c.Reason)
}

// describe names the failures of shards, each index once.
func describe(failures []shardFailure) string {
	var texts []string
	for _, f := range failures {
		text := f.Reason.text()
		if f.Index != "" && !strings.Contains(text, f.Index) {
			text = fmt.Sprintf("index %s: %s", f.Index, text)
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return "it does not say why"
	}
	if more := len(texts) - 3; more > 0 {
		texts = append(texts[:3], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

// isRefusal returns the refusal in an error's chain.
func isRefusal(err error) (r *refusal, ok bool) {
	ok = errors.As(err, &r)
	return r, ok
}
