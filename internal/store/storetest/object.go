package storetest

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
)

// exclusion is an object of that kind.
func exclusion(name, definition string) store.Object {
	return store.Object{Kind: "Exclusion", Name: name, Definition: []byte(definition), SavedAt: at, SavedBy: "Zoë"}
}

// change says that an object was changed.
func change(action string, o store.Object) store.Change {
	return store.Change{At: at.Add(time.Microsecond), Actor: "Zoë", Action: action, Kind: o.Kind, Name: o.Name, Summary: "“move” 2 h → 3 h"}
}

func objects(t *testing.T, db Database) {
	s := db.Open(t)
	b, a := exclusion("b", `{"title":"ä"}`), exclusion("a", `{}`)
	other := store.Object{Kind: "Annotation", Name: "a", Definition: []byte("{}"), SavedAt: at}
	gone := exclusion("A", "{}")
	for _, o := range []store.Object{exclusion("a", "old"), b, other, gone, a} {
		require.NoError(t, s.SaveObject(t.Context(), o, change("CREATED", o)))
	}
	require.NoError(t, s.DropObject(t.Context(), gone.Kind, gone.Name, change("DELETED", gone)))
	require.NoError(t, s.DropObject(t.Context(), gone.Kind, "never there", change("DELETED", gone)))
	require.NoError(t, s.Close())

	s = open(t, db)
	requireObjects(t, s, a, b)
	got, err := s.Objects(t.Context(), "Annotation")
	require.NoError(t, err)
	require.Equal(t, []store.Object{other}, got)
	entries, err := s.Audit(t.Context(), "", "", math.MaxInt64, 100)
	require.NoError(t, err)
	require.Len(t, entries, 6, "five were saved and one dropped; what never was leaves no trace")
	want := change("DELETED", gone)
	want.ID = 6
	require.Equal(t, want, entries[0])
}

func replaced(t *testing.T, db Database) {
	s := open(t, db)
	first, second := exclusion("a", "1"), exclusion("a", "2")
	require.Equal(t, fault.Conflict, fault.KindOf(s.ReplaceObject(t.Context(), []byte("1"), first, change("CHANGED", first))), "it is not there any more")
	require.NoError(t, s.ReplaceObject(t.Context(), nil, first, change("CREATED", first)))
	require.Equal(t, fault.Conflict, fault.KindOf(s.ReplaceObject(t.Context(), nil, second, change("CREATED", second))))
	require.Equal(t, fault.Conflict, fault.KindOf(s.ReplaceObject(t.Context(), []byte("0"), second, change("CHANGED", second))))
	requireObjects(t, s, first)
	require.NoError(t, s.ReplaceObject(t.Context(), []byte("1"), second, change("CHANGED", second)))
	requireObjects(t, s, second)
	entries, err := s.Audit(t.Context(), "Exclusion", "a", math.MaxInt64, 100)
	require.NoError(t, err)
	require.Equal(t, []string{"CHANGED", "CREATED"}, actions(entries), "what was refused is not in the audit")
}

func requireObjects(t *testing.T, s Store, want ...store.Object) {
	t.Helper()
	got, err := s.Objects(t.Context(), "Exclusion")
	require.NoError(t, err)
	require.Equal(t, append([]store.Object{}, want...), got)
}

func actions(entries []store.Change) (all []string) {
	for _, e := range entries {
		all = append(all, e.Action)
	}
	return all
}

func audit(t *testing.T, db Database) {
	s := open(t, db)
	for i := range 7 {
		o := exclusion([]string{"a", "b"}[i%2], "{}")
		require.NoError(t, s.SaveObject(t.Context(), o, change(fmt.Sprint("N", i+1), o)))
	}
	var all []string
	for before := int64(math.MaxInt64); ; {
		page, err := s.Audit(t.Context(), "", "", before, 3)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		all, before = append(all, actions(page)...), page[len(page)-1].ID
	}
	require.Equal(t, []string{"N7", "N6", "N5", "N4", "N3", "N2", "N1"}, all)
	for name, c := range map[string]struct {
		kind, name string
		want       []string
	}{
		"one object": {"Exclusion", "b", []string{"N6", "N4", "N2"}}, "another kind": {"SLA", "", nil}, "a name of any kind": {"", "a", []string{"N7", "N5", "N3", "N1"}},
	} {
		entries, err := s.Audit(t.Context(), c.kind, c.name, math.MaxInt64, 100)
		require.NoError(t, err)
		require.Equal(t, c.want, actions(entries), name)
	}
}

// changesAtOnce changes objects from several places, as servers on one database
// do: none is refused, and each has a number of its own.
func changesAtOnce(t *testing.T, db Database) {
	s := open(t, db)
	const writers, each = 8, 12
	var all errgroup.Group
	for w := range writers {
		all.Go(func() error {
			for i := range each {
				o := exclusion(fmt.Sprintf("w%d-%d", w, i), "{}")
				if err := s.ReplaceObject(t.Context(), nil, o, change("CREATED", o)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	entries, err := s.Audit(t.Context(), "", "", math.MaxInt64, 1000)
	require.NoError(t, err)
	require.Len(t, entries, writers*each)
	for i, e := range entries {
		require.Equal(t, int64(writers*each-i), e.ID)
	}
}

// garbledObjects are changes with a text that no engine keeps.
func garbledObjects(t *testing.T, s Store, text string) map[string]error {
	good := exclusion("a", "{}")
	return map[string]error{
		"kind":       s.SaveObject(t.Context(), store.Object{Kind: text, Name: "a"}, change("CREATED", good)),
		"name":       s.SaveObject(t.Context(), exclusion(text, "{}"), change("CREATED", good)),
		"definition": s.ReplaceObject(t.Context(), nil, exclusion("a", text), change("CREATED", good)),
		"author":     s.SaveObject(t.Context(), store.Object{Kind: "Exclusion", Name: "a", SavedBy: text}, change("CREATED", good)),
		"actor":      s.SaveObject(t.Context(), good, store.Change{Actor: text}),
		"action":     s.SaveObject(t.Context(), good, store.Change{Action: text}),
		"kind of it": s.SaveObject(t.Context(), good, store.Change{Kind: text}),
		"its name":   s.SaveObject(t.Context(), good, store.Change{Name: text}),
		"summary":    s.DropObject(t.Context(), "Exclusion", "a", store.Change{Summary: text}),
		"to drop":    s.DropObject(t.Context(), "Exclusion", text, change("DELETED", good)),
		"too large":  s.SaveObject(t.Context(), exclusion("a", strings.Repeat("x", store.MaxDefinition+1)), change("CREATED", good)),
		"nameless":   s.SaveObject(t.Context(), exclusion("", "{}"), change("CREATED", good)),
	}
}
