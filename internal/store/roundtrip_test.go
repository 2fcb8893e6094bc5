package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/realtest"
	"github.com/hindcast/hindcast/internal/store"
)

// From SQLite to PostgreSQL and back: the way to more than one machine, and home.
func TestRealRowsGoFromSQLiteToPostgresAndBack(t *testing.T) {
	server := realtest.NewPostgres(t)
	first, database, third := t.TempDir(), server.Database(t), t.TempDir()
	fillAll(t, first)
	rows := dump(t, store.Options{Dir: first})

	postgres := store.Options{Dir: t.TempDir(), Database: database}
	failed, err := store.BeginImport(t.Context(), postgres, schema(t))
	require.NoError(t, err)
	require.NoError(t, failed.Insert(t.Context(), rows[0].table, rows[0].columns, rows[0].row))
	require.NoError(t, failed.Abort(), "and the next one begins anew")
	load(t, postgres, rows)
	there := dump(t, store.Options{Database: database})
	require.Equal(t, rows, there)
	s := address(database).Open(t)
	require.Empty(t, openLedger(t, s).Problems())
	require.NoError(t, s.Close())

	load(t, store.Options{Dir: third}, there)
	require.Equal(t, rows, dump(t, store.Options{Dir: third}))

	_, err = store.BeginImport(t.Context(), store.Options{Dir: t.TempDir(), Database: database}, schema(t))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "not empty")
	_, err = store.OpenSnapshot(t.Context(), store.Options{Database: server.Database(t)}, false)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}
