package elasticsearch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hindcast/hindcast/slo"
)

// document is an event of the tests: its fields, and when it arrived.
type document struct {
	fields  map[string]any // of the query DSL: float64, string
	arrived time.Time
}

func (d document) milli() int64 { return int64(d.fields["@timestamp"].(float64)) }

// model is an http.RoundTripper that answers as a cluster does which holds the
// documents that arrived until now. It knows the requests of this package only.
type model struct {
	now       func() time.Time
	documents []document
	searches  int
	opened    int
	pits      map[string][]document
}

func newModel(now func() time.Time) *model {
	return &model{now: now, pits: map[string][]document{}}
}

func (m *model) source(o Options) *Source {
	o.URL, o.Transport, o.Now = &url.URL{Scheme: "http", Host: "es.test"}, m, m.now
	return New(o)
}

// add writes an event that arrives after a delay.
func (m *model) add(at time.Time, late time.Duration, fields map[string]any) {
	fields = maps.Clone(fields)
	fields["@timestamp"] = float64(at.UnixMilli())
	m.documents = append(m.documents, document{fields, at.Add(late)})
}

// held are the documents that arrived until now.
func (m *model) held() (held []document) {
	for _, d := range m.documents {
		if !d.arrived.After(m.now()) {
			held = append(held, d)
		}
	}
	return held
}

// RoundTrip implements http.RoundTripper.
func (m *model) RoundTrip(r *http.Request) (*http.Response, error) {
	var body map[string]any
	if r.Body != nil {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &body); err != nil && len(text) > 0 {
			return nil, err
		}
	}
	switch {
	case r.Method == http.MethodDelete:
		delete(m.pits, body["id"].(string))
		return reply(http.StatusOK, object{"succeeded": true}), nil
	case strings.HasSuffix(r.URL.Path, "/_pit"):
		m.opened++
		id := fmt.Sprintf("pit-%d", m.opened)
		m.pits[id] = m.held()
		return reply(http.StatusOK, object{"id": id}), nil
	case strings.HasSuffix(r.URL.Path, "/_search"):
		m.searches++
		return reply(http.StatusOK, m.search(body)), nil
	}
	return nil, fmt.Errorf("the model does not know %s %s", r.Method, r.URL)
}

func reply(status int, body any) *http.Response {
	text, ok := body.(string)
	if !ok {
		text = string(marshal(body))
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{product: {"Elasticsearch"}, "Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader([]byte(text))),
	}
}

func (m *model) search(body map[string]any) object {
	docs := m.held()
	if pit, ok := body["pit"].(map[string]any); ok {
		docs = m.pits[pit["id"].(string)]
	}
	docs = matching(docs, body["query"])
	out := object{"timed_out": false, "_shards": object{"total": 3, "successful": 3, "skipped": 1, "failed": 0}}
	if order, ok := body["sort"].([]any); ok {
		out["hits"] = hits(docs, order)
	}
	aggs := object{}
	for name, agg := range asMap(body["aggs"]) {
		aggs[name] = aggregate(docs, name, asMap(agg))
	}
	out["aggregations"] = aggs
	return out
}

func hits(docs []document, order []any) object {
	if len(docs) == 0 {
		return object{"hits": []any{}}
	}
	byDate := func(a, b document) int { return cmp.Compare(a.milli(), b.milli()) }
	found := slices.MinFunc(docs, byDate)
	if asMap(asMap(order[0])["@timestamp"])["order"] == "desc" {
		found = slices.MaxFunc(docs, byDate)
	}
	return object{"hits": []any{object{"sort": []any{strconv.FormatInt(found.milli(), 10)}}}}
}

func aggregate(docs []document, name string, agg map[string]any) object {
	switch name {
	case "minutes":
		bounds := asMap(asMap(agg["date_histogram"])["extended_bounds"])
		buckets, by := []any{}, map[int64][]document{}
		for _, d := range docs {
			t := firstMilli(slo.MinuteOfMilli(d.milli()))
			by[t] = append(by[t], d)
		}
		for t := int64(bounds["min"].(float64)); t <= int64(bounds["max"].(float64)); t += slotMilli {
			buckets = append(buckets, counts(by[t], agg, object{"key": t}))
		}
		return object{"buckets": buckets}
	case "groups":
		return composite(docs, agg)
	}
	return object{}
}

// composite pages by an index that stands for the key behind a page.
func composite(docs []document, agg map[string]any) object {
	spec := asMap(agg["composite"])
	found := map[string][]document{}
	for _, d := range docs {
		key := object{}
		for _, source := range spec["sources"].([]any) {
			for name, by := range asMap(source) {
				if terms, ok := asMap(by)["terms"]; ok {
					key[name] = d.fields[asMap(terms)["field"].(string)]
				} else {
					key[name] = firstMilli(slo.MinuteOfMilli(d.milli()))
				}
			}
		}
		text := string(marshal(key))
		found[text] = append(found[text], d)
	}
	keys := slices.Sorted(maps.Keys(found))
	from := 0
	if after, ok := spec["after"].(map[string]any); ok {
		from = int(after["page"].(float64))
	}
	to := min(len(keys), from+int(spec["size"].(float64)))
	out, buckets := object{}, []any{}
	for _, key := range keys[from:to] {
		buckets = append(buckets, counts(found[key], agg, object{"key": json.RawMessage(key)}))
	}
	if out["buckets"] = buckets; len(buckets) > 0 {
		out["after_key"] = object{"page": to}
	}
	return out
}

func counts(docs []document, agg map[string]any, bucket object) object {
	bucket["doc_count"] = len(docs)
	for name, sub := range asMap(agg["aggs"]) {
		in := matching(docs, asMap(sub)["filter"])
		counted := object{"doc_count": len(in)}
		if sum := asMap(asMap(asMap(sub)["aggs"])["sum"])["sum"]; sum != nil {
			var v float64
			for _, d := range in {
				x, _ := d.fields[asMap(sum)["field"].(string)].(float64)
				v += x
			}
			counted["sum"] = object{"value": v}
		}
		bucket[name] = counted
	}
	return bucket
}

func matching(docs []document, query any) (found []document) {
	for _, d := range docs {
		if matches(d, asMap(query)) {
			found = append(found, d)
		}
	}
	return found
}

func matches(d document, query map[string]any) bool {
	for name, body := range query {
		switch name {
		case "match_all":
			return true
		case "bool":
			for _, q := range list(asMap(body)["filter"]) {
				if !matches(d, asMap(q)) {
					return false
				}
			}
			should := list(asMap(body)["should"])
			return len(should) == 0 || slices.ContainsFunc(should, func(q any) bool { return matches(d, asMap(q)) })
		case "exists":
			return d.fields[asMap(body)["field"].(string)] != nil
		case "term":
			for field, v := range asMap(body) {
				return d.fields[field] == v
			}
		case "range":
			for field, limits := range asMap(body) {
				return inRange(d.fields[field], asMap(limits))
			}
		}
	}
	panic(fmt.Sprintf("the model does not know the query %v", query))
}

func inRange(raw any, limits map[string]any) bool {
	v, ok := raw.(float64)
	for op, limit := range limits {
		if limit, number := limit.(float64); number {
			holds := map[string]bool{"gt": v > limit, "gte": v >= limit, "lt": v < limit, "lte": v <= limit}
			ok = ok && holds[op]
		}
	}
	return ok
}

func asMap(v any) map[string]any { m, _ := v.(map[string]any); return m }

func list(v any) []any { l, _ := v.([]any); return l }
