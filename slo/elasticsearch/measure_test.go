package elasticsearch

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// metricOf returns a metric on the index "logs", with keys given in pairs.
func metricOf(more ...any) *slo.Metric {
	spec := map[string]any{"index": "logs"}
	for i := 0; i < len(more); i += 2 {
		spec[fmt.Sprint(more[i])] = more[i+1]
	}
	return &slo.Metric{Type: "Elasticsearch", Spec: spec}
}

func ratioOf(good, total *slo.Metric) slo.Definition {
	return slo.Definition{Name: "x", Good: good, Total: total}
}

func built(t require.TestingT, def slo.Definition) *Indicator {
	ind, problems := Builder{}.Build(def)
	require.Empty(t, problems)
	return ind.(*Indicator)
}

// okOf is good while ok is 1, of all documents that have app.
func okOf(t require.TestingT, more ...any) *Indicator {
	app := map[string]any{"term": map[string]any{"app": "a"}}
	good := map[string]any{"bool": map[string]any{"filter": []any{app, map[string]any{"term": map[string]any{"ok": 1.0}}}}}
	return built(t, ratioOf(metricOf("query", good), metricOf(append(more, "query", app)...)))
}

func event(ok float64, more ...any) map[string]any {
	fields := map[string]any{"app": "a", "ok": ok}
	for i := 0; i < len(more); i += 2 {
		fields[more[i].(string)] = more[i+1]
	}
	return fields
}

// states writes slots as letters: "." a gap, otherwise good/total.
func states(slots []slo.Slot) (out []string) {
	for _, s := range slots {
		text := "."
		if s.State != slo.Gap {
			text = fmt.Sprintf("%g/%g", s.Good, s.Total)
		}
		out = append(out, text)
	}
	return out
}

func TestMinutesWithoutDocumentsAreToldApart(t *testing.T) {
	tests := map[string]struct {
		policy string
		events []time.Duration // since noon, of the indicator
		others []time.Duration // of others in the index
		want   []string        // the ten minutes since noon, at 12:11
	}{
		"an index without documents was never observed":               {want: []string{".", ".", ".", ".", ".", ".", ".", ".", ".", "."}},
		"a pause between documents is zero traffic":                   {events: minutes(0, 9), want: []string{"1/1", "0/0", "0/0", "0/0", "0/0", "0/0", "0/0", "0/0", "0/0", "1/1"}},
		"before the first document and after the last are gaps":       {events: minutes(3, 5), want: []string{".", ".", ".", "1/1", "0/0", "1/1", ".", ".", ".", "."}},
		"other documents show that documents were arriving":           {events: minutes(3), others: minutes(1, 8), want: []string{".", "0/0", "0/0", "1/1", "0/0", "0/0", "0/0", "0/0", "0/0", "."}},
		"a later document shows it, although it is not in the span":   {events: minutes(3), others: minutes(-100, 10), want: []string{"0/0", "0/0", "0/0", "1/1", "0/0", "0/0", "0/0", "0/0", "0/0", "0/0"}},
		"a document from the future shows nothing":                    {events: minutes(0, 3, 60), want: []string{"1/1", "0/0", "0/0", "1/1", ".", ".", ".", ".", ".", "."}},
		"zero: silence after the last document is zero traffic":       {policy: "zero", events: minutes(3), want: []string{".", ".", ".", "1/1", "0/0", "0/0", "0/0", "0/0", "0/0", "0/0"}},
		"gap: a minute without traffic is never zero traffic":         {policy: "gap", events: minutes(0, 3, 9), want: []string{"1/1", ".", ".", "1/1", ".", ".", ".", ".", ".", "1/1"}},
		"gap: what others wrote does not matter":                      {policy: "gap", events: minutes(3), others: minutes(0, 9), want: []string{".", ".", ".", "1/1", ".", ".", ".", ".", ".", "."}},
		"zero: an index without documents is no index that is silent": {policy: "zero", want: []string{".", ".", ".", ".", ".", ".", ".", ".", ".", "."}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			m := newModel(func() time.Time { return noon.Add(11 * time.Minute) })
			for _, at := range tc.events {
				m.documents = append(m.documents, arrivedBefore(noon.Add(at), event(1)))
			}
			for _, at := range tc.others {
				m.documents = append(m.documents, arrivedBefore(noon.Add(at), map[string]any{"app": "b"}))
			}
			var more []any
			if tc.policy != "" {
				more = []any{"emptyMinute", tc.policy}
			}
			got, err := m.source(Options{}).Measure(t.Context(), okOf(t, more...), slo.SpanOf(noon, noon.Add(10*time.Minute)))
			require.NoError(t, err)
			require.Equal(t, tc.want, states(got.Streams[0].Slots))
			silent := tc.policy == "" && tc.want[9] == "."
			require.Equal(t, silent, len(got.Warnings) == 1, "%v", got.Warnings)
		})
	}
}

// minutes are instants inside the minutes of those numbers since noon.
func minutes(numbers ...int) (at []time.Duration) {
	for _, n := range numbers {
		at = append(at, time.Duration(n)*time.Minute+30*time.Second)
	}
	return at
}

func arrivedBefore(at time.Time, fields map[string]any) document {
	m := &model{}
	m.add(at, 0, fields)
	m.documents[0].arrived = noon.Add(-time.Hour)
	return m.documents[0]
}

func TestAnEventOnTheFullMinuteBelongsToTheMinuteThatItEnds(t *testing.T) {
	m := newModel(func() time.Time { return noon.Add(time.Hour) })
	for at, ok := range map[time.Duration]float64{0: 1, time.Millisecond: 0, time.Minute: 1, time.Minute + time.Millisecond: 0} {
		m.add(noon.Add(at), 0, event(ok))
	}
	got, err := m.source(Options{}).Measure(t.Context(), okOf(t), slo.SpanOf(noon.Add(-time.Minute), noon.Add(2*time.Minute)))
	require.NoError(t, err)
	require.Equal(t, []string{"1/1", "1/2", "0/1"}, states(got.Streams[0].Slots))
}

func TestMinutesThatHaveNotSettledAreNotRead(t *testing.T) {
	clock := noon.Add(2*time.Minute + 59*time.Second)
	m := newModel(func() time.Time { return clock })
	for n := range 4 {
		m.add(noon.Add(time.Duration(n)*time.Minute+time.Second), 0, event(1))
	}
	src, span := m.source(Options{Delay: time.Minute}), slo.SpanOf(noon, noon.Add(4*time.Minute))
	got, err := src.Measure(t.Context(), okOf(t), span)
	require.NoError(t, err)
	require.Equal(t, []string{"1/1", ".", ".", "."}, states(got.Streams[0].Slots))
	clock = clock.Add(time.Second)
	got, err = src.Measure(t.Context(), okOf(t), span)
	require.NoError(t, err)
	require.Equal(t, []string{"1/1", "1/1", ".", "."}, states(got.Streams[0].Slots))
}

// guarded lets one request through at a time, for a model that is not safe for
// concurrent use as the source is.
type guarded struct {
	mu sync.Mutex
	m  *model
}

func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.m.RoundTrip(r)
}

func TestIndicatorsAreMeasuredAtTheSameTime(t *testing.T) {
	m := newModel(func() time.Time { return noon.Add(time.Hour) })
	for n := range 30 {
		m.add(noon.Add(time.Duration(n)*time.Minute+time.Second), 0, event(1, "region", strconv.Itoa(n%3)))
	}
	src := m.source(Options{})
	src.o.Transport = &guarded{m: m}
	in, span := okOf(t, "groupBy", "region"), slo.SpanOf(noon, noon.Add(40*time.Minute))
	want, err := m.source(Options{}).Measure(t.Context(), in, span)
	require.NoError(t, err)
	var g errgroup.Group
	got := make([]slo.Measurement, 16)
	for i := range got {
		g.Go(func() (err error) {
			got[i], err = src.Measure(t.Context(), in, span)
			return err
		})
	}
	require.NoError(t, g.Wait())
	for _, m := range got {
		require.Equal(t, want.Streams, m.Streams)
	}
}

func TestAGroupOfTheDayBeforeHadNoEventsRatherThanNoData(t *testing.T) {
	clock := noon
	m := newModel(func() time.Time { return clock })
	m.add(noon.Add(-23*time.Hour), 0, event(1, "region", "eu"))
	m.add(noon.Add(-30*time.Hour), 0, event(1, "region", "gone"))
	for n := range 300 {
		m.add(noon.Add(time.Duration(n-200)*time.Minute+time.Second), 0, event(1, "region", "us"))
	}
	m.add(noon.Add(3*time.Minute), 0, event(0, "region", ""))
	m.add(noon.Add(4*time.Minute), 0, event(0))
	clock = noon.Add(10 * time.Minute)
	in := okOf(t, "groupBy", "region")
	src := m.source(Options{})
	got, err := src.Measure(t.Context(), in, slo.SpanOf(noon, noon.Add(4*time.Minute)))
	require.NoError(t, err)
	want := map[slo.Group][]string{
		"":                {"1/1", "1/1", "1/2", "1/2"},
		`{"region":""}`:   {"0/0", "0/0", "0/1", "0/1"}, // without the field, and with an empty one
		`{"region":"eu"}`: {"0/0", "0/0", "0/0", "0/0"},
		`{"region":"us"}`: {"1/1", "1/1", "1/1", "1/1"},
	}
	require.Len(t, got.Streams, len(want))
	for _, s := range got.Streams {
		require.Equal(t, want[s.Group], states(s.Slots), s.Group)
	}
	require.Empty(t, m.pits, "every point in time was ended")
	asked := m.searches
	_, err = src.Measure(t.Context(), in, slo.SpanOf(noon.Add(time.Minute), noon.Add(5*time.Minute)))
	require.NoError(t, err)
	require.Equal(t, asked+1, m.searches, "the groups of the day before are asked for once in an hour")
}

func TestGroupsBeyondTheLimitCountInTheWhole(t *testing.T) {
	m := newModel(func() time.Time { return noon.Add(time.Hour) })
	for n := range MaxGroups + 20 {
		m.add(noon.Add(time.Duration(n+1)*time.Millisecond), 0, event(1, "pod", fmt.Sprintf("p%05d", n)))
	}
	m.add(noon.Add(2*time.Minute), 0, event(1))
	got, err := m.source(Options{}).Measure(t.Context(), okOf(t, "groupBy", "pod"), slo.SpanOf(noon, noon.Add(time.Minute)))
	require.NoError(t, err)
	require.Len(t, got.Streams, MaxGroups+1)
	require.InDelta(t, MaxGroups+20, got.Streams[0].Slots[0].Total, 0)
	require.Contains(t, got.Warnings[0], "groups beyond the first 1000")
}

// drawEvents writes events of three regions over an hour; a twentieth arrives
// up to eight minutes late.
func drawEvents(t *rapid.T, m *model) {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
	rate := rapid.Float64Range(0.2, 4).Draw(t, "events a minute")
	for at := 0.0; at < 60; at += rng.ExpFloat64() / rate {
		late := time.Duration(0)
		if rng.Float64() < 0.05 {
			late = time.Duration(rng.Float64() * float64(8*time.Minute))
		}
		regions := []any{"eu", "us", nil}
		m.add(noon.Add(time.Duration(at*60_000)*time.Millisecond), late, event(float64(rng.IntN(2)), "region", regions[rng.IntN(3)]))
	}
	m.add(noon.Add(-time.Hour), 0, map[string]any{"app": "b"}) // the index is older than the log
	m.add(noon.Add(61*time.Minute), 0, event(1))
}

func TestMeasuringInPiecesEqualsMeasuringWholeAndTheEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(func() time.Time { return noon.Add(10 * time.Hour) })
		drawEvents(t, m)
		in := okOf(t, "groupBy", "region")
		cut := slo.MinuteOf(noon) + slo.Minute(rapid.IntRange(1, 59).Draw(t, "cut"))
		span := slo.SpanOf(noon, noon.Add(time.Hour))
		measure := func(span slo.Span) map[slo.Group][]slo.Slot {
			got, err := m.source(Options{}).Measure(t.Context(), in, span)
			require.NoError(t, err)
			streams := map[slo.Group][]slo.Slot{}
			for _, s := range got.Streams {
				streams[s.Group] = s.Slots
			}
			return streams
		}
		whole, left, right := measure(span), measure(slo.Span{From: span.From, To: cut}), measure(slo.Span{From: cut + 1, To: span.To})
		var events, groups float64
		for g, slots := range whole {
			for i, want := range slots {
				side, at := left, i
				if minute := span.From + slo.Minute(i); minute > cut {
					side, at = right, int(minute-cut-1)
				}
				if side[g] != nil { // a group that is not there has no events
					require.Equal(t, want, side[g][at], "group %s, minute %d", g, i)
				} else {
					require.Zero(t, want.Total)
				}
				if g == "" {
					events += want.Total
				} else {
					groups += want.Total
				}
			}
		}
		require.Equal(t, events, groups, "the groups add up to the whole")
		counted := slices.DeleteFunc(slices.Clone(m.documents), func(d document) bool { return !span.Contains(slo.MinuteOfMilli(d.milli())) })
		require.InDelta(t, len(counted), events, 0)
	})
}

// keep is what a collector does: each minute it measures what has settled since,
// and the overlap again, and keeps it.
func keep(t require.TestingT, ctx testing.TB, src *Source, book *ledger.Ledger, in *Indicator, now time.Time, settled *slo.Minute) {
	pace := src.Pace()
	last := slo.MinuteOf(now.Add(-pace.Delay).Truncate(time.Minute))
	from := *settled + 1 - pace.Overlap
	if late, ok := src.Late(); ok {
		from = min(from, slo.MinuteOf(late))
	}
	m, err := src.Measure(ctx.Context(), in, slo.Span{From: from, To: last})
	require.NoError(t, err)
	if m.Reopen < from {
		m, err = src.Measure(ctx.Context(), in, slo.Span{From: m.Reopen, To: last})
		require.NoError(t, err)
	}
	require.NoError(t, book.Write(ctx.Context(), ledger.Write{Indicator: in.key, Measurement: m, Reason: "live"}))
	*settled = last
}

// A shipper that sends late, stops for a while and then delivers what it kept,
// under a collector that restarts meanwhile or not, ends at the event log.
func TestALedgerEndsAtTheEventLog(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clock := noon
		m := newModel(func() time.Time { return clock })
		drawEvents(rt, m)
		from := rapid.IntRange(5, 35).Draw(rt, "shipper stops")
		stop, back := noon.Add(time.Duration(from)*time.Minute), noon.Add(time.Duration(from+20)*time.Minute)
		for i, d := range m.documents {
			if d.arrived.After(stop) && d.arrived.Before(back) {
				m.documents[i].arrived = back
			}
		}
		restart := noon.Add(time.Duration(rapid.IntRange(0, 70).Draw(rt, "collector restarts")) * time.Minute)
		book, err := ledger.Open(t.Context(), ledger.NewMemory(), ledger.Options{Now: m.now})
		require.NoError(rt, err)
		in, src, settled := okOf(rt, "groupBy", "region"), m.source(Options{}), slo.MinuteOf(noon)
		stale := false
		for ; clock.Before(noon.Add(75 * time.Minute)); clock = clock.Add(time.Minute) {
			if clock.Equal(restart) {
				src = m.source(Options{})
			}
			keep(rt, t, src, book, in, clock, &settled)
			if clock.Equal(back.Add(-time.Minute)) {
				tally, err := book.Tally(t.Context(), slo.StreamKey{Indicator: in.key}, slo.SpanOf(stop.Add(2*time.Minute), clock.Add(-2*time.Minute)))
				require.NoError(rt, err)
				stale = tally.Covered() == 0
			}
		}
		require.True(rt, stale, "a time in which nothing arrived is not a time at rest")
		span := slo.SpanOf(noon, noon.Add(time.Hour))
		want, err := m.source(Options{}).Measure(t.Context(), in, span)
		require.NoError(rt, err)
		for _, s := range want.Streams {
			got, err := book.Slots(t.Context(), slo.StreamKey{Indicator: in.key, Group: s.Group}, span)
			require.NoError(rt, err)
			born := 0 // a group before its first event was not known; slo fills that in
			for s.Group != "" && got[born].State == slo.Gap {
				require.Zero(rt, s.Slots[born].Total)
				born++
			}
			require.Equal(rt, states(s.Slots[born:]), states(got[born:]), s.Group)
		}
	})
}
