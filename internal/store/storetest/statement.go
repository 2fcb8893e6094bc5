package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
)

func statement(customer, period string, revision int) store.Statement {
	return store.Statement{
		SLA: "gold", Customer: customer, Period: period, Revision: revision, IssuedAt: at, IssuedBy: "Zoë",
		Document: fmt.Appendf(nil, `{"customer":%q,"title":"ä\u2028","revision":%d}`, customer, revision), Digest: "sha-256",
	}
}

func issued(st store.Statement) store.Change {
	return store.Change{At: st.IssuedAt, Actor: "Zoë", Action: "ISSUED", Kind: "SLA", Name: st.SLA, Summary: fmt.Sprint(st.Customer, st.Period, st.Revision)}
}

func statements(t *testing.T, db Database) {
	s := db.Open(t)
	one, two := statement("acme", "2026-10", 1), statement("acme", "2026-10", 2)
	other, sept := statement("zorg", "2026-10", 1), statement("acme", "2026-09", 1)
	foreign := statement("acme", "2026-10", 1)
	foreign.SLA = "silver"
	for _, st := range []store.Statement{one, other, two, sept, foreign} {
		require.NoError(t, s.AppendStatement(t.Context(), st, issued(st)))
	}
	for name, st := range map[string]store.Statement{
		"the first again": one, "the newest again": two, "one left out": statement("acme", "2026-10", 4), "the second as the first": statement("new", "2026-10", 2),
	} {
		require.Equal(t, fault.Conflict, fault.KindOf(s.AppendStatement(t.Context(), st, issued(st))), name)
	}
	require.NoError(t, s.Close())

	s = open(t, db)
	for name, c := range map[string]struct {
		sla, customer, period string
		want                  []store.Statement
	}{
		"all of an agreement": {"gold", "", "", []store.Statement{sept, one, two, other}},
		"of a customer":       {"gold", "acme", "", []store.Statement{sept, one, two}},
		"of a period":         {"gold", "acme", "2026-10", []store.Statement{one, two}},
		"of another":          {"silver", "", "", []store.Statement{foreign}},
		"of none":             {"bronze", "", "", []store.Statement{}},
	} {
		got, err := s.Statements(t.Context(), c.sla, c.customer, c.period)
		require.NoError(t, err)
		require.Equal(t, c.want, got, name)
	}
	entries, err := s.Audit(t.Context(), "SLA", "gold", 100, 100)
	require.NoError(t, err)
	require.Len(t, entries, 4, "what was refused is not in the audit")
}

// statementsAtOnce issues the same revision from several places: one wins, the
// others hear of it.
func statementsAtOnce(t *testing.T, db Database) {
	s := open(t, db)
	const writers, revisions = 6, 5
	for revision := 1; revision <= revisions; revision++ {
		var all errgroup.Group
		var won atomic.Int32
		for w := range writers {
			all.Go(func() error {
				st := statement("acme", "2026-10", revision)
				st.IssuedBy = strconv.Itoa(w)
				err := s.AppendStatement(t.Context(), st, issued(st))
				if err == nil {
					won.Add(1)
				} else if fault.KindOf(err) != fault.Conflict {
					return err
				}
				return nil
			})
		}
		require.NoError(t, all.Wait())
		require.EqualValues(t, 1, won.Load(), "revision %d", revision)
	}
	got, err := s.Statements(t.Context(), "gold", "", "")
	require.NoError(t, err)
	require.Len(t, got, revisions)
}

// garbledStatements are statements with a text that no engine keeps.
func garbledStatements(t *testing.T, s Store, text string) map[string]error {
	errs := map[string]error{}
	for name, change := range map[string]func(*store.Statement){
		"agreement": func(st *store.Statement) { st.SLA = text }, "customer": func(st *store.Statement) { st.Customer = text },
		"period": func(st *store.Statement) { st.Period = text }, "issuer": func(st *store.Statement) { st.IssuedBy = text },
		"document": func(st *store.Statement) { st.Document = []byte(text) }, "digest": func(st *store.Statement) { st.Digest = text },
		"too large": func(st *store.Statement) { st.Document = []byte(strings.Repeat("x", store.MaxDefinition+1)) },
		"revision":  func(st *store.Statement) { st.Revision = 0 },
	} {
		st := statement("acme", "2026-10", 1)
		change(&st)
		errs[name] = s.AppendStatement(t.Context(), st, issued(statement("acme", "2026-10", 1)))
	}
	return errs
}
