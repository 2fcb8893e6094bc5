// Package storetest holds what a database of Hindcast must do, whatever the
// engine: Run is the definition of done for a new one.
//
// It is imported by tests only, and imports internal/store for its types,
// slo/ledger and its suite, internal/fault and test libraries.
package storetest

import (
	"context"
	"flag"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/alert"
	"github.com/hindcast/hindcast/slo/ledger"
	"github.com/hindcast/hindcast/slo/ledger/ledgertest"
)

// Store is what every engine offers.
type Store interface {
	ledgertest.Shared
	SaveSpec(ctx context.Context, f store.SpecFile) error
	DropSpec(ctx context.Context, path string) error
	Specs(ctx context.Context) ([]store.SpecFile, error)
	SaveSource(ctx context.Context, src store.Source, c store.Change) error
	DropSource(ctx context.Context, name string, c store.Change) error
	Sources(ctx context.Context) ([]store.Source, error)
	SaveObject(ctx context.Context, o store.Object, c store.Change) error
	ReplaceObject(ctx context.Context, was []byte, o store.Object, c store.Change) error
	DropObject(ctx context.Context, kind, name string, c store.Change) error
	Objects(ctx context.Context, kind string) ([]store.Object, error)
	Audit(ctx context.Context, kind, name string, before, limit int64) ([]store.Change, error)
	alert.Store
	SaveTold(ctx context.Context, all []alert.Told) error
	ToldSince(ctx context.Context, since time.Time) ([]alert.Told, error)
	DropEpisodes(ctx context.Context, before time.Time) error
	AppendStatement(ctx context.Context, st store.Statement, c store.Change) error
	Statements(ctx context.Context, sla, customer, period string) ([]store.Statement, error)
	Close() error
}

// Database is one database of its own: Open opens it, again after Close.
type Database interface {
	Open(t testing.TB) Store
}

// Run holds an engine to its contract. newDatabase returns an empty database.
func Run(t *testing.T, newDatabase func(t testing.TB) Database) {
	opened := func(t *testing.T) ledger.Store { return open(t, newDatabase(t)) }
	t.Run("the ledger's contract", func(t *testing.T) { ledgertest.Run(t, opened) })
	for name, property := range map[string]func(*testing.T, func(*testing.T) ledger.Store){
		"the ledger's model": ledgertest.Model, "the ledger's crashes": ledgertest.Crash, "the ledger's stumbles": ledgertest.Stumble,
		"the ledger's thinning": ledgertest.Thin,
	} {
		t.Run(name, func(t *testing.T) {
			checkLess(t)
			property(t, opened)
		})
	}
	t.Run("revisions that go are counted", func(t *testing.T) { ledgertest.PrunedRevisions(t, opened) })
	t.Run("the ledger shared", func(t *testing.T) {
		checkLess(t)
		ledgertest.Share(t, func(t *testing.T) ledgertest.Shared { return open(t, newDatabase(t)) })
	})
	for name, test := range map[string]func(t *testing.T, db Database){
		"what was written is there after reopening":  reopened,
		"specifications are kept, replaced, dropped": specs,
		"sources are kept, replaced, dropped":        sources,
		"objects are kept with who changed them":     objects,
		"alert episodes and who was told":            episodes,
		"a change is made on what is known":          replaced,
		"changes are listed by their numbers":        audit,
		"changes at once are all counted":            changesAtOnce,
		"statements are appended and stay":           statements,
		"a revision is issued once":                  statementsAtOnce,
		"any valid text comes back byte by byte":     anyText,
		"what would be garbled is refused":           garbled,
	} {
		t.Run(name, func(t *testing.T) { test(t, newDatabase(t)) })
	}
}

// checkLess lets properties be tried 20 times for the length of a test: each try
// makes a database, and all that the memory store can show was tried there.
func checkLess(t *testing.T) {
	t.Helper()
	const name = "rapid.checks"
	before := flag.Lookup(name)
	require.NotNil(t, before)
	value := before.Value.String()
	require.NoError(t, flag.Set(name, "20"))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, value)) })
}

// open opens a database for the length of a test.
func open(t testing.TB, db Database) Store {
	t.Helper()
	s := db.Open(t)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

var at = time.Date(2026, 2, 3, 4, 5, 6, 789_123_000, time.UTC)

const ind = slo.IndicatorKey("requests")

func openLedger(t testing.TB, s ledger.Store) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), s, ledger.Options{Now: func() time.Time { return at }})
	require.NoError(t, err)
	return l
}

// write is three days of slots that a reader can recompute.
func write(day int) ledger.Write {
	from := slo.Minute(day) * slo.MinutesPerDay
	slots := make([]slo.Slot, 3*slo.MinutesPerDay)
	for i := range slots {
		slots[i] = slo.Slot{Good: float64(i % 7), Total: float64(i%7 + i%3), State: slo.Measured}
	}
	return ledger.Write{
		Indicator: ind, Reason: "backfill", Cursor: &ledger.Cursor{Settled: from},
		Measurement: slo.Measurement{
			Span:    slo.Span{From: from, To: from + slo.Minute(len(slots)) - 1},
			Streams: []slo.StreamSlots{{Slots: slots}},
		},
	}
}

func reopened(t *testing.T, db Database) {
	s := db.Open(t)
	l := openLedger(t, s)
	w := write(20_000)
	require.NoError(t, l.Write(t.Context(), w))
	_, err := l.Seal(t.Context(), 20_002)
	require.NoError(t, err)
	require.NoError(t, s.SaveSpec(t.Context(), store.SpecFile{Path: "a.yaml", Text: []byte("a"), LoadedAt: at}))
	require.NoError(t, s.Close())

	s = open(t, db)
	l = openLedger(t, s)
	slots, err := l.Slots(t.Context(), slo.StreamKey{Indicator: ind}, w.Measurement.Span)
	require.NoError(t, err)
	require.Equal(t, w.Measurement.Streams[0].Slots, slots)
	settled, ok := l.Settled(ind)
	require.True(t, ok)
	require.Equal(t, w.Measurement.Span.From, settled)
	files, err := s.Specs(t.Context())
	require.NoError(t, err)
	require.Len(t, files, 1)
}

func specs(t *testing.T, db Database) {
	s := open(t, db)
	b := store.SpecFile{Path: "b.yaml", Text: []byte("kind: SLO\n"), LoadedAt: at}
	a := store.SpecFile{Path: "dir/a.yaml", Text: []byte(strings.Repeat("ä", 600_000)), LoadedAt: at.Add(time.Microsecond)}
	for _, f := range []store.SpecFile{a, {Path: "b.yaml", Text: []byte("old")}, b} {
		require.NoError(t, s.SaveSpec(t.Context(), f))
	}
	requireSpecs(t, s, b, a)
	require.NoError(t, s.DropSpec(t.Context(), "b.yaml"))
	require.NoError(t, s.DropSpec(t.Context(), "never there"))
	requireSpecs(t, s, a)
}

func sources(t *testing.T, db Database) {
	s := db.Open(t)
	change := func(action, name string) store.Change {
		return store.Change{At: at, Actor: "Ann", Action: action, Kind: "Source", Name: name}
	}
	b := store.Source{Name: "b", Definition: []byte(`{"name":"b","url":"http://ä"}`), SavedAt: at}
	a := store.Source{Name: "a", Definition: []byte(`{"name":"a"}`), SavedAt: at.Add(time.Microsecond)}
	for _, src := range []store.Source{b, {Name: "a", Definition: []byte("old")}, a, {Name: "A", Definition: []byte("gone")}} {
		require.NoError(t, s.SaveSource(t.Context(), src, change("SAVED", src.Name)))
	}
	require.NoError(t, s.DropSource(t.Context(), "A", change("DELETED", "A")))
	require.NoError(t, s.DropSource(t.Context(), "never there", change("DELETED", "never there")))
	for name, err := range map[string]error{
		"no name":       s.SaveSource(t.Context(), store.Source{}, change("SAVED", "")),
		"a name":        s.SaveSource(t.Context(), store.Source{Name: "a\x00"}, change("SAVED", "a")),
		"a definition":  s.SaveSource(t.Context(), store.Source{Name: "a", Definition: []byte("\xff")}, change("SAVED", "a")),
		"a name to end": s.DropSource(t.Context(), "\xff", change("DELETED", "a")),
		"an actor":      s.DropSource(t.Context(), "a", store.Change{Actor: "\xff"}),
	} {
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
	}
	require.NoError(t, s.Close())
	s = db.Open(t)
	defer func() { require.NoError(t, s.Close()) }()
	got, err := s.Sources(t.Context())
	require.NoError(t, err)
	require.Equal(t, []store.Source{a, b}, got)
	changes, err := s.Audit(t.Context(), "Source", "", math.MaxInt64, 10)
	require.NoError(t, err)
	var said []string
	for _, c := range changes {
		said = append(said, c.Action+" "+c.Name)
	}
	require.Equal(t, []string{"DELETED A", "SAVED A", "SAVED a", "SAVED a", "SAVED b"}, said, "what was refused, or was not there, leaves no trace")
}

func requireSpecs(t *testing.T, s Store, want ...store.SpecFile) {
	t.Helper()
	got, err := s.Specs(t.Context())
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i])
	}
}

// hostile are texts that end statements, patterns or templates elsewhere.
var hostile = []string{
	"'", `"`, `\`, `\'`, "''; DROP TABLE spec_file; --", "?", "$1", "%s", "/*", "{{.}}", "é漢\U0001F980", "\r\n\t", "\u2028", "\ufeff",
}

func anyText(t *testing.T, db Database) {
	s := open(t, db)
	valid := rapid.OneOf(rapid.SampledFrom(hostile), rapid.String().Filter(func(v string) bool {
		return utf8.ValidString(v) && !strings.Contains(v, "\x00")
	}))
	id := int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		v := "x" + valid.Draw(rt, "text")
		require.NoError(rt, s.SaveSpec(t.Context(), store.SpecFile{Path: v, Text: []byte(v), LoadedAt: at}))
		files, err := s.Specs(t.Context())
		require.NoError(rt, err)
		require.Equal(rt, []store.SpecFile{{Path: v, Text: []byte(v), LoadedAt: at}}, files)
		require.NoError(rt, s.DropSpec(t.Context(), v))
		id++
		stream := ledger.Stream{ID: id, Key: slo.StreamKey{Indicator: slo.IndicatorKey(v), Group: slo.Group(v + strconv.FormatInt(id, 10))}}
		require.NoError(rt, s.Append(t.Context(), ledger.Commit{
			Streams: []ledger.Stream{stream}, Rows: []ledger.Row{{ID: id, At: at, Payload: []byte{1}}},
			Revisions: []ledger.StreamRevision{{Stream: id, Revision: slo.Revision{At: at, Reason: v}}},
		}))
		var last ledger.Stream
		skip := ledger.Visitor{
			Stream: func(v ledger.Stream) error { last = v; return nil }, Cursor: func(ledger.Cursor) error { return nil },
			Totals: func(ledger.Totals) error { return nil }, Row: func(ledger.Row) error { return nil },
		}
		_, err = s.Changes(t.Context(), ledger.Position{}, skip)
		require.NoError(rt, err)
		require.Equal(rt, stream, last)
		revisions, err := s.Revisions(t.Context(), id, slo.Span{}, 1)
		require.NoError(rt, err)
		require.Equal(rt, v, revisions[0].Reason)
	})
}

func garbled(t *testing.T, db Database) {
	s := open(t, db)
	for _, text := range []string{"a\x00b", "\xff", "a\xc3", "\xed\xa0\x80"} {
		key := slo.StreamKey{Indicator: slo.IndicatorKey(text)}
		for name, err := range map[string]error{
			"path":      s.SaveSpec(t.Context(), store.SpecFile{Path: text}),
			"text":      s.SaveSpec(t.Context(), store.SpecFile{Path: "a", Text: []byte(text)}),
			"drop":      s.DropSpec(t.Context(), text),
			"indicator": s.Append(t.Context(), ledger.Commit{Streams: []ledger.Stream{{ID: 1, Key: key}}}),
			"group":     s.Append(t.Context(), ledger.Commit{Streams: []ledger.Stream{{ID: 1, Key: slo.StreamKey{Group: slo.Group(text)}}}}),
			"cursor":    s.Append(t.Context(), ledger.Commit{Cursors: []ledger.Cursor{{Indicator: slo.IndicatorKey(text)}}}),
			"reason": s.Append(t.Context(), ledger.Commit{
				Rows: []ledger.Row{{ID: 1}}, Revisions: []ledger.StreamRevision{{Stream: 1, Revision: slo.Revision{Reason: text}}},
			}),
		} {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%s %q: %v", name, text, err)
		}
		for name, err := range garbledObjects(t, s, text) {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "object: %s %q: %v", name, text, err)
		}
		requireObjects(t, s)
		for name, err := range garbledStatements(t, s, text) {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "statement: %s %q: %v", name, text, err)
		}
	}
	require.Equal(t, fault.Invalid, fault.KindOf(s.SaveSpec(t.Context(), store.SpecFile{})))
	requireSpecs(t, s)
}
