package store

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A new table gets into backups or is left out with a reason; forgetting it
// would lose it in the next restore.
func TestEveryTableIsKeptByBackupsOrLeftOutWithAReason(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	names, err := tableNames(t.Context(), s.db.DB, s.engine.tables)
	require.NoError(t, err)
	for _, name := range names {
		kept := slices.ContainsFunc(keptTables, func(k table) bool { return k.name == name })
		_, left := leftTables[name]
		require.True(t, kept != left, "table %s: put it into keptTables, or into leftTables with a reason", name)
	}
	for _, k := range keptTables {
		require.Contains(t, names, k.name)
	}
}
