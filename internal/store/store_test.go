package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir))
	}
	goleak.VerifyTestMain(m)
}

// directory is an SQLite database in a directory.
type directory string

func (d directory) Open(t testing.TB) storetest.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: string(d)})
	require.NoError(t, err)
	return s
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Database { return directory(t.TempDir()) })
}

func TestASecondProcessIsToldWhoHoldsTheDirectory(t *testing.T) {
	dir := directory(filepath.Join(t.TempDir(), "made", "by", "open"))
	s := dir.Open(t)
	_, err := store.Open(t.Context(), store.Options{Dir: string(dir)})
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "process "+strconv.Itoa(os.Getpid()))
	require.NoError(t, s.Close())
	require.NoError(t, dir.Open(t).Close())
}

func TestTheDirectoryIsForItsOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, directory(dir).Open(t).Close())
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestOpenRefusesWhatItCannotServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, c := range map[string]struct {
		options store.Options
		kind    fault.Kind
		text    string
	}{
		"no directory":     {store.Options{}, fault.Invalid, "--data"},
		"another database": {store.Options{Dir: t.TempDir(), Database: "mysql://x"}, fault.Invalid, "postgres://"},
		"a file":           {store.Options{Dir: file}, fault.Unavailable, "cannot be made"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(t.Context(), c.options)
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, c.text)
		})
	}
}

func TestADamagedFileIsNamedWithTheRemedy(t *testing.T) {
	for name, damage := range map[string]func(b []byte){
		"not a database at all": func(b []byte) { copy(b, "this was a picture of a cat") },
		"a page of garbage": func(b []byte) {
			for i := 4096; i < 3*4096; i++ {
				b[i] = byte(i * 31)
			}
		},
		"the end is zero": func(b []byte) { clear(b[len(b)/3:]) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := directory(dir).Open(t)
			require.NoError(t, s.SaveSpec(t.Context(), store.SpecFile{Path: "a", Text: make([]byte, 0)}))
			require.NoError(t, s.Close())
			path := filepath.Join(dir, store.FileName)
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			damage(b)
			require.NoError(t, os.WriteFile(path, b, 0o600))

			_, err = store.Open(t.Context(), store.Options{Dir: dir})
			require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, "restore it from a backup")
		})
	}
}

func TestADatabaseOfANewerVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, directory(dir).Open(t).Close())
	change(t, dir, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	_, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.ErrorContains(t, err, "version 9999")
}

// change alters a database behind the store's back.
func change(t *testing.T, dir, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	require.NoError(t, err)
	defer db.Close()
	res, err := db.ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
	n, err := res.RowsAffected()
	require.NoError(t, err)
	require.Positive(t, n)
}
