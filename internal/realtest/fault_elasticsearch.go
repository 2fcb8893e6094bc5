package realtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

var elasticsearchFaults = []Fault{
	{Name: "failed shard", Does: "one shard failed, and its documents are missing", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		shards := object(doc, "_shards")
		shards["total"], shards["successful"], shards["failed"] = 2, 1, 1
		shards["failures"] = []any{map[string]any{"shard": 1, "index": "planted", "reason": map[string]any{"type": "planted", "reason": "by the fault proxy"}}}
		return true
	})},
	{Name: "shard without a word", Does: "fewer shards were successful than there are, and none is said to have failed", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		shards := object(doc, "_shards")
		shards["total"], shards["successful"], shards["failed"] = 3, 2, 0
		return true
	})},
	{Name: "skipped shards", Does: "shards that cannot have matches were not looked at: nothing is wrong with it", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		shards := object(doc, "_shards")
		shards["total"], shards["successful"], shards["skipped"] = 3, 3, 2
		return true
	})},
	{Name: "no shards", Does: "the alias points at nothing", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		doc["_shards"] = map[string]any{"total": 0, "successful": 0, "skipped": 0, "failed": 0}
		doc["hits"] = map[string]any{"total": map[string]any{"value": 0, "relation": "eq"}, "max_score": 0.0, "hits": []any{}}
		delete(doc, "aggregations")
		return true
	})},
	{Name: "timed out", Does: "the search ended before it was done", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		doc["timed_out"] = true
		return true
	})},
	{Name: "terminated early", Does: "the search stopped at a number of documents", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		doc["terminated_early"] = true
		return true
	})},
	{Name: "failures", Does: "failures beside an answer", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		doc["failures"] = []any{map[string]any{"shard": 0, "reason": map[string]any{"type": "planted"}}}
		return true
	})},
	{Name: "lower bound", Does: "the number of hits is only a lower bound", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		object(object(doc, "hits"), "total")["relation"] = "gte"
		return true
	})},
	{Name: "other documents", Does: "terms leave out documents", Of: OfElasticsearch, rewrite: aggregations(func(agg map[string]any) bool {
		if _, ok := agg["buckets"]; ok {
			agg["sum_other_doc_count"] = 17
			return true
		}
		return false
	})},
	{Name: "bucket cap", Does: "503 too_many_buckets", Of: OfElasticsearch, instead: func(_ *FaultProxy, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"status": http.StatusServiceUnavailable,
			"error": map[string]any{
				"type": "search_phase_execution_exception", "reason": "", "phase": "fetch",
				"caused_by": map[string]any{"type": "too_many_buckets_exception", "reason": "Trying to create too many buckets. Must be less than or equal to: [65536]", "max_buckets": 65536},
			},
		})
	}},
	{Name: "async partial", Does: "an answer that is still being made", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		doc["is_partial"], doc["is_running"] = true, true
		return true
	})},
	{Name: "error in 200", Does: "200, and an error in the body", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		clear(doc)
		doc["error"], doc["status"] = map[string]any{"type": "planted", "reason": "by the fault proxy"}, 500
		return true
	})},
	{Name: "no aggregations", Does: "hits, and nothing of what was to be counted", Of: OfElasticsearch, rewrite: search(func(doc map[string]any) bool {
		_, had := doc["aggregations"]
		delete(doc, "aggregations")
		return had
	})},
	{Name: "duplicate buckets", Does: "every bucket twice", Of: OfElasticsearch, rewrite: buckets(func(list []any) []any { return append(list, list...) })},
	{Name: "wrong buckets", Does: "buckets an hour from where they were asked for", Of: OfElasticsearch, rewrite: keys(far)},
	{Name: "crooked buckets", Does: "buckets that begin between two minutes", Of: OfElasticsearch, rewrite: keys(17 * time.Second)},
	{Name: "negative count", Does: "buckets with fewer documents than none", Of: OfElasticsearch, rewrite: buckets(func(list []any) []any {
		for _, b := range list {
			if bucket, ok := b.(map[string]any); ok {
				bucket["doc_count"] = -1
			}
		}
		return list
	})},
}

// search rewrites the answer to a search.
func search(change func(map[string]any) bool) func(*answer) bool {
	return document(func(_ string, doc map[string]any) bool {
		_, took := doc["took"]
		_, shards := doc["_shards"]
		return took && shards
	}, change)
}

// object returns the object of a key, which it makes if there is none.
func object(doc map[string]any, key string) map[string]any {
	o, ok := doc[key].(map[string]any)
	if !ok {
		o = make(map[string]any)
		doc[key] = o
	}
	return o
}

// aggregations rewrites each aggregation of an answer.
func aggregations(change func(agg map[string]any) bool) func(*answer) bool {
	return search(func(doc map[string]any) bool {
		changed := false
		all, _ := doc["aggregations"].(map[string]any)
		for _, a := range all {
			if agg, ok := a.(map[string]any); ok && change(agg) {
				changed = true
			}
		}
		return changed
	})
}

func buckets(change func([]any) []any) func(*answer) bool {
	return aggregations(func(agg map[string]any) bool {
		list, _ := agg["buckets"].([]any)
		if len(list) == 0 {
			return false
		}
		agg["buckets"] = change(slices.Clone(list))
		return true
	})
}

// keys moves buckets in time: those of a histogram have the time as their key,
// those of composite have it among others.
func keys(by time.Duration) func(*answer) bool {
	return buckets(func(list []any) []any {
		for _, b := range list {
			bucket, _ := b.(map[string]any)
			move(bucket, "key", by)
			inner, _ := bucket["key"].(map[string]any)
			for name := range inner {
				move(inner, name, by)
			}
			delete(bucket, "key_as_string")
		}
		return list
	})
}

// move moves a number that can only be milliseconds since 1970.
func move(o map[string]any, key string, by time.Duration) {
	number, _ := o[key].(json.Number)
	if ms, err := number.Int64(); err == nil && ms > int64(365*24*time.Hour/time.Millisecond) {
		o[key] = ms + by.Milliseconds()
	}
}
