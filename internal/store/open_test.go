package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/slo/ledger"
)

// raw opens a database file with settings of its own.
func raw(t *testing.T, path, dsn string) *Store {
	t.Helper()
	db, err := openSQLite(dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s := &Store{engine: sqliteEngine(path)}
	s.use(db)
	return s
}

func (s *Store) migrateForTest(t *testing.T) {
	t.Helper()
	require.NoError(t, migrate(t.Context(), s.db.DB, s.engine))
}

func TestSettingsThatWouldLoseCommitsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  string
	}{
		"all as they should be":  {"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", ""},
		"no write-ahead log":     {"?_pragma=journal_mode(DELETE)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", "journal_mode = delete"},
		"the log is not synced":  {"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)", "synchronous = 1"},
		"references not checked": {"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)", "foreign_keys = 0"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			err := checkDurable(t.Context(), raw(t, path, "file:"+path+c.query).db.DB, path)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestEveryConnectionIsDurable(t *testing.T) {
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for range sqliteConns {
		c, err := s.db.DB.Conn(t.Context())
		require.NoError(t, err)
		defer func() { require.NoError(t, c.Close()) }()
		for pragma, want := range map[string]string{"synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
			var got string
			require.NoError(t, c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
			require.Equal(t, want, got, pragma)
		}
	}
}

func TestAPathWithOddCharactersIsThatPath(t *testing.T) {
	for _, name := range []string{"with space", "q?_pragma=synchronous(OFF)", "100%25", "#frag", "ümläut"} {
		dir := filepath.Join(t.TempDir(), name)
		s, err := Open(t.Context(), Options{Dir: dir})
		require.NoError(t, err, name)
		require.NoError(t, s.Close())
		require.FileExists(t, filepath.Join(dir, FileName))
	}
}

func TestAFullDatabaseIsUnavailableAndKeepsWhatItHas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := raw(t, path, dsn(path))
	s.migrateForTest(t)
	_, err := s.db.DB.ExecContext(t.Context(), "PRAGMA max_page_count = 60")
	require.NoError(t, err)
	row := ledger.Row{ID: 1, Payload: make([]byte, 1000)}
	require.NoError(t, s.Append(t.Context(), ledger.Commit{Rows: []ledger.Row{row}}))
	err = s.Append(t.Context(), ledger.Commit{Rows: []ledger.Row{{ID: 2, Payload: make([]byte, 1<<20)}}})
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "make room")
	n := 0
	require.NoError(t, loadRows(t.Context(), s.db.DB, ledger.Visitor{Row: func(ledger.Row) error { n++; return nil }}))
	require.Equal(t, 1, n)
}

func TestADatabaseThatMayNotBeWrittenIsUnavailable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := raw(t, path, dsn(path))
	s.migrateForTest(t)
	_, err := s.db.DB.ExecContext(t.Context(), "PRAGMA query_only = 1")
	require.NoError(t, err)
	err = s.SaveSpec(t.Context(), SpecFile{Path: "a"})
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
}

func TestTranslateLeavesAloneWhatIsNoDatabaseError(t *testing.T) {
	plain := errors.New("plain")
	require.NoError(t, translate(nil))
	require.Equal(t, plain, translate(plain))
	gone := fault.NotFoundf("gone")
	require.Equal(t, gone, translate(gone))
}

func TestMigrationsOfTheOtherEngineAreLeftOut(t *testing.T) {
	files := fstest.MapFS{"0001_a.sqlite.sql": nil, "0001_a.postgres.sql": nil, "0002_b.sql": nil}
	names, err := othersFiles(files, "sqlite")
	require.NoError(t, err)
	require.Equal(t, []string{"0001_a.postgres.sql"}, names)
	names, err = othersFiles(files, "postgres")
	require.NoError(t, err)
	require.Equal(t, []string{"0001_a.sqlite.sql"}, names)
}

func TestMigrationsGoForwardOnly(t *testing.T) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, n := range names {
		text, err := migrations.ReadFile(n)
		require.NoError(t, err)
		require.NotContains(t, string(text), "+goose Down", n)
	}
}

func TestMigratingTwiceIsMigratingOnce(t *testing.T) {
	dir := t.TempDir()
	var before, after []string
	for _, into := range []*[]string{&before, &after} {
		s, err := Open(t.Context(), Options{Dir: dir})
		require.NoError(t, err)
		require.NoError(t, eachRow(t.Context(), s.db.DB, "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY 1", func(rows *sql.Rows) error {
			var text string
			err := rows.Scan(&text)
			*into = append(*into, text)
			return err
		}))
		require.NoError(t, s.Close())
	}
	require.Equal(t, before, after)
	require.Greater(t, len(before), 7)
}
