package elasticsearch

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo"
)

// answer is what a search says. What must be said is a pointer: an answer that
// leaves it out is not one.
type answer struct {
	TimedOut        *bool           `json:"timed_out"`
	TerminatedEarly *bool           `json:"terminated_early"`
	Partial         bool            `json:"is_partial"`
	Running         bool            `json:"is_running"`
	Shards          *shards         `json:"_shards"`
	Clusters        *clusters       `json:"_clusters"`
	Error           json.RawMessage `json:"error"`
	Failures        []shardFailure  `json:"failures"`
	PIT             string          `json:"pit_id"`
	Hits            struct {
		Hits []struct {
			Sort []json.RawMessage `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
	Aggs struct {
		Minutes *struct {
			Buckets []minuteBucket `json:"buckets"`
			Other   int64          `json:"sum_other_doc_count"`
		} `json:"minutes"`
		Groups *struct {
			Buckets []groupBucket   `json:"buckets"`
			After   json.RawMessage `json:"after_key"`
			Other   int64           `json:"sum_other_doc_count"`
		} `json:"groups"`
		Numbers *struct{} `json:"numbers"`
	} `json:"aggregations"`
}

type shards struct {
	Total      *int           `json:"total"`
	Successful *int           `json:"successful"`
	Failed     *int           `json:"failed"`
	Failures   []shardFailure `json:"failures"`
}

type clusters struct {
	Skipped int `json:"skipped"`
	Running int `json:"running"`
	Partial int `json:"partial"`
	Failed  int `json:"failed"`
}

// counted is one clause of a bucket.
type counted struct {
	Docs *float64 `json:"doc_count"`
	Sum  *struct {
		Value *float64 `json:"value"`
	} `json:"sum"`
}

type minuteBucket struct {
	Key   *int64   `json:"key"`
	Part  *counted `json:"part"`
	Total *counted `json:"total"`
}

type groupBucket struct {
	Key   map[string]json.RawMessage `json:"key"`
	Part  *counted                   `json:"part"`
	Total *counted                   `json:"total"`
}

// accept returns nil if every shard answered in full, and otherwise why nothing
// can be taken from the answer. The server's own default is to answer with too
// few events and status 200.
func (a *answer) accept(index string) error {
	s := a.Shards
	switch {
	case len(a.Error) > 0 && string(a.Error) != "null":
		return fault.Unavailablef("search of %s: the answer holds an error: %s", index, clip(string(a.Error)))
	case a.TimedOut == nil || s == nil || s.Total == nil || s.Successful == nil || s.Failed == nil:
		return fault.Unavailablef("search of %s: the answer does not say whether it is complete (timed_out, _shards): is something other than Elasticsearch between?", index)
	case *a.TimedOut:
		return fault.Unavailablef("search of %s timed out on the cluster and is not complete: raise the timeout of the source, or narrow the query", index)
	case *s.Failed > 0 || len(s.Failures) > 0:
		return fault.Unavailablef("search of %s: %d of %d shards failed: %s", index, *s.Failed, *s.Total, describe(s.Failures))
	case len(a.Failures) > 0:
		return fault.Unavailablef("search of %s: the answer tells of failures: %s", index, describe(a.Failures))
	case *s.Total <= 0:
		return fault.Invalidf("search of %s read no shard: no open index matches; correct index", index)
	case *s.Successful < *s.Total:
		return fault.Unavailablef("search of %s: only %d of %d shards answered: wait until the cluster is not red", index, *s.Successful, *s.Total)
	case a.TerminatedEarly != nil:
		return fault.Unavailablef("search of %s ended before it had read everything (terminated_early): take terminate_after out of whatever adds it", index)
	case a.Partial || a.Running:
		return fault.Unavailablef("search of %s is still running on the cluster: its answer is partial", index)
	case a.Clusters != nil && a.Clusters.Skipped+a.Clusters.Running+a.Clusters.Partial+a.Clusters.Failed > 0:
		return fault.Unavailablef("search of %s: %d remote clusters did not answer in full: connect them, or leave them out of index", index, a.Clusters.Skipped+a.Clusters.Running+a.Clusters.Partial+a.Clusters.Failed)
	}
	return nil
}

// slots returns the slots of the whole: one bucket for each minute, in order,
// and possible counts in each.
func (a *answer) slots(in *Indicator, span slo.Span) ([]slo.Slot, error) {
	m := a.Aggs.Minutes
	if m == nil || m.Other != 0 || len(m.Buckets) != span.Len() {
		n := 0
		if m != nil {
			n = len(m.Buckets)
		}
		return nil, fault.Unavailablef("search of %s: the answer has %d buckets for %d minutes: is %s a date with several values in a document, or something other than Elasticsearch between?", in.Index, n, span.Len(), in.Time)
	}
	if fields := in.numeric(); len(fields) > 0 && a.Aggs.Numbers == nil {
		return nil, fault.Unavailablef("search of %s: the answer does not say that %v are numbers", in.Index, fields)
	}
	slots := make([]slo.Slot, span.Len())
	for i, b := range m.Buckets {
		minute := span.From + slo.Minute(i)
		if b.Key == nil || *b.Key != firstMilli(minute) {
			return nil, fault.Unavailablef("search of %s: bucket %d is not the minute that ends at %s", in.Index, i, stamp(minute))
		}
		var err error
		if slots[i], err = in.slot(b.Part, b.Total, minute); err != nil {
			return nil, err
		}
	}
	return slots, nil
}

// rounding is by how much two sums of the same numbers may differ, relatively: the
// shards add in different orders. Counts are whole numbers and never differ.
const rounding = 1e-12

// slot returns what a bucket counted.
func (in *Indicator) slot(part, total *counted, m slo.Minute) (slo.Slot, error) {
	p, okPart := part.value(in.Part)
	n, okTotal := total.value(in.Total)
	if !okPart || !okTotal {
		return slo.Slot{}, fault.Unavailablef("search of %s: the minute that ends at %s has no count", in.Index, stamp(m))
	}
	if in.Total.Counts == Summed && p > n && p-n <= rounding*n {
		p = n
	}
	if p < 0 || n < 0 || p > n {
		name := "good"
		if in.Bad {
			name = "bad"
		}
		return slo.Slot{}, fault.Invalidf("in the minute that ends at %s, %s counts %g and total counts %g: correct the queries so that every %s event is in total", stamp(m), name, p, n, name)
	}
	if in.Bad {
		p = n - p
	}
	return slo.Slot{Good: p, Total: n, State: slo.Measured}, nil
}

// value returns what a clause counted; ok is false if the answer does not say.
func (c *counted) value(of Clause) (v float64, ok bool) {
	switch {
	case c == nil || c.Docs == nil || *c.Docs < 0 || *c.Docs != math.Trunc(*c.Docs):
		return 0, false
	case of.Counts != Summed:
		return *c.Docs, true
	case c.Sum == nil || c.Sum.Value == nil:
		return 0, false
	}
	return *c.Sum.Value, true
}

func stamp(m slo.Minute) string { return m.End().Format("2006-01-02 15:04") }

// clip shortens what a server wrote.
func clip(text string) string {
	const most = 400
	if r := []rune(text); len(r) > most {
		return fmt.Sprintf("%s… (%d characters)", string(r[:most]), len(r))
	}
	return text
}
