package main

import (
	"iter"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"

	"github.com/hindcast/hindcast/internal/bench/peer"
)

// exposition is how a service shows what its pods counted.
type exposition struct {
	bad, total peer.Metric
	latency    time.Duration
	// series returns the series of a pod, of which show makes samples.
	series func(service, pod string) []*series
	show   func(s []*series, total, bad float64) []sample
}

// split are two metrics without a label between them, which stand at zero from
// the start of a process: what a careful programmer writes.
var split = exposition{
	bad: peer.Metric{Name: "errors_total"}, total: peer.Metric{Name: "requests_total"},
	series: func(service, pod string) []*series {
		return []*series{
			{pairs: []string{"__name__", "requests_total", "pod", pod, "service", service}},
			{pairs: []string{"__name__", "errors_total", "pod", pod, "service", service}},
		}
	},
	show: func(s []*series, total, bad float64) []sample {
		return []sample{{series: s[0], v: total}, {series: s[1], v: bad}}
	},
}

// coded is one metric with the status in a label; a series is not there before
// its first event: what client libraries do by themselves.
var coded = exposition{
	bad: peer.Metric{Name: "http_requests_total", Matchers: []string{`code=~"5.."`}}, total: peer.Metric{Name: "http_requests_total"},
	series: func(service, pod string) []*series {
		of := func(code string) *series {
			return &series{pairs: []string{"__name__", "http_requests_total", "code", code, "pod", pod, "service", service}}
		}
		return []*series{of("200"), of("500")}
	},
	show: func(s []*series, total, bad float64) []sample {
		var all []sample
		if total > bad {
			all = append(all, sample{series: s[0], v: total - bad})
		}
		if bad > 0 {
			all = append(all, sample{series: s[1], v: bad})
		}
		return all
	},
}

// native is a native histogram, of which the bad observations are slow ones.
var native = exposition{
	total:   peer.Metric{Name: "http_request_duration_seconds"},
	latency: 250 * time.Millisecond,
	series: func(service, pod string) []*series {
		return []*series{{pairs: []string{"__name__", "http_request_duration_seconds", "pod", pod, "service", service}}}
	},
	show: func(s []*series, total, bad float64) []sample {
		return []sample{{series: s[0], h: observations(uint64(total-bad), uint64(bad))}}
	},
}

// observations is a histogram of schema 3, whose bounds are 2^(k/8): half of the
// fast observations took between 88 and 96 ms, the others between 229 and
// 250 ms; half of the slow ones between 250 and 273 ms, the others half a second.
// So the limit lies between two buckets that are not empty.
func observations(fast, slow uint64) *histogram.Histogram {
	h := &histogram.Histogram{
		Schema: 3, Count: fast + slow, ZeroThreshold: 1e-6,
		Sum: float64(fast-fast/2)*0.095 + float64(fast/2)*0.24 + float64(slow-slow/2)*0.26 + float64(slow/2)*0.5,
		// Bucket k holds (2^((k-1)/8), 2^(k/8)]: -27 ends at 0.0964, -16 at 0.25.
		PositiveSpans: []histogram.Span{{Offset: -27, Length: 1}, {Offset: 10, Length: 2}, {Offset: 6, Length: 1}},
	}
	before := int64(0)
	for _, n := range []uint64{fast - fast/2, fast / 2, slow - slow/2, slow / 2} {
		h.PositiveBuckets = append(h.PositiveBuckets, int64(n)-before)
		before = int64(n)
	}
	return h
}

// samples are what a server that scrapes the service keeps, staleness markers
// for what has gone included, in the order of their instants.
func (e exposition) samples(service string, from time.Time, l *eventLog) iter.Seq[sample] {
	return func(yield func(sample) bool) {
		known := map[string][]*series{}
		last := map[string][]sample{}
		ended := false
		give := func(sec int64, s sample) {
			s.ms = from.UnixMilli() + sec*1000
			ended = ended || !yield(s)
		}
		l.run(observer{
			scrape: func(sec int64, i int, total, bad float64) {
				name := l.pods[i].name
				if known[name] == nil {
					known[name] = e.series(service, name)
				}
				last[name] = e.show(known[name], total, bad)
				for _, s := range last[name] {
					if !ended {
						give(sec, s)
					}
				}
			},
			gone: func(sec int64, i int) {
				for _, s := range last[l.pods[i].name] {
					if !ended {
						give(sec, stale(s))
					}
				}
			},
		})
	}
}

// stale is the marker that ends a series.
func stale(s sample) sample {
	if s.h != nil {
		return sample{series: s.series, h: &histogram.Histogram{Sum: math.Float64frombits(value.StaleNaN)}}
	}
	return sample{series: s.series, v: math.Float64frombits(value.StaleNaN)}
}
