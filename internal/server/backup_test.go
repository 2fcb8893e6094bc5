package server

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/hindcast/hindcast/internal/scenario"
	"github.com/hindcast/hindcast/internal/store"
	"github.com/hindcast/hindcast/slo/ledger"
)

// collected makes a data directory in which a server has read the history of a
// scenario, and returns what status said.
func collected(t *testing.T) (data, specs string, figures []row) {
	t.Helper()
	s := scenario.All()[0]
	data = t.TempDir()
	specs = filepath.Join(t.TempDir(), "specs")
	writeScenario(t, s, filepath.Join(data, "tsdb"))
	writeSpec(t, s, specs)
	return data, specs, statusOf(t, data, specs)
}

func TestABackupIsRestoredToTheSameFigures(t *testing.T) {
	data, specs, figures := collected(t)
	dir := t.TempDir()
	for name, archive := range map[string][]string{"a file": {"-o", filepath.Join(dir, "x.tar.zst")}, "a directory": {"-o", dir}} {
		code, _, text := command(t, append([]string{"backup", "--data", data}, archive...)...)
		require.Zero(t, code, "%s: %s", name, text)
		require.Contains(t, text, "rows")
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tar.zst"))
	require.NoError(t, err)
	require.Len(t, archives, 2)
	for _, archive := range archives {
		restored := filepath.Join(t.TempDir(), "restored")
		code, out, text := command(t, "restore", archive, "--data", restored)
		require.Zero(t, code, out+text)
		require.Contains(t, text, "is sound")
		require.Empty(t, cmp.Diff(figures, statusOf(t, restored, specs)), "before (-) and after (+)")

		code, _, text = command(t, "restore", archive, "--data", restored)
		require.Equal(t, ExitProblems, code)
		require.Contains(t, text, "not empty")
	}
}

func TestABackupToAPipeWithoutSamplesKeepsTheLedger(t *testing.T) {
	data, _, _ := collected(t)
	code, out, text := command(t, "backup", "-o", "-", "--no-samples", "--data", data)
	require.Zero(t, code, text)
	archive := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(archive, []byte(out), 0o600))
	restored := t.TempDir()
	code, _, text = command(t, "restore", archive, "--data", restored)
	require.Zero(t, code, text)
	require.Contains(t, text, "no raw samples")
	require.NoDirExists(t, filepath.Join(restored, "tsdb"))
	require.Empty(t, cmp.Diff(contents(t, data), contents(t, restored)), "before (-) and after (+)")
}

// contents returns all rows of the database of a data directory.
func contents(t *testing.T, data string) (rows [][]any) {
	t.Helper()
	s, err := store.OpenSnapshot(t.Context(), store.Options{Dir: data}, false)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.EachRow(t.Context(), func(table string, _ []string, row []any) error {
		rows = append(rows, append([]any{table}, row...))
		return nil
	}))
	require.NotEmpty(t, rows)
	return rows
}

func TestABackupThatIsDamagedIsNotRestored(t *testing.T) {
	data, _, _ := collected(t)
	archive := filepath.Join(t.TempDir(), "x")
	code, _, text := command(t, "backup", "-o", archive, "--data", data)
	require.Zero(t, code, text)
	whole, err := os.ReadFile(archive)
	require.NoError(t, err)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)*2/3] ^= 4
	for name, b := range map[string][]byte{"cut off": whole[:len(whole)-9], "half": whole[:len(whole)/2], "a flipped bit": flipped, "empty": nil} {
		require.NoError(t, os.WriteFile(archive, b, 0o600))
		restored := filepath.Join(t.TempDir(), "new")
		code, _, text := command(t, "restore", archive, "--data", restored)
		require.Equal(t, ExitProblems, code, name)
		require.Contains(t, text, "backup", name)
		entries, err := os.ReadDir(restored)
		if err == nil {
			require.Empty(t, entries, "%s: nothing is left that could be served", name)
		}
	}
	code, _, text = command(t, "restore", filepath.Join(t.TempDir(), "missing"), "--data", t.TempDir())
	require.Equal(t, ExitUnavailable, code, text)
}

// spoil flips a byte of the nth sealed chunk on disk, and returns nothing that a
// repair could use.
func spoil(t *testing.T, data string, nth int) {
	t.Helper()
	s, err := store.OpenSnapshot(t.Context(), store.Options{Dir: data}, false)
	require.NoError(t, err)
	var sealed []ledger.Totals
	_, err = s.Changes(t.Context(), ledger.Position{}, ledger.Visitor{
		Stream: func(ledger.Stream) error { return nil }, Cursor: func(ledger.Cursor) error { return nil },
		Totals: func(v ledger.Totals) error { sealed = append(sealed, v); return nil }, Row: func(ledger.Row) error { return nil },
	})
	require.NoError(t, err)
	require.Greater(t, len(sealed), nth)
	payload, _, err := s.ChunkPayload(t.Context(), sealed[nth].Stream, sealed[nth].Day)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	path := filepath.Join(data, store.FileName)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	head := payload[:min(len(payload), 200)]
	require.Positive(t, bytes.Count(b, head), "the chunk is in the file and not in the log")
	spoiled := bytes.Clone(head)
	spoiled[20] ^= 1
	b = bytes.ReplaceAll(b, head, spoiled) // freed pages may have it, too
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func TestCheckFindsDamageAndRepairRestoresTheFigures(t *testing.T) {
	data, specs, figures := collected(t)
	code, out, text := command(t, "check", "--data", data)
	require.Zero(t, code, out+text)
	require.Contains(t, text, "is sound")
	spoil(t, data, 3)

	code, out, _ = command(t, "check", "--data", data)
	require.Equal(t, ExitProblems, code)
	require.Contains(t, out, "sealed chunk of the day cannot be read")
	require.Contains(t, out, "hindcast check --repair")

	code, out, text = command(t, "check", "--data", data, "--repair")
	require.Zero(t, code, out+text)
	require.Contains(t, out, "slots measured again")
	code, out, text = command(t, "check", "--data", data)
	require.Zero(t, code, out+text)
	require.Empty(t, cmp.Diff(figures, statusOf(t, data, specs)), "before (-) and after (+)")
}

func TestWhatTheSamplesDoNotHoldStaysAGapAndIsListed(t *testing.T) {
	data, _, _ := collected(t)
	spoil(t, data, 3)
	require.NoError(t, os.RemoveAll(filepath.Join(data, "tsdb")))
	require.NoError(t, os.MkdirAll(filepath.Join(data, "tsdb", "wal"), 0o700))
	code, out, _ := command(t, "check", "--data", data, "--repair")
	require.Equal(t, ExitProblems, code)
	require.Contains(t, out, "a gap stays: the source has no samples")
	require.Contains(t, out, "sealed chunk of the day cannot be read", "evidence is not destroyed")
}

func TestCheckSaysWhatItCannotReach(t *testing.T) {
	data := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		code int
		text string
	}{
		"no database":           {[]string{"check", "--data", data}, ExitUnavailable, "no database"},
		"no database to back":   {[]string{"backup", "-o", data, "--data", data}, ExitUnavailable, "no database"},
		"no place for a backup": {[]string{"backup", "-o", filepath.Join(data, "a", "b"), "--data", data}, ExitUnavailable, "make it"},
		"no output named":       {[]string{"backup"}, ExitUsage, "--output"},
	} {
		code, _, text := command(t, c.args...)
		require.Equal(t, c.code, code, "%s: %s", name, text)
		require.Contains(t, text, c.text, name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(data, store.FileName), make([]byte, 10_000), 0o600))
	code, out, _ := command(t, "check", "--data", data)
	require.Equal(t, ExitProblems, code, "a database that cannot be opened is a finding")
	require.Contains(t, out, "restore it from a backup")
}

func TestACheckAndABackupRunBesideAServerAndARepairDoesNot(t *testing.T) {
	data, _, _ := collected(t)
	server, err := New(t.Context(), Options{Listen: "127.0.0.1:0", Data: data, Now: time.Now, Logger: newLogger(t.Output(), logText, "info")})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	code, out, text := command(t, "check", "--data", data)
	require.Zero(t, code, out+text)
	code, _, text = command(t, "backup", "-o", t.TempDir(), "--data", data)
	require.Zero(t, code, text)
	stop()
	require.NoError(t, <-done)
	require.NoError(t, server.Close())

	spoil(t, data, 3)
	holder, err := store.Open(t.Context(), store.Options{Dir: data})
	require.NoError(t, err)
	code, _, text = command(t, "check", "--repair", "--data", data)
	require.Equal(t, ExitProblems, code)
	require.Contains(t, text, "in use by process")
	require.NoError(t, holder.Close())
}
