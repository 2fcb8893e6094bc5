package realtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// far is how far stamps are moved: more than any settling, less than a day, so that
// they land in minutes that have other samples.
const far = time.Hour

var prometheusFaults = []Fault{
	{Name: "status error", Does: "200, and status error in the body", Of: OfPrometheus, rewrite: promDocument(func(doc map[string]any) bool {
		clear(doc)
		doc["status"], doc["errorType"], doc["error"] = "error", "execution", "planted by the fault proxy"
		return true
	})},
	{Name: "warnings", Does: "the first half of the series, and a warning that stores did not answer", Of: OfPrometheus, rewrite: promDocument(func(doc map[string]any) bool {
		doc["warnings"] = []any{"fetch series for store-gateway-2: connection refused"}
		setResult(doc, func(result []any) []any { return result[:len(result)/2] })
		return true
	})},
	{Name: "empty", Does: "a result without series", Of: OfPrometheus, rewrite: either(promResult(func([]any) []any { return []any{} }), readFrames(func([]byte) []byte { return nil }))},
	{Name: "duplicate series", Does: "every series twice", Of: OfPrometheus, rewrite: either(
		promResult(func(result []any) []any { return append(result, result...) }),
		readFrames(func(frame []byte) []byte { return append(slices.Clone(frame), frame...) }),
	)},
	{Name: "wrong labels", Does: "series that nobody asked for", Of: OfPrometheus, rewrite: either(
		promMetric(func(metric map[string]any) {
			for name, value := range metric {
				if text, ok := value.(string); ok {
					metric[name] = "wrong-" + text
				}
			}
		}),
		readLabels(func(_, value string) (string, bool) { return "wrong-" + value, true }),
	)},
	{Name: "label collision", Does: "all labels but the name are gone: several series are called alike", Of: OfPrometheus, rewrite: either(
		promMetric(func(metric map[string]any) {
			maps.DeleteFunc(metric, func(name string, _ any) bool { return name != "__name__" })
		}),
		readLabels(func(name, value string) (string, bool) { return value, name == "__name__" }),
	)},
	{Name: "not a number", Does: "NaN for every value", Of: OfPrometheus, rewrite: either(promValue(func(int, string) string { return "NaN" }), readBits(func(uint64) uint64 { return 0x7ff8000000000001 }))},
	{Name: "infinite", Does: "+Inf for every value", Of: OfPrometheus, rewrite: either(promValue(func(int, string) string { return "+Inf" }), readBits(func(uint64) uint64 { return 0x7ff0000000000000 }))},
	{Name: "negative", Does: "every value below zero, which no counter is", Of: OfPrometheus, rewrite: either(promValue(func(_ int, value string) string {
		return "-" + strings.TrimPrefix(value, "-")
	}), readBits(func(bits uint64) uint64 { return bits | 1<<63 }))},
	{Name: "replica mix", Does: "every second value is of a replica that counted less", Of: OfPrometheus, rewrite: promValue(func(i int, value string) string {
		if i%2 == 0 {
			return value
		}
		return "1"
	})},
	{Name: "past stamps", Does: "every sample an hour early", Of: OfPrometheus, rewrite: either(promStamp(-far), readStamps(-far))},
	{Name: "future stamps", Does: "every sample an hour late", Of: OfPrometheus, rewrite: either(promStamp(far), readStamps(far))},
	{Name: "wrong step", Does: "every second sample is missing", Of: OfPrometheus, rewrite: promSeries(func(series map[string]any) bool {
		values, _ := series["values"].([]any)
		kept := []any{}
		for i, v := range values {
			if i%2 == 0 {
				kept = append(kept, v)
			}
		}
		if len(kept) == len(values) {
			return false
		}
		series["values"] = kept
		return true
	})},
	{Name: "stamps backwards", Does: "the samples of a series from the last to the first", Of: OfPrometheus, rewrite: promSeries(func(series map[string]any) bool {
		values, _ := series["values"].([]any)
		slices.Reverse(values)
		return len(values) > 1
	})},
	{Name: "another type", Does: "a result of strings where numbers should be", Of: OfPrometheus, rewrite: promDocument(func(doc map[string]any) bool {
		doc["data"] = map[string]any{"resultType": "string", "result": []any{0, "planted by the fault proxy"}}
		return true
	})},
}

// either is the first of two ways to rewrite an answer that fits it.
func either(a, b func(*answer) bool) func(*answer) bool {
	return func(answer *answer) bool { return a(answer) || b(answer) }
}

// document rewrites an answer of JSON for which about is true.
func document(about func(path string, doc map[string]any) bool, change func(map[string]any) bool) func(*answer) bool {
	return func(a *answer) bool {
		decoder := json.NewDecoder(bytes.NewReader(a.body))
		decoder.UseNumber()
		var doc map[string]any
		if a.status != http.StatusOK || decoder.Decode(&doc) != nil || !about(a.path, doc) || !change(doc) {
			return false
		}
		body, err := json.Marshal(doc)
		if err != nil {
			return false
		}
		a.body = body
		return true
	}
}

// promDocument rewrites the answer to a query.
func promDocument(change func(map[string]any) bool) func(*answer) bool {
	return document(func(_ string, doc map[string]any) bool {
		data, _ := doc["data"].(map[string]any)
		return data["resultType"] == "matrix" || data["resultType"] == "vector"
	}, change)
}

func setResult(doc map[string]any, change func([]any) []any) bool {
	data, _ := doc["data"].(map[string]any)
	result, _ := data["result"].([]any)
	data["result"] = change(result)
	return len(result) > 0
}

func promResult(change func([]any) []any) func(*answer) bool {
	return promDocument(func(doc map[string]any) bool { return setResult(doc, change) })
}

// promSeries rewrites each series of a result.
func promSeries(change func(series map[string]any) bool) func(*answer) bool {
	return promDocument(func(doc map[string]any) bool {
		changed := false
		setResult(doc, func(result []any) []any {
			for _, s := range result {
				if series, ok := s.(map[string]any); ok && change(series) {
					changed = true
				}
			}
			return result
		})
		return changed
	})
}

func promMetric(change func(map[string]any)) func(*answer) bool {
	return promSeries(func(series map[string]any) bool {
		metric, ok := series["metric"].(map[string]any)
		if ok {
			change(metric)
		}
		return ok
	})
}

// promSample rewrites each pair of time and value.
func promSample(change func(i int, sample []any)) func(*answer) bool {
	return promSeries(func(series map[string]any) bool {
		samples, _ := series["values"].([]any)
		if one, ok := series["value"].([]any); ok {
			samples = []any{one}
		}
		for i, s := range samples {
			if sample, ok := s.([]any); ok && len(sample) == 2 {
				change(i, sample)
			}
		}
		return len(samples) > 0
	})
}

func promValue(change func(i int, value string) string) func(*answer) bool {
	return promSample(func(i int, sample []any) {
		if value, ok := sample[1].(string); ok {
			sample[1] = change(i, value)
		}
	})
}

func promStamp(by time.Duration) func(*answer) bool {
	return promSample(func(_ int, sample []any) {
		if number, ok := sample[0].(json.Number); ok {
			if seconds, err := number.Float64(); err == nil {
				sample[0] = seconds + by.Seconds()
			}
		}
	})
}
