package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/fault"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo"
	"github.com/hindcast/hindcast/slo/ledger"
)

// dumped is one row as a snapshot hands it out.
type dumped struct {
	table   string
	columns []string
	row     []any
}

// dump reads all rows of a database.
func dump(t *testing.T, o store.Options) (rows []dumped) {
	t.Helper()
	s, err := store.OpenSnapshot(t.Context(), o, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	rows = dumpOf(t, s)
	n, err := s.Count(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, len(rows), n)
	return rows
}

func dumpOf(t *testing.T, s *store.Snapshot) (rows []dumped) {
	t.Helper()
	require.NoError(t, s.EachRow(t.Context(), func(table string, columns []string, row []any) error {
		row = slices.Clone(row)
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = slices.Clone(b)
			}
		}
		rows = append(rows, dumped{table, columns, row})
		return nil
	}))
	return rows
}

// fillAll leaves a row in every table.
func fillAll(t *testing.T, dir string) {
	t.Helper()
	fill(t, dir)
	s := directory(dir).Open(t)
	defer func() { require.NoError(t, s.Close()) }()
	l := openLedger(t, s)
	from := slo.Minute(20_001) * slo.MinutesPerDay
	require.NoError(t, l.Write(t.Context(), ledger.Write{
		Indicator: "a", Reason: "late", Cursor: &ledger.Cursor{Settled: from, Backfilled: from - 7, Oldest: 3, BusySeconds: 0.5, Done: true},
		Measurement: slo.Measurement{Span: slo.Span{From: from, To: from}, Streams: []slo.StreamSlots{{Slots: []slo.Slot{{Good: 1, Total: 9, State: slo.Estimated}}}}},
	}))
	require.NoError(t, s.SaveSpec(t.Context(), store.SpecFile{Path: "ä.yaml", Text: []byte("kind: SLO\n")}))
	require.NoError(t, s.SaveSource(t.Context(), store.Source{Name: "prod", Definition: []byte(`{"name":"prod"}`), SavedAt: from.Start()},
		store.Change{At: from.Start(), Actor: "Zoë", Action: "CREATED", Kind: "Source", Name: "prod"}))
	require.NoError(t, s.SaveObject(t.Context(), store.Object{Kind: "Exclusion", Name: "ä", Definition: []byte(`{"title":"ü"}`), SavedAt: from.Start(), SavedBy: "Zoë"},
		store.Change{At: from.End(), Actor: "Zoë", Action: "CREATED", Kind: "Exclusion", Name: "ä", Summary: "“ü”"}))
	require.NoError(t, s.AppendStatement(t.Context(), store.Statement{SLA: "gold", Customer: "ä", Period: "2026-10", Revision: 1, IssuedAt: from.Start(), IssuedBy: "Zoë", Document: []byte(`{"a":"ü"}`), Digest: "d"},
		store.Change{At: from.End(), Actor: "Zoë", Action: "ISSUED", Kind: "SLA", Name: "gold"}))
}

// load puts rows into another database.
func load(t *testing.T, o store.Options, rows []dumped) {
	t.Helper()
	i, err := store.BeginImport(t.Context(), o, schema(t))
	require.NoError(t, err)
	for _, r := range rows {
		require.NoError(t, i.Insert(t.Context(), r.table, r.columns, r.row))
	}
	require.NoError(t, i.Commit(t.Context()))
}

// schema returns the newest version of the database.
func schema(t *testing.T) int64 {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, directory(dir).Open(t).Close())
	s, err := store.OpenSnapshot(t.Context(), store.Options{Dir: dir}, false)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return s.Schema
}

func TestWhatIsExportedIsImportedRowByRow(t *testing.T) {
	dir, again := t.TempDir(), filepath.Join(t.TempDir(), "new")
	fillAll(t, dir)
	rows := dump(t, store.Options{Dir: dir})
	load(t, store.Options{Dir: again}, rows)
	require.Equal(t, rows, dump(t, store.Options{Dir: again}))
	s := directory(again).Open(t)
	require.Empty(t, openLedger(t, s).Problems())
	require.NoError(t, s.Close())
}

func TestASnapshotIsOfOneInstantAndDisturbsNobody(t *testing.T) {
	dir := t.TempDir()
	fillAll(t, dir)
	before := dump(t, store.Options{Dir: dir})
	s := directory(dir).Open(t)
	defer func() { require.NoError(t, s.Close()) }()
	snapshot, err := store.OpenSnapshot(t.Context(), store.Options{Dir: dir}, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, snapshot.Close()) }()
	l := openLedger(t, s)
	for i := range slo.Minute(3) {
		from := slo.Minute(20_002)*slo.MinutesPerDay + i
		require.NoError(t, l.Write(t.Context(), ledger.Write{Indicator: "new", Measurement: slo.Measurement{
			Span: slo.Span{From: from, To: from}, Streams: []slo.StreamSlots{{Slots: []slo.Slot{{Good: 1, Total: 1, State: slo.Measured}}}},
		}}))
	}
	_, err = l.Seal(t.Context(), 20_003)
	require.NoError(t, err)
	require.Equal(t, before, dumpOf(t, snapshot))
	require.NotEqual(t, before, dump(t, store.Options{Dir: dir}))
	require.Equal(t, fault.Invalid, fault.KindOf(snapshot.Append(t.Context(), ledger.Commit{})))
	require.Equal(t, fault.Invalid, fault.KindOf(snapshot.Seal(t.Context(), 0, nil, nil)))
}

func TestASnapshotSeesWhatAKilledProcessAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acked := killChild(t, dir, 20)
	before := contentsOf(t, dir)
	snapshot, err := store.OpenSnapshot(t.Context(), store.Options{Dir: dir}, false)
	require.NoError(t, err)
	l := openLedger(t, snapshot)
	settled, ok := l.Settled(killed)
	require.True(t, ok)
	require.GreaterOrEqual(t, settled, acked)
	require.NoError(t, snapshot.Close())
	require.Equal(t, before, contentsOf(t, dir), "nothing was written, not even the log emptied")
}

// contentsOf returns the files of a directory but for the index of SQLite's log,
// which readers share.
func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		if e.Name() != store.FileName+"-shm" {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			require.NoError(t, err)
			files[e.Name()] = string(b)
		}
	}
	return files
}

func TestOpenSnapshotSaysWhatIsWrong(t *testing.T) {
	demo := t.TempDir()
	require.NoError(t, directory(filepath.Join(demo, "demo")).Open(t).Close())
	newer, older := t.TempDir(), t.TempDir()
	for dir, query := range map[string]string{
		newer: "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)",
		older: "DELETE FROM goose_db_version WHERE version_id > 1",
	} {
		require.NoError(t, directory(dir).Open(t).Close())
		change(t, dir, query)
	}
	garbage := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(garbage, store.FileName), make([]byte, 8192), 0o600))
	for name, c := range map[string]struct {
		dir  string
		kind fault.Kind
		text string
	}{
		"nothing there":   {t.TempDir(), fault.Unavailable, "--data"},
		"the demo's":      {demo, fault.Unavailable, filepath.Join(demo, "demo")},
		"a newer version": {newer, fault.Invalid, "newer hindcast"},
		"an older one":    {older, fault.Conflict, "hindcast serve"},
		"a broken file":   {garbage, fault.Invalid, "restore it from a backup"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.OpenSnapshot(t.Context(), store.Options{Dir: c.dir}, false)
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.ErrorContains(t, err, c.text)
		})
	}
	s, err := store.OpenSnapshot(t.Context(), store.Options{Dir: older}, true)
	require.NoError(t, err, "its tables can be read")
	require.EqualValues(t, 1, s.Schema)
	require.NoError(t, s.Close())
}

func TestRowsOfAnOlderVersionAreBroughtUpToDate(t *testing.T) {
	dir := t.TempDir()
	i, err := store.BeginImport(t.Context(), store.Options{Dir: dir}, 1)
	require.NoError(t, err)
	require.NoError(t, i.Insert(t.Context(), "ledger_stream", []string{"id", "indicator", "grp"}, []any{int64(1), "a", ""}))
	require.Error(t, i.Insert(t.Context(), "spec_file", []string{"path"}, []any{"a"}), "version 1 had no specifications")
	require.NoError(t, i.Commit(t.Context()))
	require.Len(t, dump(t, store.Options{Dir: dir}), 1)
}

func TestAnImportIsWholeOrNotThere(t *testing.T) {
	dir := t.TempDir()
	begin := func() *store.Import {
		i, err := store.BeginImport(t.Context(), store.Options{Dir: dir}, schema(t))
		require.NoError(t, err)
		return i
	}
	i := begin()
	for _, open := range []func() error{
		func() error { _, err := store.Open(t.Context(), store.Options{Dir: dir}); return err },
		func() error { _, err := store.OpenSnapshot(t.Context(), store.Options{Dir: dir}, true); return err },
		func() error { _, err := store.BeginImport(t.Context(), store.Options{Dir: dir}, 1); return err },
	} {
		err := open()
		require.Equal(t, fault.Conflict, fault.KindOf(err))
		require.ErrorContains(t, err, "not finished")
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "tsdb", "wal"), 0o700))
	require.NoError(t, i.Abort())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)

	i = begin()
	for name, c := range map[string]struct {
		table   string
		columns []string
		row     []any
		text    string
	}{
		"an unknown table":       {"users", []string{"id"}, []any{int64(1)}, `table "users"`},
		"an unknown column":      {"spec_file", []string{"path) --"}, []any{"x"}, "not there"},
		"a column twice":         {"spec_file", []string{"path", "path"}, []any{"x", "x"}, "twice"},
		"too few values":         {"spec_file", []string{"path", "text", "loaded_at"}, []any{"x"}, "1 values"},
		"text that is garbled":   {"spec_file", []string{"path", "text", "loaded_at"}, []any{"x\x00", "", int64(1)}, "NUL"},
		"a stream that is not":   {"ledger_revision", []string{"stream", "journal_row", "seq", "written_at", "from_minute", "to_minute", "changed", "good_delta", "total_delta", "reason"}, []any{int64(9), int64(1), int64(0), int64(0), int64(0), int64(0), int64(0), 0.0, 0.0, ""}, "contradicts"},
		"a value that is absent": {"spec_file", []string{"path", "text", "loaded_at"}, []any{"x", nil, int64(1)}, "contradicts"},
	} {
		err := i.Insert(t.Context(), c.table, c.columns, c.row)
		require.ErrorContains(t, err, c.text, name)
		require.Contains(t, []fault.Kind{fault.Invalid, fault.Conflict}, fault.KindOf(err), name)
	}
	require.NoError(t, i.Abort())

	require.NoError(t, directory(dir).Open(t).Close())
	_, err = store.BeginImport(t.Context(), store.Options{Dir: dir}, 1)
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "not empty")
	_, err = store.BeginImport(t.Context(), store.Options{Dir: filepath.Join(dir, "x")}, 9999)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	require.ErrorContains(t, err, "newer hindcast")
}

func TestTheEngineComplainsOfWhatItFinds(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		text   string
	}{
		"nothing": {func(*testing.T, string) {}, ""},
		"a row that refers to nothing": {func(t *testing.T, dir string) {
			change(t, dir, "DELETE FROM ledger_stream WHERE id = 1")
		}, "does not exist"},
		"a page of garbage": {func(t *testing.T, dir string) {
			db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
			require.NoError(t, err)
			defer db.Close()
			var page int64
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT rootpage FROM sqlite_master WHERE name = 'ledger_chunk'").Scan(&page))
			require.NoError(t, db.Close())
			f, err := os.OpenFile(filepath.Join(dir, store.FileName), os.O_RDWR, 0)
			require.NoError(t, err)
			_, err = f.WriteAt([]byte("garbage garbage garbage"), (page-1)*4096+8)
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fillAll(t, dir)
			c.damage(t, dir)
			s, err := store.OpenSnapshot(t.Context(), store.Options{Dir: dir}, false)
			require.NoError(t, err)
			defer func() { require.NoError(t, s.Close()) }()
			found, err := s.Complaints(t.Context())
			require.NoError(t, err)
			if name == "nothing" {
				require.Empty(t, found)
				return
			}
			require.NotEmpty(t, found)
			require.Contains(t, found[0], c.text)
		})
	}
}
