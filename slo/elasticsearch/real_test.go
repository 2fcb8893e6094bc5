package elasticsearch

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// request is an event of the log that the tests write and count.
type request struct {
	at, arrived time.Time
	status      int
	took        float64 // milliseconds
	service     string  // "" is a document without the field
	count       int     // of a document that stands for several events
}

func (r request) document() map[string]any {
	d := map[string]any{"@timestamp": r.at.UnixMilli(), "status": r.status, "took_ms": r.took, "count": r.count, "message": "a request of " + r.service}
	if r.service != "" {
		d["service"] = r.service
	}
	return d
}

// requests draws two hours of events; a twentieth arrives up to eight minutes late.
func requests(seed uint64) (log []request) {
	rng := rand.New(rand.NewPCG(seed, 3))
	for at := rng.ExpFloat64(); at < 7200; at += rng.ExpFloat64() / 1.2 {
		r := request{at: noon.Add(time.Duration(at*1000) * time.Millisecond), status: 200, took: float64(rng.IntN(4000)) / 8, count: 1 + rng.IntN(4)}
		r.service = []string{"", "cart", "checkout", "search"}[rng.IntN(4)]
		if rng.Float64() < 0.1 {
			r.status = 500 + rng.IntN(4)
		}
		if r.arrived = r.at; rng.Float64() < 0.05 {
			r.arrived = r.at.Add(time.Duration(rng.Float64() * float64(8*time.Minute)))
		}
		log = append(log, r)
	}
	log = append(log, request{at: noon.Add(2 * time.Hour), arrived: noon.Add(2 * time.Hour), status: 200, service: "cart", count: 1}) // on the edge
	return log
}

// mapping of the indices of the tests.
func mappingOf(status string) map[string]any {
	keyword := map[string]any{"type": "keyword"}
	return map[string]any{
		"settings": map[string]any{"number_of_replicas": 0, "number_of_shards": 2},
		"mappings": map[string]any{"properties": map[string]any{
			"@timestamp": map[string]any{"type": "date"}, "service": keyword, "status": map[string]any{"type": status},
			"took_ms": map[string]any{"type": "double"}, "count": map[string]any{"type": "long"}, "message": map[string]any{"type": "text"},
		}},
	}
}

// cluster is a real node and a source on it, with a clock of its own.
type cluster struct {
	*realtest.Elasticsearch
	t     *testing.T // the whole test, which a node that was started again ends with
	src   *Source
	clock time.Time
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{t: t, Elasticsearch: realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{}), clock: noon.Add(3 * time.Hour)}
	c.src = c.source()
	return c
}

func (c *cluster) source() *Source {
	return New(Options{URL: c.URL, Transport: &http.Transport{}, Now: func() time.Time { return c.clock }})
}

// fill writes a log into an index of its own.
func (c *cluster) fill(t *testing.T, index, status string, log []request) {
	c.Must(t, http.MethodPut, "/"+index, mappingOf(status))
	var documents []any
	for _, r := range log {
		documents = append(documents, r.document())
	}
	c.Index(t, index, documents...)
}

// on points a definition at an index.
func on(index string, def slo.Definition) slo.Definition {
	for _, m := range []**slo.Metric{&def.Good, &def.Bad, &def.Total, &def.Threshold} {
		if *m != nil {
			spec := maps.Clone((*m).Spec)
			spec["index"] = index
			*m = &slo.Metric{Spec: spec}
		}
	}
	return def
}

// twoHours is the span of the logs.
var twoHours = slo.SpanOf(noon, noon.Add(2*time.Hour))

// tally counts a log by group and minute, as a person would.
func tally(log []request, count func(request) (good, total float64)) map[slo.Group][]slo.Slot {
	out := map[slo.Group][]slo.Slot{}
	for _, r := range log {
		for _, g := range []slo.Group{"", slo.GroupOf(map[string]string{"service": r.service})} {
			if out[g] == nil {
				out[g] = make([]slo.Slot, twoHours.Len())
				for i := range out[g] {
					out[g][i].State = slo.Measured
				}
			}
			good, total := count(r)
			s := &out[g][slo.MinuteOf(r.at)-twoHours.From]
			s.Good, s.Total = s.Good+good, s.Total+total
		}
	}
	return out
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

var below500 = ratioOf(metricOf("query", "status:<500", "groupBy", "service"), metricOf())

func countBelow500(r request) (good, total float64) { return one(r.status < 500), 1 }

func TestRealElasticsearch(t *testing.T) {
	c := newCluster(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *cluster)
	}{
		{"every form counts what the log holds", realForms},
		{"late documents, rollover and a restart of the node", realCollection},
		{"a mapping conflict fails shards and is explained", realConflict},
		{"indices that are closed, deleted or not there", realAbsent},
		{"a cluster with few buckets", realFewBuckets},
		{"dates with nanoseconds, and fields that cannot be grouped by", realFields},
		{"it says who it is", realProbe},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}

func realForms(t *testing.T, c *cluster) {
	log := requests(1)
	c.fill(t, "forms", "long", log)
	cart := map[string]any{"term": map[string]any{"service": "cart"}}
	tests := map[string]struct {
		def   slo.Definition
		count func(request) (good, total float64)
	}{
		"query strings": {below500, countBelow500},
		"query DSL, and bad events": {
			slo.Definition{Bad: metricOf("query", fiveHundreds), Total: metricOf("groupBy", "service")}, countBelow500,
		},
		"a condition of words, side by side": {
			ratioOf(metricOf("query", "service:cart status:<500"), metricOf("query", cart)),
			func(r request) (float64, float64) {
				return one(r.service == "cart" && r.status < 500), one(r.service == "cart")
			},
		},
		"a latency": {
			ratioOf(metricOf("field", "took_ms", "latency", "250ms"), metricOf("groupBy", "service")),
			func(r request) (float64, float64) { return one(r.took <= 250), 1 },
		},
		"a latency of part of the events": {
			ratioOf(metricOf("field", "took_ms", "latency", "125ms"), metricOf("query", "status:<500")),
			func(r request) (float64, float64) { return one(r.took <= 125 && r.status < 500), one(r.status < 500) },
		},
		"slow events": {
			slo.Definition{Bad: metricOf("field", "took_ms", "latency", "250ms"), Total: metricOf("field", "took_ms")},
			func(r request) (float64, float64) { return one(r.took <= 250), 1 },
		},
		"sums": {
			ratioOf(metricOf("query", "status:<500", "field", "count"), metricOf("field", "count", "groupBy", "service")),
			func(r request) (float64, float64) { return one(r.status < 500) * float64(r.count), float64(r.count) },
		},
		"a threshold": {
			slo.Definition{Threshold: metricOf("field", "took_ms"), Op: slo.Less, Value: 250},
			func(r request) (float64, float64) { return one(r.took < 250), 1 },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			in := built(t, on("forms", tc.def))
			m, err := c.source().Measure(t.Context(), in, twoHours)
			require.NoError(t, err)
			want := tally(log, tc.count)
			require.Len(t, m.Streams, map[bool]int{false: 1, true: len(want)}[len(in.By) > 0])
			for _, s := range m.Streams {
				require.Equal(t, want[s.Group], s.Slots, s.Group)
			}
			oldest, newest, err := c.src.Reach(t.Context(), in)
			require.NoError(t, err)
			require.True(t, slices.ContainsFunc(log, func(r request) bool { return r.at.Equal(oldest) }))
			require.False(t, newest.After(noon.Add(2*time.Hour)))
		})
	}
}

// realCollection writes the log as it arrives, behind an alias that rolls over
// twice, into a node that restarts, and collects meanwhile.
func realCollection(t *testing.T, c *cluster) {
	template := mappingOf("long")
	c.Must(t, http.MethodPut, "/_index_template/rolled", map[string]any{"index_patterns": []string{"rolled-*"}, "template": template})
	c.Must(t, http.MethodPut, "/rolled-000001", map[string]any{"aliases": map[string]any{"rolled": map[string]any{"is_write_index": true}}})
	log := requests(2)
	slices.SortStableFunc(log, func(a, b request) int { return a.arrived.Compare(b.arrived) })
	late := slices.IndexFunc(log, func(r request) bool { return r.arrived.After(r.at.Add(5 * time.Minute)) })
	require.Positive(t, late, "some documents are late")

	c.clock = noon
	src, in := c.source(), built(t, on("rolled", below500))
	book, err := ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: func() time.Time { return c.clock }})
	require.NoError(t, err)
	settled, rest := slo.MinuteOf(noon), log
	for step := 1; c.clock.Before(noon.Add(2*time.Hour + 20*time.Minute)); step++ {
		c.clock = c.clock.Add(3 * time.Minute)
		n := slices.IndexFunc(rest, func(r request) bool { return r.arrived.After(c.clock) })
		if n < 0 {
			n = len(rest)
		}
		var documents []any
		for _, r := range rest[:n] {
			documents = append(documents, r.document())
		}
		rest = rest[n:]
		c.Index(t, "rolled", documents...)
		switch step {
		case 13, 26:
			c.Must(t, http.MethodPost, "/rolled/_rollover", nil)
		case 20:
			c.Stop(t)
			_, err := src.Measure(t.Context(), in, twoHours)
			require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
			c.Start(c.t)
		}
		keep(t, t, src, book, in, c.clock, &settled)
	}
	require.Empty(t, rest)
	want := tally(log, countBelow500)
	require.Len(t, want, 5)
	var good, total float64
	for _, r := range log {
		g, n := countBelow500(r)
		good, total = good+g, total+n
	}
	for g, slots := range want {
		got, err := book.Slots(t.Context(), slo.StreamKey{Indicator: in.key, Group: g}, twoHours)
		require.NoError(t, err)
		require.Equal(t, slots, got, g)
	}
	sum, err := book.Tally(t.Context(), slo.StreamKey{Indicator: in.key}, twoHours)
	require.NoError(t, err)
	require.Equal(t, slo.Tally{Good: good, Total: total, Measured: 120, Slots: 120}, sum)
	t.Logf("%d events, %d of them late, in three indices: all counted once", len(log), len(slices.DeleteFunc(slices.Clone(log), func(r request) bool { return r.arrived.Equal(r.at) })))
	c.clock = noon.Add(3 * time.Hour)
}

func realConflict(t *testing.T, c *cluster) {
	log := requests(3)[:500]
	c.fill(t, "conflict-1", "long", log)
	c.fill(t, "conflict-2", "keyword", log)
	for name, def := range map[string]slo.Definition{
		"a query string compares": below500,
		"query DSL compares":      ratioOf(metricOf("query", map[string]any{"range": map[string]any{"status": map[string]any{"lt": 500.0}}}), metricOf()),
		"a field is compared":     ratioOf(metricOf("field", "status", "op", "lt", "value", 500.0), metricOf()),
		"a field is summed":       ratioOf(metricOf("field", "status", "query", "service:cart"), metricOf("field", "status")),
	} {
		t.Run(name, func(t *testing.T) {
			in := built(t, on("conflict-*", def))
			m, err := c.src.Measure(t.Context(), in, twoHours)
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			require.Empty(t, m.Streams)
			require.ErrorContains(t, err, "index conflict-2: Field [status] of type [keyword] is not supported")
			require.ErrorContains(t, err, "field status is keyword in conflict-2 and long in conflict-1")
			problems, err := c.src.Check(t.Context(), in)
			require.NoError(t, err)
			require.Len(t, problems, 1)
			_, err = c.src.Measure(t.Context(), built(t, on("conflict-*,-conflict-2", def)), twoHours)
			require.NoError(t, err, "the remedy works")
		})
	}
	c.Must(t, http.MethodPut, "/conflict-3", map[string]any{"settings": map[string]any{"number_of_replicas": 0}, "mappings": map[string]any{"properties": map[string]any{"@timestamp": map[string]any{"type": "keyword"}}}})
	c.Index(t, "conflict-3", log[0].document())
	_, err := c.src.Measure(t.Context(), built(t, on("conflict-1,conflict-3", below500)), twoHours)
	require.ErrorContains(t, err, "timestampField @timestamp is date in conflict-1 and keyword in conflict-3: map it as a date")
}

func realAbsent(t *testing.T, c *cluster) {
	log := requests(4)[:200]
	c.fill(t, "absent-1", "long", log)
	c.fill(t, "absent-2", "long", log)
	c.Must(t, http.MethodPost, "/absent-2/_close", nil)
	tests := map[string]struct{ index, want string }{
		"an index that is not there":     {"nothing", "no such index [nothing]: correct index"},
		"a pattern that matches nothing": {"nothing-*", "correct index"},
		"one of two is not there":        {"absent-1,nothing", "no such index [nothing]"},
		"a closed index under a pattern": {"absent-*", "closed: open the index, or leave it out of the pattern"},
		"a closed index that is named":   {"absent-2", "closed: open the index"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for _, def := range []slo.Definition{below500, ratioOf(metricOf("query", "status:<500"), metricOf())} {
				in := built(t, on(tc.index, def))
				m, err := c.source().Measure(t.Context(), in, twoHours)
				require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
				require.ErrorContains(t, err, tc.want)
				require.Empty(t, m.Streams)
				_, _, err = c.source().Reach(t.Context(), in)
				require.ErrorContains(t, err, tc.want)
			}
		})
	}
	_, err := c.src.Measure(t.Context(), built(t, on("absent-*,-absent-2", below500)), twoHours)
	require.NoError(t, err, "the remedy works")

	c.Must(t, http.MethodPut, "/absent-3", map[string]any{"settings": map[string]any{"number_of_replicas": 0}})
	in := built(t, on("absent-3", below500))
	m, err := c.src.Measure(t.Context(), in, twoHours)
	require.NoError(t, err)
	require.NotContains(t, states(m.Streams[0].Slots), "0/0", "an index without documents has no traffic to tell of")
	oldest, newest, err := c.src.Reach(t.Context(), in)
	require.NoError(t, err)
	require.True(t, oldest.IsZero() && newest.IsZero())
}

func realFewBuckets(t *testing.T, c *cluster) {
	log := requests(5)
	c.fill(t, "few", "long", log)
	limit := func(n any) {
		c.Must(t, http.MethodPut, "/_cluster/settings", map[string]any{"persistent": map[string]any{"search.max_buckets": n}})
	}
	limit(70)
	defer limit(nil)
	in := built(t, on("few", below500))
	m, err := c.source().Measure(t.Context(), in, twoHours)
	require.NoError(t, err)
	want := tally(log, countBelow500)
	require.Len(t, m.Streams, len(want))
	for _, s := range m.Streams {
		require.Equal(t, want[s.Group], s.Slots, s.Group)
	}
	limit(3)
	_, err = c.source().Measure(t.Context(), in, twoHours)
	require.ErrorContains(t, err, "raise search.max_buckets of the cluster")
}

func realFields(t *testing.T, c *cluster) {
	log := requests(6)[:1000]
	index := mappingOf("long")
	index["mappings"].(map[string]any)["properties"].(map[string]any)["@timestamp"] = map[string]any{"type": "date_nanos"}
	c.Must(t, http.MethodPut, "/nanos", index)
	var documents []any
	for i, r := range log {
		d := r.document()
		d["@timestamp"] = r.at.Add(time.Duration(i%1000) * time.Microsecond).Format(time.RFC3339Nano)
		documents = append(documents, d)
	}
	c.Index(t, "nanos", documents...)
	c.fill(t, "millis", "long", log)
	nanos, err := c.src.Measure(t.Context(), built(t, on("nanos", below500)), twoHours)
	require.NoError(t, err)
	millis, err := c.src.Measure(t.Context(), built(t, on("millis", below500)), twoHours)
	require.NoError(t, err)
	require.Equal(t, states(millis.Streams[0].Slots), states(nanos.Streams[0].Slots))
	both, err := c.src.Measure(t.Context(), built(t, on("nanos,millis", below500)), twoHours)
	require.NoError(t, err)
	for i, s := range both.Streams[0].Slots {
		require.Equal(t, 2*millis.Streams[0].Slots[i].Total, s.Total)
	}

	_, err = c.src.Measure(t.Context(), built(t, on("millis", ratioOf(metricOf("query", "status:<500", "groupBy", "message"), metricOf()))), twoHours)
	require.ErrorContains(t, err, "groupBy field message is text, which has no whole values to group by: use message.keyword")
	_, err = c.src.Measure(t.Context(), built(t, on("millis", ratioOf(metricOf("query", "*cart"), metricOf()))), twoHours)
	require.ErrorContains(t, err, "'*' or '?' not allowed as first character")
	_, err = c.src.Measure(t.Context(), built(t, on("millis", ratioOf(metricOf("query", "status:(<500"), metricOf()))), twoHours)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	_, err = c.src.Measure(t.Context(), built(t, on("millis", ratioOf(metricOf("query", "status:good"), metricOf()))), twoHours)
	require.ErrorContains(t, err, "good", "a value that a number cannot have is an error, and not no document")
}

func realProbe(t *testing.T, c *cluster) {
	src := New(Options{URL: c.URL, Transport: &http.Transport{}, Now: time.Now})
	p, err := src.Probe(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Elasticsearch", p.Product)
	require.Equal(t, tested, p.Version[:len(tested)])
	require.Positive(t, p.Latency)
	require.Zero(t, p.Skew)
	require.Empty(t, p.Warnings)
	ahead := New(Options{URL: c.URL, Transport: &http.Transport{}, Now: func() time.Time { return time.Now().Add(-5 * time.Minute) }})
	p, err = ahead.Probe(t.Context())
	require.NoError(t, err)
	require.InDelta(t, 300, p.Skew.Seconds(), 2)
	require.Contains(t, fmt.Sprint(p.Warnings), "the clocks differ by")
}

// basic signs requests in.
type basic struct{ user, password string }

func (b basic) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b.user != "" {
		r.SetBasicAuth(b.user, b.password)
	}
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

func TestRealSecurity(t *testing.T) {
	node := realtest.NewElasticsearch(t, realtest.ElasticsearchOptions{Security: true})
	log := requests(7)[:300]
	node.Must(t, http.MethodPut, "/secret", mappingOf("long"))
	var documents []any
	for _, r := range log {
		documents = append(documents, r.document())
	}
	node.Index(t, "secret", documents...)
	in := built(t, on("secret", below500))
	source := func(who basic) *Source {
		return New(Options{URL: node.URL, Transport: who, Now: func() time.Time { return noon.Add(3 * time.Hour) }})
	}
	m, err := source(basic{"elastic", node.Password}).Measure(t.Context(), in, twoHours)
	require.NoError(t, err)
	require.EqualValues(t, len(log), m.Samples)
	_, err = source(basic{"elastic", node.Password}).Probe(t.Context())
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		who  basic
		want string
	}{
		"a wrong password": {basic{"elastic", "guess"}, "unable to authenticate user [elastic]"},
		"nobody":           {basic{}, "missing authentication credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			src := source(tc.who)
			_, measured := src.Measure(t.Context(), in, twoHours)
			_, probed := src.Probe(t.Context())
			_, _, reached := src.Reach(t.Context(), in)
			for _, err := range []error{measured, probed, reached} {
				require.Equal(t, fault.Forbidden, fault.KindOf(err), "%v", err)
				require.ErrorContains(t, err, tc.want)
				require.ErrorContains(t, err, "correct the user and password, or the API key, of the source")
				require.NotContains(t, err.Error(), "guess")
			}
		})
	}
}
